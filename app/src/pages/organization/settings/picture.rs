//! The organization's picture.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, AvatarSize, PictureChoice, Submission};
use crate::pages::organization::context::OrganizationContext;
use client::api;
use client::cache::memo;

/// The panel. Without a picture, the avatar has initials on the organization's colour.
#[component]
pub fn Picture(context: OrganizationContext) -> impl IntoView {
    let shown = memo(move |_| {
        context.map(|detail| {
            (AvatarOf::organization(&detail.organization), detail.organization.name.clone())
        })
    });
    let has_picture = memo(move |_| {
        context.map(|detail| detail.organization.picture.is_some()).unwrap_or_default()
    });
    let submission = Submission::new();
    let choose = move |file| {
        let Some(organization) = context.organization() else { return };
        let sending = async move { api::organizations::put_picture(organization.id, file).await };
        submission.send(sending, move |updated| context.set_organization(updated));
    };
    let remove = move |()| {
        let Some(organization) = context.organization() else { return };
        let sending = api::organizations::delete_picture(organization.id);
        submission.send(sending, move |updated| context.set_organization(updated));
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
