//! What is put away, folded.

use leptos::html;
use leptos::prelude::*;

use super::search::Search;
use super::{List, Section};
use crate::components::Show;
use crate::pages::signed_in::session::Session;
use client::cache::ssr_memo;
use client::effect::effect;

/// The archived organizations behind their number. Unfolds by itself while they are edited, or
/// when one of them is searched for. It is `<details>`, so that it works without scripts.
#[component]
pub fn Archived(session: Session, editing: RwSignal<bool>, search: Search) -> impl IntoView {
    let arranging = session.arranging;
    let count = ssr_memo(move |_| arranging.section(Section::Archived).len());
    let found = ssr_memo(move |_| {
        let archived = arranging.section(Section::Archived);
        archived.iter().filter(|item| search.finds(item)).count()
    });
    view! {
        <Show when=move || count.get() != 0 && (editing.get() || found.get() != 0)>
            <Fold session editing search count />
        </Show>
    }
    .into_any()
}

#[component]
fn Fold(
    session: Session,
    editing: RwSignal<bool>,
    search: Search,
    count: Signal<usize>,
) -> impl IntoView {
    let fold = NodeRef::<html::Details>::new();
    effect(move || {
        let unfold = editing.get() || search.is_active();
        if let Some(fold) = fold.get().filter(|_| unfold) {
            fold.set_open(true);
        }
    });
    view! {
        <details class="menu__archived" node_ref=fold>
            <summary class="menu__entry menu__fold">
                <span>"Archived"</span> <span class="menu__count">{move || count.get()}</span>
            </summary>
            <List session editing search section=Section::Archived />
        </details>
    }
    .into_any()
}
