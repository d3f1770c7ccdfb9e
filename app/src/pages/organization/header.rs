//! The header of an organization's pages: name, role, presence and tabs.

use leptos::prelude::*;

use super::context::OrganizationContext;
use super::presence::PresenceList;
use crate::components::{Avatar, AvatarOf, AvatarSize, Loaded, NavLink, Show};
use crate::pages::routes::Tab;
use client::cache::memo;
use contract::view::OrganizationView;

/// The header, once the organization is loaded.
#[component]
pub fn Header(context: OrganizationContext) -> impl IntoView {
    view! { <Loaded query=context.query view=move || view! { <LoadedHeader context /> } /> }
        .into_any()
}

#[component]
fn LoadedHeader(context: OrganizationContext) -> impl IntoView {
    let organization = memo(move |_| context.map(|detail| detail.organization.clone()));
    // The avatar depends on these only.
    let identity = memo(move |_| {
        organization
            .with(|its| its.as_ref().map(|its| (AvatarOf::organization(its), its.name.clone())))
    });
    let name = context.name();
    let description = memo(move |_| {
        context.map(|detail| detail.organization.description.to_string()).unwrap_or_default()
    });
    let role = move || context.map(|detail| detail.membership.role.label());
    view! {
        <header class="organization__head">
            {move || {
                identity
                    .get()
                    .map(|(of, name)| view! { <Avatar of name size=AvatarSize::Large /> })
            }}
            <div class="organization__title">
                <h1 translate="no">{move || name.get()}</h1>
                <div class="organization__about">
                    <span class="tag" translate="no">
                        {move || role()}
                    </span>
                    <PresenceList context />
                </div>
                <Show when=move || !description.with(String::is_empty)>
                    <p class="organization__description" translate="no">
                        {description}
                    </p>
                </Show>
            </div>
        </header>
        <Tabs context organization />
    }
    .into_any()
}

#[component]
fn Tabs(
    context: OrganizationContext,
    organization: Signal<Option<OrganizationView>>,
) -> impl IntoView {
    let name = context.name();
    let tab = move |tab: Tab| {
        let href = Signal::derive(move || {
            organization.with(|its| its.as_ref().map(|its| tab.path(&its.slug)).unwrap_or_default())
        });
        view! {
            <Show when=context.may(tab.required_capability())>
                <NavLink class="tabs__tab" href within=href>
                    {tab.label()}
                </NavLink>
            </Show>
        }
        .into_any()
    };
    view! {
        <nav class="tabs" aria-label=move || name.get()>
            {Tab::ALL.iter().copied().map(tab).collect_view()}
        </nav>
    }
    .into_any()
}
