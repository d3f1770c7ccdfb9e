//! Changing the password, or choosing the first one.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::saved_message::SavedMessage;
use crate::components::{FieldProblems, FormError, FormFields, InitialField, Submission, changing};
use crate::pages::choose_password::ChoosePassword;
use crate::pages::session::Session;
use client::api;
use client::cache::memo;
use contract::request::ChangePassword as Request;
use contract::{ApiError, Email, Password};

/// The panel.
#[component]
pub fn ChangePassword(session: Session) -> impl IntoView {
    let has_password = memo(move |_| session.me.map(|me| me.has_password).unwrap_or(true));
    let email = memo(move |_| session.me.map(|me| me.user.email.clone()).flatten());
    let content = move || match has_password.get() {
        true => view! { <ChangeForm session /> }.into_any(),
        false => view! {
            <p class="text-muted">"You have no password. You sign in otherwise."</p>
            <ChoosePassword email=email.get() />
        }
        .into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="account-password">
            <h2 id="account-password">"Password"</h2>
            {changing(content)}
        </section>
    }
    .into_any()
}

/// A change ends all other sessions.
#[component]
fn ChangeForm(session: Session) -> impl IntoView {
    let email =
        memo(move |_| session.me.map(|me| me.user.email.as_ref().map(Email::to_string)).flatten());
    let form = NodeRef::<html::Form>::new();
    let submission = Submission::new();
    let saved = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        saved.set(None);
        match read(&FormFields::from_submit(&event)) {
            Ok(request) => submission.send(
                async move { api::me::change_password(&request).await },
                move |()| {
                    if let Some(form) = form.get_untracked() {
                        form.reset();
                    }
                    saved.set(Some("Password changed. You're signed out everywhere else."));
                },
            ),
            Err(problem) => submission.fail(problem),
        }
    };
    view! {
        <p class="text-muted">"Changing your password signs you out everywhere else."</p>
        <form class="settings__form" method="post" novalidate on:submit=submit node_ref=form>
            <FormError submission />
            // Tells password managers which account the password is for.
            <input
                type="text"
                name="username"
                autocomplete="username"
                value=move || email.get()
                readonly
                hidden
            />
            <InitialField
                id="current-password"
                label="Current password"
                name="current"
                kind="password"
                autocomplete="current-password"
                problem=submission.field("current")
            />
            <InitialField
                id="new-password"
                label="New password"
                name="new"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters."
                problem=submission.field("new")
            />
            <button type="submit" class="button" disabled=submission.pending()>
                "Change password"
            </button>
            <SavedMessage text=saved />
        </form>
    }
    .into_any()
}

fn read(entries: &FormFields) -> Result<Request, ApiError> {
    let mut problems = FieldProblems::default();
    let current = problems.read("current", Password::parse(&entries.text("current")));
    let new = problems.read("new", Password::parse(&entries.text("new")));
    match (current, new) {
        (Some(current), Some(new)) => Ok(Request { current, new }),
        _ => Err(problems.into_error()),
    }
}
