//! One section of the menu.

use leptos::prelude::*;

use super::entry::Entry;
use super::search::Search;
use crate::components::{For, Show};
use crate::pages::lazy;
use crate::pages::session::Session;
use crate::pages::session::menu_controller::Section;
use client::cache::memo;

/// The organizations of the section that match the search, as links; all of them with tools in edit
/// mode.
#[component]
pub fn SectionList(
    session: Session,
    editing: RwSignal<bool>,
    search: Search,
    section: Section,
) -> impl IntoView {
    let menu_controller = session.menu_controller;
    let items = memo(move |_| {
        let mut items = menu_controller.section(section);
        if !editing.get() {
            items.retain(|item| search.matches(item));
        }
        items
    });
    let links = move || {
        view! {
            <ul class="menu__list">
                <For each=move || items.get() key=|item| item.id let(membership)>
                    <Entry session membership />
                </For>
            </ul>
        }
    };
    view! {
        <Show when=editing fallback=links>
            {lazy::secondary::EditableList(session, section, items)}
        </Show>
    }
    .into_any()
}
