//! `/confirm`: the person proves again who they are, before a sensitive change.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::code_field::CodeField;
use super::redirect_error::error_from_query;
use super::routes;
use super::session::Session;
use crate::components::{FormError, InitialField, Loaded, Submission, changing};
use client::cache::{LiveQuery, TwoFactor, live_query, ssr_memo};

/// The page. The browser submits its form with and without scripts.
#[component]
pub fn Confirm() -> impl IntoView {
    let session = Session::from_context();
    let two_factor = live_query(|| (), move |()| session.read(TwoFactor::fetch()));
    view! {
        <Title text="Confirm it's you" />
        <div class="account">
            <h1>"Confirm it's you"</h1>
            <Loaded query=two_factor view=move || view! { <ProofForm two_factor /> } />
        </div>
    }
    .into_any()
}

#[component]
fn ProofForm(two_factor: LiveQuery<TwoFactor>) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = routes::next_path(&query).unwrap_or_else(|| routes::ACCOUNT.to_owned());
    let error = error_from_query(&query);
    let is_wrong_password = error.as_ref().is_some_and(|error| error.field("password").is_some());
    let submission = Submission::with_error(error);
    let enabled = ssr_memo(move |_| two_factor.map(|its| its.0.enabled).unwrap_or_default());
    let field = move || {
        match enabled.get() {
        true => view! {
            <p class="text-muted">
                "Enter the code that your authenticator app shows, or one of your recovery codes."
            </p>
            <CodeField submission />
        }
        .into_any(),
        false => view! {
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
        }
        .into_any(),
    }
    };
    view! {
        <form class="settings__form" method="post" action="/me/proof">
            <FormError submission />
            {changing(field)}
            <input type="hidden" name="next" value=next />
            <button type="submit" class="button button--primary">
                "Confirm"
            </button>
        </form>
    }
    .into_any()
}
