//! Changing the email address, and confirming it.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::saved_message::SavedMessage;
use crate::components::{
    Button, FieldProblems, FormError, FormFields, InitialField, Show, Submission, changing,
};
use crate::pages::session::Session;
use client::api;
use client::cache::memo;
use contract::request::ChangeEmail as Request;
use contract::{ApiError, Email, Password};

/// The panel. The password confirms the change.
#[component]
pub fn ChangeEmail(session: Session) -> impl IntoView {
    let email = memo(move |_| {
        session
            .me
            .map(|me| me.user.email.as_ref().map(Email::to_string))
            .flatten()
            .unwrap_or_default()
    });
    let has_password = memo(move |_| session.me.map(|me| me.has_password).unwrap_or(true));
    let has_password = move || has_password.get();
    let form = NodeRef::<html::Form>::new();
    let submission = Submission::new();
    let saved = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        saved.set(None);
        match read(&FormFields::from_submit(&event), has_password()) {
            Ok(request) => {
                submission.send(async move { api::me::change_email(&request).await }, move |()| {
                    session.me.refetch();
                    if let Some(form) = form.get_untracked() {
                        form.reset();
                    }
                    saved.set(Some("Link sent. Open it in your mail to change your address."));
                });
            }
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
            <Pending session />
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
                <Show when=has_password>
                    <InitialField
                        id="email-password"
                        label="Your password"
                        name="password"
                        kind="password"
                        autocomplete="current-password"
                        problem=submission.field("password")
                    />
                </Show>
                <button type="submit" class="button" disabled=submission.pending()>
                    "Change email"
                </button>
                <SavedMessage text=saved />
            </form>
        </section>
    }
    .into_any()
}

/// The address that waits for its confirmation.
#[component]
fn Pending(session: Session) -> impl IntoView {
    let pending = memo(move |_| {
        session.me.map(|me| me.pending_email.as_ref().map(Email::to_string)).flatten()
    });
    changing(move || pending.get().map(|email| view! { <PendingEmail session email /> }).into_any())
}

#[component]
fn PendingEmail(session: Session, email: String) -> impl IntoView {
    let request = Submission::new();
    let sent = RwSignal::new(None);
    let resend = move |()| {
        sent.set(None);
        request
            .send(api::me::send_email_confirmation(), move |()| sent.set(Some("Link sent again.")));
    };
    let cancel =
        move |()| request.send(api::me::cancel_email_change(), move |()| session.me.refetch());
    view! {
        <p>
            "Your address changes to " <strong>{email}</strong>
            " once you open the link that we sent there."
        </p>
        <FormError submission=request />
        <div class="buttons">
            <Button disabled=request.pending() press=resend>
                "Send again"
            </Button>
            <Button disabled=request.pending() press=cancel>
                "Cancel change"
            </Button>
        </div>
        <SavedMessage text=sent />
    }
    .into_any()
}

fn read(entries: &FormFields, has_password: bool) -> Result<Request, ApiError> {
    let mut problems = FieldProblems::default();
    let email = problems.read("email", Email::parse(&entries.text("email")));
    let password = match has_password {
        true => problems.read("password", Password::parse(&entries.text("password"))),
        false => None,
    };
    match email {
        Some(email) if password.is_some() || !has_password => Ok(Request { email, password }),
        _ => Err(problems.into_error()),
    }
}
