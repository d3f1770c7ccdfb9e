//! What can be done about an invitation, by who looks at it.

use leptos::prelude::*;

use crate::api;
use crate::components::{Button, Look, Refusal, Submission};
use crate::contract::{Email, InvitationId};
use crate::pages::path;

/// For nobody in particular yet: ways to become somebody.
#[component]
pub fn SignedOut(token: String, email: Email) -> impl IntoView {
    let next = path::invitation(&token);
    let own = [("email", email.as_str()), ("next", &next)];
    let sign_in = path::with_query("/sign-in", &own);
    let sign_up =
        path::with_query("/sign-up", &[own.as_slice(), &[("invitation", &token)]].concat());
    view! {
        <div class="buttons">
            <a class="button button--primary" rel="external" href=sign_up>
                "Create an account"
            </a>
            <a class="button" rel="external" href=sign_in>
                "Sign in"
            </a>
        </div>
    }
    .into_any()
}

/// For the invited.
#[component]
pub fn Answer(id: InvitationId) -> impl IntoView {
    let answer = Submission::new();
    let accept = move |()| {
        answer.send(api::invitations::accept(id), |membership| {
            let slug = membership.organization.map(|organization| organization.slug);
            path::load(&slug.as_ref().map_or_else(|| path::HOME.to_owned(), path::members));
        });
    };
    let reject = move |()| {
        answer.send(api::invitations::reject(id), |()| path::load(path::HOME));
    };
    view! {
        <Refusal submission=answer />
        <div class="buttons">
            <Button look=Look::Primary disabled=answer.pending() press=accept>
                "Accept"
            </Button>
            <Button disabled=answer.pending() press=reject>
                "Reject"
            </Button>
        </div>
    }
    .into_any()
}

/// For somebody else. A session can end here; whose invitation it is can't change.
#[component]
pub fn OtherAccount(token: String, email: Option<Email>) -> impl IntoView {
    view! {
        <p class="notice">
            {email.map(|email| format!("You are signed in as {email}."))}
            " Sign out to answer this invitation."
        </p>
        <form method="post" action="/auth/sign-out">
            <input type="hidden" name="next" value=path::invitation(&token) />
            <button type="submit" class="button button--primary">
                "Sign out"
            </button>
        </form>
    }
    .into_any()
}
