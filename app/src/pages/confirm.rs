//! `/confirm`: the person proves again who they are, before a sensitive change.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::choose_password::ChoosePassword;
use super::code_field::CodeField;
use super::redirect_error::error_from_query;
use super::routes;
use super::session::Session;
use crate::components::{FormError, InitialField, Loaded, PasskeyButton, Submission, changing};
use client::api;
use client::cache::{LiveQuery, live_query, memo};
use contract::Email;
use contract::sign_in_methods::SignInMethods;

/// The page. The browser submits its form with and without scripts.
#[component]
pub fn Confirm() -> impl IntoView {
    let session = Session::from_context();
    let methods = live_query(|| (), move |()| session.read(api::me::sign_in_methods()));
    view! {
        <Title text="Confirm it's you" />
        <div class="account">
            <h1>"Confirm it's you"</h1>
            <Loaded query=methods view=move || view! { <Proof session methods /> } />
        </div>
    }
    .into_any()
}

#[component]
fn Proof(session: Session, methods: LiveQuery<SignInMethods>) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = routes::next_path(&query).unwrap_or_else(|| routes::ACCOUNT.to_owned());
    let error = error_from_query(&query);
    let is_wrong_password = error.as_ref().is_some_and(|error| error.field("password").is_some());
    let submission = Submission::with_error(error);
    let methods = memo(move |_| methods.map(SignInMethods::clone));
    let email = memo(move |_| session.me.map(|me| me.user.email.clone()).flatten());
    let ways = move || {
        let Some(methods) = methods.get() else { return ().into_any() };
        let host = methods.passkey_host.filter(|_| !methods.passkeys.is_empty());
        let passkey_next = next.clone();
        let passkey = host.map(|host| view! { <PasskeyProof host next=passkey_next /> });
        if methods.two_factor {
            return view! {
                <CodeForm next=next.clone() submission />
                {passkey}
            }
            .into_any();
        }
        let is_linked = methods.identities.iter().any(|identity| identity.usable);
        let provider = methods.provider.filter(|_| is_linked).map(String::from);
        let provider_next = next.clone();
        view! {
            {methods
                .password
                .then(|| view! { <PasswordForm next=next.clone() is_wrong_password /> })}
            {passkey}
            {provider.map(|name| view! { <ProviderLink name next=provider_next /> })}
            {(!methods.password).then(|| view! { <WithoutPassword email=email.get() /> })}
        }
        .into_any()
    };
    view! {
        <FormError submission />
        {changing(ways)}
    }
    .into_any()
}

#[component]
fn CodeForm(next: String, submission: Submission) -> impl IntoView {
    view! {
        <form class="settings__form" method="post" action="/me/proof">
            <p class="text-muted">
                "Enter the code that your authenticator app shows, or one of your recovery codes."
            </p>
            <CodeField submission />
            <ConfirmButton next />
        </form>
    }
    .into_any()
}

#[component]
fn PasswordForm(next: String, is_wrong_password: bool) -> impl IntoView {
    view! {
        <form class="settings__form" method="post" action="/me/proof">
            <p class="text-muted">"Enter your password. You won't be asked again for ten minutes."</p>
            <InitialField
                id="password"
                label="Your password"
                name="password"
                kind="password"
                autocomplete="current-password"
                problem=Signal::derive(move || {
                    is_wrong_password.then(|| "Incorrect password.".to_owned())
                })
            />
            <ConfirmButton next />
        </form>
    }
    .into_any()
}

#[component]
fn ConfirmButton(next: String) -> impl IntoView {
    view! {
        <input type="hidden" name="next" value=next />
        <button type="submit" class="button button--primary">
            "Confirm"
        </button>
    }
    .into_any()
}

#[component]
fn ProviderLink(name: String, next: String) -> impl IntoView {
    view! {
        <p class="text-muted">"Sign in again with " {name.clone()} "."</p>
        <div class="buttons">
            <a class="button" rel="external" href=routes::provider_confirm_path(&next)>
                "Continue with "
                {name}
            </a>
        </div>
    }
    .into_any()
}

#[component]
fn PasskeyProof(host: String, next: String) -> impl IntoView {
    let submission = Submission::new();
    let press = Callback::new(move |()| {
        let next = next.clone();
        submission.send(api::me::prove_by_passkey(), move |()| routes::load_page(&next));
    });
    view! {
        <div class="buttons">
            <PasskeyButton host class="button" label="Use a passkey" submission press />
        </div>
    }
    .into_any()
}

/// For people whose service doesn't say when they signed in there.
#[component]
fn WithoutPassword(email: Option<Email>) -> impl IntoView {
    view! {
        <p class="text-muted">"Or choose a password by the link that we send to your email address."</p>
        <ChoosePassword email />
    }
    .into_any()
}
