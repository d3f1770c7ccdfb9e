//! Which organization this is, what I am in it, and its pages.

use leptos::prelude::*;

use super::here::HereNow;
use super::tab::Tab;
use super::visit::Visit;
use crate::components::{Avatar, AvatarOf, AvatarSize, Loaded, NavLink, Show};
use client::cache::ssr_memo;
use contract::view::OrganizationView;

/// The top of every page of an organization.
#[component]
pub fn Header(visit: Visit) -> impl IntoView {
    view! { <Loaded query=visit.query part=move || view! { <Named visit /> } /> }.into_any()
}

#[component]
fn Named(visit: Visit) -> impl IntoView {
    let organization = ssr_memo(move |_| visit.map(|detail| detail.organization.clone()));
    // Name and colour change in place.
    let identity = ssr_memo(move |_| {
        organization
            .with(|its| its.as_ref().map(|its| (AvatarOf::organization(its), its.name.clone())))
    });
    let name = visit.name();
    let description = ssr_memo(move |_| {
        visit.map(|detail| detail.organization.description.to_string()).unwrap_or_default()
    });
    let role = move || visit.map(|detail| detail.membership.role.label());
    view! {
        <header class="organization__head">
            {move || {
                identity
                    .get()
                    .map(|(of, name)| view! { <Avatar of name size=AvatarSize::Large /> })
            }}
            <div class="organization__title">
                <h1>{move || name.get()}</h1>
                <div class="organization__about">
                    <span class="tag">{move || role()}</span>
                    <HereNow visit />
                </div>
                <Show when=move || !description.with(String::is_empty)>
                    <p class="organization__description">{description}</p>
                </Show>
            </div>
        </header>
        <Tabs visit organization />
    }
    .into_any()
}

#[component]
fn Tabs(visit: Visit, organization: Signal<Option<OrganizationView>>) -> impl IntoView {
    let name = visit.name();
    let tab = move |tab: Tab| {
        let href = Signal::derive(move || {
            organization.with(|its| its.as_ref().map(|its| tab.path(&its.slug)).unwrap_or_default())
        });
        view! {
            <Show when=visit.may(tab.needs())>
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
