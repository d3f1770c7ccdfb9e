//! `/sign-up`

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::path;
use super::public_layout::{PublicLayout, RedirectIfSignedIn};
use super::refusal::refusal;
use crate::components::{Entries, InitialField, Problems, Refusal, Submission};
use client::api;
use contract::request::SignUp as Account;
use contract::{ApiError, Email, Name, Password};

/// Creating an account. The form works with scripts off.
#[component]
pub fn SignUp() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = path::next(&query);
    let invitation = query.get("invitation");
    let text = |name| query.get(name).unwrap_or_default();
    let (name, email) = (text("name"), text("email"));
    let submission = Submission::refused(refusal(&query));
    let submit = {
        let next = next.clone();
        let invitation = invitation.clone();
        move |event: SubmitEvent| match read(&Entries::take(&event), invitation.clone()) {
            Ok(account) => {
                let next = next.clone();
                submission.send(async move { api::auth::sign_up(&account).await }, move |()| {
                    path::load(next.as_deref().unwrap_or(path::HOME));
                });
            }
            Err(problem) => submission.refuse(problem),
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
            <form class="door__form" method="post" action="/auth/sign-up" novalidate on:submit=submit>
                <Refusal submission />
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
            <p class="soft">
                "Already have an account? "
                <a href=path::sign_in(next.as_deref().unwrap_or(path::HOME))>"Sign in"</a>
            </p>
        </PublicLayout>
    }
    .into_any()
}

fn read(entries: &Entries, invitation: Option<String>) -> Result<Account, ApiError> {
    let mut problems = Problems::default();
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
