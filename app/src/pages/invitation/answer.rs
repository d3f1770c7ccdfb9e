//! What can be done about an invitation, by who looks at it.

use leptos::prelude::*;

use crate::components::{Button, Look, Refusal, Submission};
use crate::pages::organization::Tab;
use crate::pages::path;
use client::api;
use contract::{Email, InvitationId};

/// For nobody in particular yet: ways to become somebody. The likelier one comes first.
#[component]
pub fn SignedOut(
    /// That of the link.
    token: String,
    /// Who is invited.
    email: Email,
    /// Whether the address has an account.
    known: bool,
) -> impl IntoView {
    let next = path::invitation(&token);
    let own = [("email", email.as_str()), ("next", &next)];
    let sign_in = path::with_query("/sign-in", &own);
    let sign_up =
        path::with_query("/sign-up", &[own.as_slice(), &[("invitation", &token)]].concat());
    let mut ways = [("Sign in", sign_in), ("Create an account", sign_up)];
    let hint = match known {
        true => "This email address has an account. Sign in to accept or decline.",
        false => {
            ways.reverse();
            "Create an account with this email address to accept or decline, or sign in if you have one."
        }
    };
    let [first, second] = ways;
    view! {
        <p class="soft">{hint}</p>
        <div class="buttons">
            <a class="button button--primary" rel="external" href=first.1>
                {first.0}
            </a>
            <a class="button" rel="external" href=second.1>
                {second.0}
            </a>
        </div>
    }
    .into_any()
}

/// Whether an invitation is known to be for an account, and not only for its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It can be answered.
    Mine,
    /// It has to be claimed by its link first.
    ByLink,
}

/// For the invited.
#[component]
pub fn Answer(id: InvitationId, token: String, known: Known) -> impl IntoView {
    let answer = Submission::new();
    let token = StoredValue::new(token);
    let claim = move || {
        let token = token.get_value();
        async move {
            match known {
                Known::Mine => Ok(()),
                Known::ByLink => api::invitations::claim(&token).await.map(drop),
            }
        }
    };
    let accept = move |()| {
        let accepting = async move {
            claim().await?;
            api::invitations::accept(id).await
        };
        answer.send(accepting, |membership| {
            let slug = membership.organization.map(|organization| organization.slug);
            path::load(
                &slug
                    .as_ref()
                    .map_or_else(|| path::HOME.to_owned(), |slug| Tab::Members.path(slug)),
            );
        });
    };
    let reject = move |()| {
        let rejecting = async move {
            claim().await?;
            api::invitations::reject(id).await
        };
        answer.send(rejecting, |()| path::load(path::HOME));
    };
    view! {
        <Refusal submission=answer />
        <div class="buttons">
            <Button look=Look::Primary disabled=answer.pending() press=accept>
                "Accept"
            </Button>
            <Button disabled=answer.pending() press=reject>
                "Decline"
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
            {email.map(|email| format!("You're signed in as {email}."))}
            " This invitation is for a different email address. Sign out, then sign in with that address."
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
