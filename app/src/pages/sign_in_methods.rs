//! `/account/sign-in-methods`: the password, and the people at OpenID providers who sign in to the account.
//! The browser submits the forms with and without scripts.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::choose_password::ChoosePassword;
use super::confirm_first::ConfirmFirst;
use super::passkeys::Passkeys;
use super::redirect_error::error_from_query;
use super::routes;
use super::session::Session;
use crate::components::{FormError, Loaded, Submission, TimeList, TimeText, changing};
use client::api;
use client::cache::{LiveQuery, live_query, ssr_memo};
use contract::sign_in_methods::{IdentityView, SignInMethods as Methods};
use contract::{Email, Name, UserId};

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
    let methods = ssr_memo(move |_| methods.map(Methods::clone));
    let person = ssr_memo(move |_| session.me.map(|me| (me.user.id, me.user.email.clone())));
    changing(move || match (methods.get(), person.get()) {
        (Some(methods), Some((user, email))) => methods_view(methods, user, email),
        _ => ().into_any(),
    })
}

fn methods_view(methods: Methods, user: UserId, email: Option<Email>) -> AnyView {
    let Methods { proven, password, provider, identities, passkey_host, passkeys, .. } = methods;
    let has_panel = !identities.is_empty() || provider.is_some() || passkey_host.is_some();
    let is_empty = identities.is_empty();
    let to_link = provider.clone().filter(|_| !identities.iter().any(|identity| identity.usable));
    let rows = identities
        .into_iter()
        .map(|identity| view! { <Identity identity user proven /> })
        .collect_view();
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
        {(!is_empty || provider.is_some())
            .then(|| {
                view! {
                    <section class="panel" aria-labelledby="identities">
                        <h2 id="identities">"Other services"</h2>
                        {(!is_empty).then(|| view! { <ul class="rows">{rows}</ul> })}
                        {to_link.map(|name| view! { <LinkProvider name proven /> })}
                    </section>
                }
            })}
        {(has_panel && !proven).then(|| view! { <ConfirmFirst next=routes::SIGN_IN_METHODS /> })}
    }
    .into_any()
}

#[component]
fn LinkProvider(name: Name, proven: bool) -> impl IntoView {
    let name = String::from(name);
    view! {
        <p class="text-muted">
            "You can sign in with " {name.clone()} " too, if it has confirmed the email address of this account."
        </p>
        {proven
            .then(|| {
                view! {
                    <div class="buttons">
                        <a class="button" rel="external" href=routes::provider_link_path()>
                            "Link "
                            {name}
                        </a>
                    </div>
                }
            })}
    }
    .into_any()
}

#[component]
fn Identity(identity: IdentityView, user: UserId, proven: bool) -> impl IntoView {
    let IdentityView { id, provider, usable, email, last_used_at } = identity;
    let label = format!("Unlink {provider}: {email}");
    view! {
        <li class="row">
            <div class="row__text">
                <span class="row__title">{provider}</span>
                <span class="text-subtle">
                    {email.to_string()} " · Last used " <TimeText at=last_used_at />
                    {(!usable).then_some(" · This server doesn't use this service any more")}
                </span>
            </div>
            {proven
                .then(|| {
                    view! {
                        <form method="post" action="/me/sign-in-methods/unlink">
                            <input type="hidden" name="user" value=user.to_string() />
                            <input type="hidden" name="identity" value=id.to_string() />
                            <button type="submit" class="button" aria-label=label>
                                "Unlink"
                            </button>
                        </form>
                    }
                })}
        </li>
    }
    .into_any()
}
