//! `/sign-up`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::public_layout::{PublicLayout, RedirectIfSignedIn};
use super::redirect_error::error_from_query;
use super::routes;
use crate::components::{FieldProblems, FormError, FormFields, InitialField, Submission};
use client::api;
use contract::request::SignUp as Account;
use contract::{ApiError, Email, Name};

/// The sign-up page. The form works without scripts.
#[component]
pub fn SignUp() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = routes::next_path(&query);
    let invitation = query.get("invitation");
    let text = |name| query.get(name).unwrap_or_default();
    let (name, email) = (text("name"), text("email"));
    let submission = Submission::with_error(error_from_query(&query));
    let submit = {
        let invitation = invitation.clone();
        move |event: SubmitEvent| match read(&FormFields::from_submit(&event), invitation.clone()) {
            Ok(account) => {
                submission.send(async move { api::auth::sign_up(&account).await }, |()| {
                    routes::load_page(routes::CHECK_MAIL);
                });
            }
            Err(problem) => submission.fail(problem),
        }
    };
    let hidden = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <Title text="Create an account" />
        <RedirectIfSignedIn next=next.clone() />
        <PublicLayout>
            <h1>"Create an account"</h1>
            <form class="public-layout__form" method="post" action="/auth/sign-up" novalidate on:submit=submit>
                <FormError submission />
                <InitialField
                    id="name"
                    label="Name"
                    name="name"
                    kind="text"
                    autocomplete="name"
                    initial=name
                    problem=submission.field("name")
                />
                <InitialField
                    id="email"
                    label="Email"
                    name="email"
                    kind="email"
                    autocomplete="username"
                    hint="You get a link to this address, with which you choose a password."
                    initial=email
                    problem=submission.field("email")
                />
                {hidden("invitation", invitation)}
                {hidden("next", next.clone())}
                <button
                    type="submit"
                    class="button button--primary button--wide"
                    disabled=submission.pending()
                >
                    "Create account"
                </button>
            </form>
            <p class="text-muted">
                "Already have an account? "
                <a href=routes::sign_in_path(next.as_deref().unwrap_or(routes::HOME))>"Sign in"</a>
            </p>
        </PublicLayout>
    }
    .into_any()
}

fn read(entries: &FormFields, invitation: Option<String>) -> Result<Account, ApiError> {
    let mut problems = FieldProblems::default();
    let name = problems.read("name", Name::parse(&entries.text("name")));
    let email = problems.read("email", Email::parse(&entries.text("email")));
    match (name, email) {
        (Some(name), Some(email)) => Ok(Account { name, email, invitation }),
        _ => Err(problems.into_error()),
    }
}
