//! Deleting the account, after its email address was typed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::{Button, ButtonVariant, Dialog, Field, FieldValue, FormError, Submission};
use crate::drafts;
use crate::pages::routes;
use crate::pages::session::Session;
use client::api;
use client::cache::memo;
use contract::Email;
use contract::text::case_folded;

/// The panel with the button and its dialog.
#[component]
pub fn DeleteAccount(session: Session) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="panel" aria-labelledby="delete">
            <h2 id="delete">"Delete account"</h2>
            <p class="text-muted">
                "You leave all your organizations immediately. Organizations without other members "
                "are deleted. Your notes in other organizations stay, without your name."
            </p>
            <div class="buttons">
                <Button press=move |()| open.set(true)>"Delete account"</Button>
            </div>
        </section>
        <Dialog id="delete-account" open title="Delete your account?">
            <DeleteForm open session />
        </Dialog>
    }
    .into_any()
}

#[component]
fn DeleteForm(open: RwSignal<bool>, session: Session) -> impl IntoView {
    let email = memo(move |_| {
        session
            .me
            .map(|me| me.user.email.as_ref().map(Email::to_string))
            .flatten()
            .unwrap_or_default()
    });
    let typed_email = FieldValue::new(String::new());
    let submission = Submission::new();
    let matches =
        Memo::new(move |_| case_folded(typed_email.get().trim()).eq(case_folded(&email.get())));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !matches.get_untracked() {
            return;
        }
        let request = async move {
            // The stream ends before the answer arrives, which must not reload the page.
            session.signing_out.set(true);
            let answer = api::me::delete().await;
            if answer.is_err() {
                session.signing_out.set(false);
            }
            answer
        };
        let user = session.me.map_untracked(|me| me.user.id);
        submission.send(request, move |()| {
            if let Some(user) = user {
                drafts::remove_all(user);
            }
            routes::load_page("/");
        });
    };
    view! {
        <form method="post" novalidate on:submit=submit>
            <p class="text-muted">"This can't be undone."</p>
            <FormError submission />
            <Field
                id="delete-account-email"
                label=Signal::derive(move || format!("Type {} to confirm", email.get()))
                name="email"
                value=typed_email
                problem=submission.field("email")
            />
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class=ButtonVariant::Danger.class()
                    disabled=move || submission.pending().get() || !matches.get()
                >
                    "Delete account"
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}
