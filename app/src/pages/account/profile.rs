//! What I am called.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::Saved;
use crate::api;
use crate::cache::follow;
use crate::components::{
    Avatar, AvatarOf, AvatarSize, Draft, Field, Problems, Refusal, Submission,
};
use crate::contract::Name;
use crate::contract::request::UpdateMe;
use crate::pages::signed_in::Session;

/// Name and picture. Colleagues see both.
#[component]
pub fn Profile(session: Session) -> impl IntoView {
    let user = follow(move |_| session.me.map(|me| (me.user.id, me.user.name.clone())));
    let name = Draft::following(Signal::derive(move || {
        user.with(|user| user.as_ref().map(|(_, name)| name.to_string())).unwrap_or_default()
    }));
    let submission = Submission::new();
    let saved = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(None);
        let mut problems = Problems::default();
        match problems.read("name", Name::parse(&name.text_untracked())) {
            Some(new) => submission.send(
                async move { api::me::update(&UpdateMe { name: Some(new) }).await },
                move |updated| {
                    session.show(updated);
                    name.forget();
                    saved.set(Some("Saved."));
                },
            ),
            None => submission.refuse(problems.into_error()),
        }
    };
    view! {
        <section class="panel" aria-labelledby="profile">
            <h2 id="profile">"Profile"</h2>
            <div class="account__person">
                {move || {
                    user.get()
                        .map(|(id, name)| {
                            let of = AvatarOf::Person(id);
                            view! { <Avatar of name size=AvatarSize::Large /> }
                        })
                }}
                <p class="soft">
                    "Your initials stand for you where others see you. They follow your name."
                </p>
            </div>
            <form class="settings__form" method="post" novalidate on:submit=submit>
                <Refusal submission />
                <Field
                    id="account-name"
                    label="Name"
                    name="name"
                    draft=name
                    problem=submission.field("name")
                />
                <button type="submit" class="button button--primary" disabled=submission.pending()>
                    "Save name"
                </button>
                <Saved sentence=saved />
            </form>
        </section>
    }
    .into_any()
}
