//! What the organization looks like.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, AvatarSize, PictureChoice, Submission};
use crate::pages::organization::visit::Visit;
use client::api;
use client::cache::ssr_memo;

/// Its picture. Without one, its initials stand on its colour.
#[component]
pub fn Picture(visit: Visit) -> impl IntoView {
    let shown = ssr_memo(move |_| {
        visit.map(|detail| {
            (AvatarOf::organization(&detail.organization), detail.organization.name.clone())
        })
    });
    let has_picture = ssr_memo(move |_| {
        visit.map(|detail| detail.organization.picture.is_some()).unwrap_or_default()
    });
    let submission = Submission::new();
    let choose = move |file| {
        let Some(organization) = visit.organization() else { return };
        let sending = async move { api::organizations::put_picture(organization.id, file).await };
        submission.send(sending, move |updated| visit.show(updated));
    };
    let remove = move |()| {
        let Some(organization) = visit.organization() else { return };
        let sending = api::organizations::delete_picture(organization.id);
        submission.send(sending, move |updated| visit.show(updated));
    };
    view! {
        <section class="panel" aria-labelledby="picture">
            <h2 id="picture">"Picture"</h2>
            <div class="account__person">
                {move || {
                    shown.get().map(|(of, name)| view! { <Avatar of name size=AvatarSize::Large /> })
                }}
                <PictureChoice id="organization-picture" has_picture submission choose remove />
            </div>
        </section>
    }
    .into_any()
}
