//! The archived organizations, behind a disclosure.

use leptos::html;
use leptos::prelude::*;

use super::list::SectionList;
use super::search::Search;
use crate::components::Show;
use crate::pages::session::Session;
use crate::pages::session::menu_controller::Section;
use client::cache::memo;
use client::effect::effect;

/// The archived organizations, if there are any that match the search. Opens in edit mode and while
/// searching. It is a `<details>`, so that it works without scripts.
#[component]
pub fn Archived(session: Session, editing: RwSignal<bool>, search: Search) -> impl IntoView {
    let menu_controller = session.menu_controller;
    let count = memo(move |_| menu_controller.section(Section::Archived).len());
    let matching = memo(move |_| {
        let archived = menu_controller.section(Section::Archived);
        archived.iter().filter(|item| search.matches(item)).count()
    });
    view! {
        <Show when=move || count.get() != 0 && (editing.get() || matching.get() != 0)>
            <Disclosure session editing search count />
        </Show>
    }
    .into_any()
}

#[component]
fn Disclosure(
    session: Session,
    editing: RwSignal<bool>,
    search: Search,
    count: Signal<usize>,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    effect(move || {
        let is_open = editing.get() || search.is_active();
        if let Some(details) = details.get().filter(|_| is_open) {
            details.set_open(true);
        }
    });
    view! {
        <details class="menu__archived" node_ref=details>
            <summary class="menu__entry menu__fold">
                <span>"Archived"</span> <span class="menu__count">{move || count.get()}</span>
            </summary>
            <SectionList session editing search section=Section::Archived />
        </details>
    }
    .into_any()
}
