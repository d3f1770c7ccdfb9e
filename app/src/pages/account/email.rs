//! Changing the email address.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::saved_message::SavedMessage;
use crate::components::{FieldProblems, FormError, FormFields, InitialField, Submission};
use crate::pages::session::Session;
use client::api;
use client::cache::ssr_memo;
use contract::request::ChangeEmail as Request;
use contract::{ApiError, Email, Password};

/// The panel. The password confirms the change.
#[component]
pub fn ChangeEmail(session: Session) -> impl IntoView {
    let email = ssr_memo(move |_| {
        session
            .me
            .map(|me| me.user.email.as_ref().map(Email::to_string))
            .flatten()
            .unwrap_or_default()
    });
    let form = NodeRef::<html::Form>::new();
    let submission = Submission::new();
    let saved = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        saved.set(None);
        match read(&FormFields::from_submit(&event)) {
            Ok(request) => submission.send(
                async move { api::me::change_email(&request).await },
                move |updated| {
                    session.set_user(updated);
                    if let Some(form) = form.get_untracked() {
                        form.reset();
                    }
                    saved.set(Some("Email changed. Use it the next time you sign in."));
                },
            ),
            Err(problem) => submission.fail(problem),
        }
    };
    view! {
        <section class="panel" aria-labelledby="account-email">
            <h2 id="account-email">"Email"</h2>
            <p class="text-muted">
                "You sign in with " <strong>{move || email.get()}</strong>
                ". Only admins of your organizations can see it."
            </p>
            <form class="settings__form" method="post" novalidate on:submit=submit node_ref=form>
                <FormError submission />
                <InitialField
                    id="new-email"
                    label="New email"
                    name="email"
                    kind="email"
                    autocomplete="off"
                    problem=submission.field("email")
                />
                <InitialField
                    id="email-password"
                    label="Your password"
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                    problem=submission.field("password")
                />
                <button type="submit" class="button" disabled=submission.pending()>
                    "Change email"
                </button>
                <SavedMessage text=saved />
            </form>
        </section>
    }
    .into_any()
}

fn read(entries: &FormFields) -> Result<Request, ApiError> {
    let mut problems = FieldProblems::default();
    let email = problems.read("email", Email::parse(&entries.text("email")));
    let password = problems.read("password", Password::parse(&entries.text("password")));
    match (email, password) {
        (Some(email), Some(password)) => Ok(Request { email, password }),
        _ => Err(problems.into_error()),
    }
}
