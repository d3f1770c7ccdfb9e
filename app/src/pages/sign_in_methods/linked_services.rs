//! The panel with the people at OpenID providers who sign in to the account. The browser submits the forms
//! with and without scripts.

use leptos::prelude::*;

use super::removal_form::RemovalForm;
use crate::components::TimeText;
use crate::pages::routes;
use contract::sign_in_methods::IdentityView;
use contract::{Name, UserId};

/// The panel. Offers to link `provider` if none of its people is linked yet.
#[component]
pub fn LinkedServices(
    identities: Vec<IdentityView>,
    #[prop(optional_no_strip)] provider: Option<Name>,
    user: UserId,
    proven: bool,
) -> impl IntoView {
    let is_empty = identities.is_empty();
    let to_link = provider.filter(|_| !identities.iter().any(|identity| identity.usable));
    let rows = identities
        .into_iter()
        .map(|identity| view! { <Identity identity user proven /> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="identities">
            <h2 id="identities">"Other services"</h2>
            {(!is_empty).then(|| view! { <ul class="rows">{rows}</ul> })}
            {to_link.map(|name| view! { <LinkProvider name proven /> })}
        </section>
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
                        <RemovalForm
                            action="/me/sign-in-methods/unlink"
                            user
                            name="identity"
                            id=id.uuid()
                            text="Unlink"
                            label
                        />
                    }
                })}
        </li>
    }
    .into_any()
}
