//! The menu with the person's organizations: beside the page on wide screens, otherwise a drawer.

mod archived;
mod drag;
pub mod editable_list;
mod entry;
mod handle_hint;
mod list;
mod mark_seen;
mod search;

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use self::archived::Archived;
use self::handle_hint::HandleHint;
use self::list::SectionList;
use self::mark_seen::mark_seen_while_visible;
use self::search::{Search, SearchField};
use crate::components::{Glyph, Icon, Loaded, NavLink, Show, Suspense};
use crate::pages::new_organization::NewOrganization;
use crate::pages::routes;
use crate::pages::session::Session;
use crate::pages::session::menu_controller::Section;
use client::cache::memo;
use client::effect::effect;

/// The id of the drawer. The button in the header opens it as a popover, without scripts.
pub const MENU_ID: &str = "menu";

/// Links to home, the system page and each organization, with search and edit mode.
#[component]
pub fn OrganizationMenu(session: Session) -> impl IntoView {
    let drawer = NodeRef::<html::Nav>::new();
    close_on_navigation(drawer);
    mark_seen_while_visible(session);
    let new_organization = NewOrganization::from_context();
    let editing = RwSignal::new(false);
    view! {
        <nav
            id=MENU_ID
            class="layout__side"
            aria-label="Organizations"
            popover="auto"
            node_ref=drawer
        >
            <div class="menu">
                <NavLink href=routes::HOME within=routes::HOME class="menu__entry">
                    <Glyph icon=Icon::Home />
                    "Home"
                </NavLink>
                <Suspense>
                    {move || session.me.map(|me| me.system_admin.then(|| view! { <SystemLink /> }))}
                </Suspense>
                <div>
                    <p class="notice notice--bad menu__problem" role="alert">
                        {move || session.menu_controller.problem.get()}
                    </p>
                    <p class="visually-hidden" role="status" aria-label="Menu changes">
                        {move || session.menu_controller.announcement.get()}
                    </p>
                    <HandleHint />
                    <Loaded query=session.menu view=move || view! { <FormFields session editing /> } />
                    <button type="button" class="menu__entry" on:click=move |_| new_organization.open()>
                        <Glyph icon=Icon::Plus />
                        "New organization"
                    </button>
                </div>
            </div>
        </nav>
    }
    .into_any()
}

#[component]
fn SystemLink() -> impl IntoView {
    view! {
        <NavLink href=routes::SYSTEM within=routes::SYSTEM class="menu__entry">
            <Glyph icon=Icon::Pulse />
            "System"
        </NavLink>
    }
    .into_any()
}

fn close_on_navigation(drawer: NodeRef<html::Nav>) {
    let path = use_location().pathname;
    effect(move || {
        path.track();
        if let Some(drawer) = drawer.get_untracked() {
            // It fails if the drawer isn't open, or on wide screens.
            drop(drawer.hide_popover());
        }
    });
}

/// Starts and ends the edit mode.
#[component]
fn EditButton(editing: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button button--quiet menu__edit"
            aria-label=move || if editing.get() { "Done editing" } else { "Edit organizations" }
            on:click=move |_| editing.update(|editing| *editing = !*editing)
        >
            {move || if editing.get() { "Done" } else { "Edit" }}
        </button>
    }
    .into_any()
}

#[component]
fn FormFields(session: Session, editing: RwSignal<bool>) -> impl IntoView {
    let menu_controller = session.menu_controller;
    let search = Search::new();
    let is_empty = memo(move |_| menu_controller.menu().is_none_or(|menu| menu.items.is_empty()));
    view! {
        <div class="menu__head">
            <p class="menu__heading" aria-hidden="true">
                "Organizations"
            </p>
            <Show when=move || !is_empty.get()>
                <EditButton editing />
            </Show>
        </div>
        <Show when=move || !editing.get()>
            <SearchField search menu_controller />
        </Show>
        <SectionList session editing search section=Section::Active />
        <Show when=is_empty>
            <p class="menu__none">"No organizations yet."</p>
        </Show>
        <Archived session editing search />
    }
    .into_any()
}
