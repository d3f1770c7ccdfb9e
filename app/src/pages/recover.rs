//! `/recover`, for people who forgot their password, and the pages `/check-mail` and `/email-confirmed`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::public_layout::PublicLayout;
use super::redirect_error::error_from_query;
use super::routes;
use crate::components::{FieldProblems, FormError, FormFields, InitialField, Submission};
use client::api;
use contract::account_link::Recover as Request;
use contract::{ApiError, Email};

/// Asks for the address that a link for a new password is sent to. The form works without scripts.
#[component]
pub fn Recover() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let email = query.get("email").unwrap_or_default();
    let submission = Submission::with_error(error_from_query(&query));
    let submit = move |event: SubmitEvent| match read(&FormFields::from_submit(&event)) {
        Ok(request) => submission.send(async move { api::auth::recover(&request).await }, |()| {
            routes::load_page(routes::CHECK_MAIL);
        }),
        Err(problem) => submission.fail(problem),
    };
    view! {
        <Title text="Forgot your password?" />
        <PublicLayout>
            <h1>"Forgot your password?"</h1>
            <p class="text-muted">
                "Enter your account's email address. You get a link with which you choose a new password."
            </p>
            <form class="public-layout__form" method="post" action="/auth/recover" novalidate on:submit=submit>
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
                <button
                    type="submit"
                    class="button button--primary button--wide"
                    disabled=submission.pending()
                >
                    "Send link"
                </button>
            </form>
            <p class="text-muted">
                <a href="/sign-in">"Back to sign in"</a>
            </p>
        </PublicLayout>
    }
    .into_any()
}

fn read(entries: &FormFields) -> Result<Request, ApiError> {
    let mut problems = FieldProblems::default();
    let email = problems.read("email", Email::parse(&entries.text("email")));
    email.map(|email| Request { email }).ok_or_else(|| problems.into_error())
}

/// Says that a message is on its way, whether or not there is an account.
#[component]
pub fn CheckMail() -> impl IntoView {
    view! {
        <Title text="Check your mail" />
        <PublicLayout>
            <h1>"Check your mail"</h1>
            <p class="text-muted">
                "We sent a message to that address. Open the link in it to go on."
            </p>
            <p class="text-muted">
                "Nothing there after a few minutes? Look in your spam folder, check the address, or ask the "
                "people who run this Tributary: they see whether the message was sent."
            </p>
            <p class="text-muted">
                <a href="/sign-in">"Back to sign in"</a>
            </p>
        </PublicLayout>
    }
    .into_any()
}

/// Says that the address of an account is confirmed.
#[component]
pub fn EmailConfirmed() -> impl IntoView {
    view! {
        <Title text="Email address confirmed" />
        <PublicLayout>
            <h1>"Email address confirmed"</h1>
            <p class="text-muted">
                "Use it to sign in. If the address is new, other browsers were signed out."
            </p>
            <a class="button button--primary" rel="external" href=routes::HOME>
                "Go to home"
            </a>
        </PublicLayout>
    }
    .into_any()
}
