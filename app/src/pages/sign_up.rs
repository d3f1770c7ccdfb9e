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
use contract::{ApiError, Email, Name, Password};

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
        let next = next.clone();
        let invitation = invitation.clone();
        move |event: SubmitEvent| match read(&FormFields::from_submit(&event), invitation.clone()) {
            Ok(account) => {
                let next = next.clone();
                submission.send(async move { api::auth::sign_up(&account).await }, move |()| {
                    routes::load_page(next.as_deref().unwrap_or(routes::HOME));
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
                    initial=email
                    problem=submission.field("email")
                />
                <InitialField
                    id="password"
                    label="Password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 8 characters."
                    problem=submission.field("password")
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
    let password = problems.read("password", Password::parse(&entries.text("password")));
    match (name, email, password) {
        (Some(name), Some(email), Some(password)) => {
            Ok(Account { name, email, password, invitation })
        }
        _ => Err(problems.into_error()),
    }
}
