//! Which members are selected, to do something with all of them.

use std::collections::HashSet;

use leptos::prelude::*;

use super::desk::Desk;
use crate::components::{Button, Look};
use client::cache::{LiveQuery, Members, ssr_memo};
use contract::MembershipId;
use contract::view::MembershipView;

/// Who is selected. Looking for others doesn't change it.
#[derive(Clone, Copy)]
pub struct Selection {
    chosen: RwSignal<HashSet<MembershipId>>,
    members: LiveQuery<Members>,
}

impl Selection {
    /// Nobody.
    pub fn new(members: LiveQuery<Members>) -> Self {
        Self { chosen: RwSignal::default(), members }
    }

    /// Whether that one is. Tracked.
    pub fn has(self, id: MembershipId) -> bool {
        self.chosen.with(|chosen| chosen.contains(&id))
    }

    /// How many of those are. Tracked.
    pub fn count_of(self, ids: &[MembershipId]) -> usize {
        self.chosen.with(|chosen| ids.iter().filter(|id| chosen.contains(id)).count())
    }

    /// Selects those, or not any more.
    pub fn choose(self, ids: &[MembershipId], selected: bool) {
        self.chosen.update(|chosen| {
            for id in ids {
                if selected {
                    chosen.insert(*id);
                } else {
                    chosen.remove(id);
                }
            }
        });
    }

    /// Selects nobody.
    pub fn clear(self) {
        self.chosen.update(HashSet::clear);
    }

    /// How many of those who still belong here are selected.
    pub fn count(self) -> Signal<usize> {
        ssr_memo(move |_| {
            self.chosen.with(|chosen| {
                if chosen.is_empty() {
                    return 0;
                }
                let count =
                    |its: &Members| its.items.iter().filter(|it| chosen.contains(&it.id)).count();
                self.members.map(count).unwrap_or_default()
            })
        })
    }

    /// Those who still belong here and are selected, for handlers.
    pub fn members(self) -> Vec<MembershipView> {
        self.chosen.with_untracked(|chosen| {
            let selected = |its: &Members| {
                its.items.iter().filter(|it| chosen.contains(&it.id)).cloned().collect()
            };
            self.members.map_untracked(selected).unwrap_or_default()
        })
    }
}

/// How many are selected, and what to do with them. It is there before anybody is, so that it is
/// read out when somebody is; style shows it then.
#[component]
pub fn SelectionBar(desk: Desk) -> impl IntoView {
    let Desk { selection, removal, window, .. } = desk;
    let count = selection.count();
    let nobody = Signal::derive(move || count.get() == 0);
    let told = move || match count.get() {
        0 => "No members selected".to_owned(),
        count => format!("{count} selected"),
    };
    // The button can't be pressed then, so it loses the focus.
    let clear = move |()| {
        selection.clear();
        window.take_focus();
    };
    view! {
        <div class="buttons members__selection">
            <span class="soft" role="status" aria-label="Selection">
                {move || told()}
            </span>
            <Button
                look=Look::QuietDanger
                disabled=nobody
                press=move |()| removal.ask(selection.members())
            >
                "Remove selected"
            </Button>
            <Button look=Look::Quiet disabled=nobody press=clear>
                "Clear selection"
            </Button>
        </div>
    }
    .into_any()
}

/// Selects one member.
#[component]
pub fn SelectCell(membership: Signal<MembershipView>, selection: Selection) -> impl IntoView {
    let id = membership.with_untracked(|its| its.id);
    view! {
        <td class="table__select">
            <label class="table__tick">
                <input
                    type="checkbox"
                    autocomplete="off"
                    aria-label=move || {
                        format!("Select {}", membership.with(|its| its.user.name.to_string()))
                    }
                    prop:checked=move || selection.has(id)
                    on:change:target=move |event| selection.choose(&[id], event.target().checked())
                />
            </label>
        </td>
    }
    .into_any()
}

/// Selects everybody who is shown.
#[component]
pub fn SelectHeader(
    shown: Signal<Vec<MembershipId>>,
    beyond: Signal<usize>,
    selection: Selection,
) -> impl IntoView {
    let count = ssr_memo(move |_| shown.with(|shown| selection.count_of(shown)));
    let all = move || count.get() > 0 && count.get() == shown.with(Vec::len);
    let some = move || count.get() > 0 && count.get() < shown.with(Vec::len);
    let disabled = move || beyond.get() > 0 || shown.with(Vec::is_empty);
    view! {
        <th scope="col" class="table__select">
            <label class="table__tick">
                <input
                    type="checkbox"
                    autocomplete="off"
                    aria-label="Select all shown"
                    disabled=disabled
                    prop:checked=all
                    prop:indeterminate=some
                    on:change:target=move |event| {
                        shown.with_untracked(|shown| selection.choose(shown, event.target().checked()));
                    }
                />
            </label>
        </th>
    }
    .into_any()
}
