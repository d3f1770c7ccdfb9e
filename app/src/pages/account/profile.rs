//! Name and picture of the person.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::saved_message::SavedMessage;
use crate::components::{
    Avatar, AvatarOf, AvatarSize, Field, FieldProblems, FieldValue, FormError, PictureChoice,
    Submission,
};
use crate::pages::session::Session;
use client::api;
use client::cache::memo;
use contract::Name;
use contract::request::UpdateMe;

/// The panel. The other members of the person's organizations see both.
#[component]
pub fn Profile(session: Session) -> impl IntoView {
    let name = FieldValue::new(Signal::derive(move || {
        session.me.map(|me| me.user.name.to_string()).unwrap_or_default()
    }));
    let submission = Submission::new();
    let saved = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(None);
        let mut problems = FieldProblems::default();
        match problems.read("name", Name::parse(&name.get_untracked())) {
            Some(new) => submission.send(
                async move { api::me::update(&UpdateMe { name: Some(new) }).await },
                move |updated| {
                    session.set_user(updated);
                    name.reset();
                    saved.set(Some("Saved."));
                },
            ),
            None => submission.fail(problems.into_error()),
        }
    };
    view! {
        <section class="panel" aria-labelledby="profile">
            <h2 id="profile">"Profile"</h2>
            <Picture session />
            <form class="settings__form" method="post" novalidate on:submit=submit>
                <FormError submission />
                <Field
                    id="account-name"
                    label="Name"
                    name="name"
                    value=name
                    problem=submission.field("name")
                />
                <button type="submit" class="button button--primary" disabled=submission.pending()>
                    {submission.button_text("Save name", "Saving…")}
                </button>
                <SavedMessage text=saved />
            </form>
        </section>
    }
    .into_any()
}

/// The picture; initials if there is none.
#[component]
fn Picture(session: Session) -> impl IntoView {
    let shown =
        memo(move |_| session.me.map(|me| (AvatarOf::person(&me.user), me.user.name.clone())));
    let has_picture =
        memo(move |_| session.me.map(|me| me.user.picture.is_some()).unwrap_or_default());
    let submission = Submission::new();
    let choose = move |file| {
        submission
            .send(async move { api::me::put_picture(file).await }, move |it| session.set_user(it));
    };
    let remove = move |()| {
        submission.send(api::me::delete_picture(), move |it| session.set_user(it));
    };
    view! {
        <div class="account__person">
            {move || {
                shown.get().map(|(of, name)| view! { <Avatar of name size=AvatarSize::Large /> })
            }}
            <PictureChoice id="account-picture" has_picture submission choose remove />
        </div>
    }
    .into_any()
}
