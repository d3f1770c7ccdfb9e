//! `/account/sign-in-methods`: the ways to sign in to the account, which are a password, passkeys and linked
//! services.

mod linked_services;
mod passkeys;
mod removal_form;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::linked_services::LinkedServices;
use self::passkeys::Passkeys;
use super::choose_password::ChoosePassword;
use super::confirm_first::ConfirmFirst;
use super::redirect_error::error_from_query;
use super::routes;
use super::session::Session;
use crate::components::{FormError, Loaded, Submission, TimeList, changing};
use client::api;
use client::cache::{LiveQuery, live_query, memo};
use contract::sign_in_methods::SignInMethods as Methods;
use contract::{Email, UserId};

/// The page.
#[component]
pub fn SignInMethods() -> impl IntoView {
    let session = Session::from_context();
    let methods = live_query(|| (), move |()| session.read(api::me::sign_in_methods()));
    let submission = Submission::with_error(error_from_query(&use_query_map().get_untracked()));
    view! {
        <Title text="Sign-in methods" />
        <div class="account">
            <h1>"Sign-in methods"</h1>
            <FormError submission />
            <Loaded query=methods view=move || view! { <CurrentMethods session methods /> } />
            <p>
                <a href=routes::ACCOUNT>"Back to your account"</a>
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn CurrentMethods(session: Session, methods: LiveQuery<Methods>) -> impl IntoView {
    TimeList::provide();
    let methods = memo(move |_| methods.map(Methods::clone));
    let person = memo(move |_| session.me.map(|me| (me.user.id, me.user.email.clone())));
    changing(move || match (methods.get(), person.get()) {
        (Some(methods), Some((user, email))) => methods_view(methods, user, email),
        _ => ().into_any(),
    })
}

fn methods_view(methods: Methods, user: UserId, email: Option<Email>) -> AnyView {
    let Methods { proven, password, provider, identities, passkey_host, passkeys, .. } = methods;
    let has_services = !identities.is_empty() || provider.is_some();
    let has_panel = has_services || passkey_host.is_some();
    view! {
        <section class="panel" aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            <p>
                {match password {
                    true => "You sign in with your email address and a password.",
                    false => "You have no password.",
                }}
            </p>
            {(!password).then(|| view! { <ChoosePassword email /> })}
        </section>
        {passkey_host.map(|host| view! { <Passkeys host passkeys user proven /> })}
        {has_services.then(|| view! { <LinkedServices identities provider user proven /> })}
        {(has_panel && !proven).then(|| view! { <ConfirmFirst next=routes::SIGN_IN_METHODS /> })}
    }
    .into_any()
}
