//! My organizations: beside the page where there is room, else in a drawer.

mod archived;
mod attention;
mod drag;
mod editing;
mod entry;
mod search;

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use self::archived::Archived;
use self::attention::pay_attention;
use self::editing::HandleHint;
use self::entry::Entry;
use self::search::{Search, SearchField};
use super::menu_controller::{MenuController, Section};
use super::new_organization::NewOrganization;
use super::session::Session;
use crate::components::{For, Glyph, Icon, Loaded, NavLink, Show, Suspense};
use crate::pages::{apart, path};
use client::cache::ssr_memo;
use client::effect::effect;

pub use self::editing::Editable;

/// The drawer's id, for the button that opens it. It is a popover, so that works without scripts.
pub const MENU: &str = "menu";

/// Links to home and to each of my organizations; and how I arrange these.
#[component]
pub fn OrganizationMenu(session: Session) -> impl IntoView {
    let drawer = NodeRef::<html::Nav>::new();
    close_on_navigation(drawer);
    pay_attention(session);
    let creating = NewOrganization::of_page();
    let editing = RwSignal::new(false);
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
                <Suspense>
                    {move || session.me.map(|me| me.system_admin.then(|| view! { <ToSystem /> }))}
                </Suspense>
                <div>
                    <p class="notice notice--bad menu__problem" role="alert">
                        {move || session.arranging.problem.get()}
                    </p>
                    <p class="unseen" role="status" aria-label="Menu changes">
                        {move || session.arranging.done.get()}
                    </p>
                    <HandleHint />
                    <Loaded query=session.menu part=move || view! { <Entries session editing /> } />
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

#[component]
fn ToSystem() -> impl IntoView {
    view! {
        <NavLink href=path::SYSTEM within=path::SYSTEM class="menu__entry">
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
            // It fails where the drawer isn't open, or isn't one.
            drop(drawer.hide_popover());
        }
    });
}

/// Begins and ends the edit mode, where there is something to edit.
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
fn Entries(session: Session, editing: RwSignal<bool>) -> impl IntoView {
    let arranging = session.arranging;
    let search = Search::new();
    let is_empty = ssr_memo(move |_| arranging.shown().is_none_or(|menu| menu.items.is_empty()));
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
            <SearchField search arranging />
        </Show>
        <List session editing search section=Section::Active />
        <Show when=is_empty>
            <p class="menu__none">"No organizations yet."</p>
        </Show>
        <Archived session editing search />
    }
    .into_any()
}

/// One section of the menu: links, or what can be done to them.
#[component]
fn List(
    session: Session,
    editing: RwSignal<bool>,
    search: Search,
    section: Section,
) -> impl IntoView {
    let arranging: MenuController = session.arranging;
    let found = ssr_memo(move |_| {
        let mut items = arranging.section(section);
        if !editing.get() {
            items.retain(|item| search.finds(item));
        }
        items
    });
    let links = move || {
        view! {
            <ul class="menu__list">
                <For each=move || found.get() key=|item| item.id let(membership)>
                    <Entry session membership />
                </For>
            </ul>
        }
    };
    view! {
        <Show when=editing fallback=links>
            {apart::Editable(session, section, found)}
        </Show>
    }
    .into_any()
}
