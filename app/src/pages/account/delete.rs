//! Deleting my account, with its address typed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::{Button, Dialog, Draft, Field, Look, Refusal, Submission};
use crate::pages::path;
use crate::pages::signed_in::Session;
use client::api;
use client::cache::ssr_memo;
use contract::Email;
use contract::text::case_folded;

/// The part of the account that ends it.
#[component]
pub fn DeleteAccount(session: Session) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="panel" aria-labelledby="delete">
            <h2 id="delete">"Delete account"</h2>
            <p class="soft">
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
    let email = ssr_memo(move |_| {
        session
            .me
            .map(|me| me.user.email.as_ref().map(Email::to_string))
            .flatten()
            .unwrap_or_default()
    });
    let typed = Draft::following(String::new());
    let submission = Submission::new();
    let matches =
        Memo::new(move |_| case_folded(typed.text().trim()).eq(case_folded(&email.get())));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !matches.get_untracked() {
            return;
        }
        let request = async move {
            // The end of the stream comes before the answer, and is no news.
            session.leaving.set(true);
            let answer = api::me::delete().await;
            if answer.is_err() {
                session.leaving.set(false);
            }
            answer
        };
        submission.send(request, |()| path::load("/"));
    };
    view! {
        <form method="post" novalidate on:submit=submit>
            <p class="soft">"This can't be undone."</p>
            <Refusal submission />
            <Field
                id="delete-account-email"
                label=Signal::derive(move || format!("Type {} to confirm", email.get()))
                name="email"
                draft=typed
                problem=submission.field("email")
            />
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class=Look::Danger.class()
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
