//! The next step for the visitor of an invitation link.

use leptos::prelude::*;

use crate::components::{Button, ButtonVariant, FormError, Submission};
use crate::pages::routes;
use crate::pages::routes::Tab;
use client::api;
use contract::{Email, InvitationId};

/// For visitors who aren't signed in: create an account or sign in. The page doesn't know whether the
/// address has an account, because the link doesn't prove that the visitor owns the address.
#[component]
pub fn SignedOut(
    token: String,
    /// The invited address.
    email: Email,
) -> impl IntoView {
    let next = routes::invitation_path(&token);
    let common = [("email", email.as_str()), ("next", &next)];
    let sign_in = routes::with_query("/sign-in", &common);
    let sign_up =
        routes::with_query("/sign-up", &[common.as_slice(), &[("invitation", &token)]].concat());
    view! {
        <p class="text-muted">
            "Create an account with this email address to accept or decline, or sign in if you have one."
        </p>
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

/// For the invited person: accept or decline. The link gives the invitation to the account first, whose
/// address may not be confirmed.
#[component]
pub fn Answer(id: InvitationId, token: String) -> impl IntoView {
    let request = Submission::new();
    let token = StoredValue::new(token);
    let claim = move || {
        let token = token.get_value();
        async move { api::invitations::claim(&token).await.map(drop) }
    };
    let accept = move |()| {
        let accepting = async move {
            claim().await?;
            api::invitations::accept(id).await
        };
        request.send(accepting, |membership| {
            let slug = membership.organization.map(|organization| organization.slug);
            routes::load_page(
                &slug
                    .as_ref()
                    .map_or_else(|| routes::HOME.to_owned(), |slug| Tab::Members.path(slug)),
            );
        });
    };
    let decline = move |()| {
        let declining = async move {
            claim().await?;
            api::invitations::decline(id).await
        };
        request.send(declining, |()| routes::load_page(routes::HOME));
    };
    view! {
        <FormError submission=request />
        <div class="buttons">
            <Button variant=ButtonVariant::Primary disabled=request.pending() press=accept>
                "Accept"
            </Button>
            <Button disabled=request.pending() press=decline>
                "Decline"
            </Button>
        </div>
    }
    .into_any()
}

/// For someone signed in with another address: sign out. An invitation can't be transferred.
#[component]
pub fn OtherAccount(token: String, email: Option<Email>) -> impl IntoView {
    view! {
        <p class="notice">
            {email.map(|email| format!("You're signed in as {email}."))}
            " This invitation is for a different email address. Sign out, then sign in with that address."
        </p>
        <form method="post" action="/auth/sign-out">
            <input type="hidden" name="next" value=routes::invitation_path(&token) />
            <button type="submit" class="button button--primary">
                "Sign out"
            </button>
        </form>
    }
    .into_any()
}
