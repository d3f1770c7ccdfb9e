//! My organizations: beside the page where there is room, else in a drawer.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::new_organization::NewOrganization;
use super::session::Session;
use crate::cache::follow;
use crate::components::{Avatar, AvatarOf, AvatarSize, Glyph, Icon, Loaded, NavLink};
use crate::contract::view::OrganizationView;
use crate::pages::path;

/// The drawer's id, for the button that opens it. It is a popover, so that works without scripts.
pub const MENU: &str = "menu";

/// Links to home and to each of my organizations.
#[component]
pub fn OrganizationMenu(session: Session) -> impl IntoView {
    let drawer = NodeRef::<html::Nav>::new();
    close_on_navigation(drawer);
    let creating = NewOrganization::of_page();
    view! {
        <nav
            id=MENU
            class="frame__side"
            aria-label="Organizations"
            popover="auto"
            node_ref=drawer
        >
            <div class="menu">
                <NavLink href=path::HOME within=path::HOME class="menu__entry">
                    <Glyph icon=Icon::Home />
                    "Home"
                </NavLink>
                <div>
                    <p class="menu__heading" aria-hidden="true">
                        "Organizations"
                    </p>
                    <Loaded query=session.menu part=move || view! { <Entries session /> } />
                    <button type="button" class="menu__entry" on:click=move |_| creating.ask()>
                        <Glyph icon=Icon::Plus />
                        "New organization"
                    </button>
                </div>
            </div>
        </nav>
    }
    .into_any()
}

fn close_on_navigation(drawer: NodeRef<html::Nav>) {
    let path = use_location().pathname;
    Effect::new(move || {
        path.track();
        if let Some(drawer) = drawer.get_untracked() {
            // It fails where the drawer isn't open, or isn't one.
            drop(drawer.hide_popover());
        }
    });
}

#[component]
fn Entries(session: Session) -> impl IntoView {
    let organizations = follow(move |_| session.organizations());
    view! {
        <ul class="menu__list">
            <For
                each=move || organizations.get()
                key=|organization| organization.id
                let(organization)
            >
                <Entry session organization />
            </For>
        </ul>
        <Show when=move || organizations.with(Vec::is_empty)>
            <p class="menu__none">"No organizations yet."</p>
        </Show>
    }
    .into_any()
}

#[component]
fn Entry(session: Session, organization: OrganizationView) -> impl IntoView {
    let of = AvatarOf::Organization(organization.id);
    let organization = session.following(organization);
    view! {
        <li>
            <NavLink
                href=Signal::derive(move || organization.with(|its| path::members(&its.slug)))
                within=Signal::derive(move || organization.with(|its| path::organization(&its.slug)))
                class="menu__entry"
            >
                <Avatar
                    of
                    name=Signal::derive(move || organization.with(|its| its.name.clone()))
                    size=AvatarSize::Small
                />
                <span class="menu__name">
                    {move || organization.with(|its| its.name.to_string())}
                </span>
            </NavLink>
        </li>
    }
    .into_any()
}
