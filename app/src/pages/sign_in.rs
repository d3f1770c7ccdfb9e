//! `/sign-in`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::public_layout::{PublicLayout, RedirectIfSignedIn};
use super::redirect_error::error_from_query;
use super::routes;
use crate::components::{
    FieldProblems, FormError, FormFields, InitialField, PasskeyButton, Submission, Suspense,
};
use client::api;
use contract::request::SignIn as Credentials;
use contract::sign_in_methods::OfferedMethods;
use contract::{ApiError, Email, Password};

/// The sign-in page. The form works without scripts.
#[component]
pub fn SignIn() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = routes::next_path(&query);
    let email = query.get("email").unwrap_or_default();
    let submission = Submission::with_error(error_from_query(&query));
    let sign_up = next.as_deref().map_or_else(|| "/sign-up".to_owned(), routes::sign_up_path);
    let other_next = next.clone();
    let submit = {
        let next = next.clone();
        move |event: SubmitEvent| match read(&FormFields::from_submit(&event)) {
            Ok(credentials) => {
                let next = next.clone();
                submission.send(
                    async move { api::auth::sign_in(&credentials).await },
                    move |step| {
                        routes::load_after_sign_in(step, next.as_deref().unwrap_or(routes::HOME));
                    },
                );
            }
            Err(problem) => submission.fail(problem),
        }
    };
    view! {
        <Title text="Sign in" />
        <RedirectIfSignedIn next=next.clone() />
        <PublicLayout>
            <h1>"Sign in"</h1>
            <form class="public-layout__form" method="post" action="/auth/sign-in" novalidate on:submit=submit>
                <FormError submission />
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
                    autocomplete="current-password"
                    problem=submission.field("password")
                />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <button
                    type="submit"
                    class="button button--primary button--wide"
                    disabled=submission.pending()
                >
                    "Sign in"
                </button>
            </form>
            <OtherWays next=other_next />
            <p class="text-muted">
                <a href="/recover">"Forgot your password?"</a>
            </p>
            <p class="text-muted">"New here? " <a rel="external" href=sign_up>"Create an account"</a></p>
        </PublicLayout>
    }
    .into_any()
}

/// The other ways to sign in that this server offers.
#[component]
fn OtherWays(#[prop(optional_no_strip)] next: Option<String>) -> impl IntoView {
    let offered = Resource::new(|| (), |()| api::auth::offered_methods());
    let ways = move || {
        let OfferedMethods { provider, passkey_host } = offered.get()?.ok()?;
        let href = routes::provider_path(next.as_deref());
        let next = next.clone();
        Some(view! {
            {passkey_host.map(|host| view! { <PasskeySignIn host next /> })}
            {provider
                .map(|provider| {
                    view! {
                        <a class="button button--wide" rel="external" href=href>
                            "Continue with "
                            {provider.to_string()}
                        </a>
                    }
                })}
        })
    };
    view! { <Suspense>{ways.clone()}</Suspense> }.into_any()
}

#[component]
fn PasskeySignIn(host: String, #[prop(optional_no_strip)] next: Option<String>) -> impl IntoView {
    let submission = Submission::new();
    let press = Callback::new(move |()| {
        let next = next.clone();
        submission.send(api::auth::sign_in_with_passkey(), move |()| {
            routes::load_page(next.as_deref().unwrap_or(routes::HOME));
        });
    });
    view! {
        <PasskeyButton
            host
            class="button button--wide"
            label="Sign in with a passkey"
            submission
            press
        />
    }
    .into_any()
}

fn read(entries: &FormFields) -> Result<Credentials, ApiError> {
    let mut problems = FieldProblems::default();
    let email = problems.read("email", Email::parse(&entries.text("email")));
    let password = problems.read("password", Password::parse(&entries.text("password")));
    match (email, password) {
        (Some(email), Some(password)) => Ok(Credentials { email, password }),
        _ => Err(problems.into_error()),
    }
}
