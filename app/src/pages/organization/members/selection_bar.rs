//! The controls of the selection: a bar with the actions, and the checkboxes of the table.

use leptos::prelude::*;

use super::state::MembersState;
use super::state::selection::Selection;
use crate::components::{Button, ButtonVariant};
use client::cache::memo;
use contract::MembershipId;
use contract::view::MembershipView;

/// How many members are selected, and what can be done with them. It is always in the document, so
/// that a screen reader announces the first selection; its style shows it then.
#[component]
pub fn SelectionBar(state: MembersState) -> impl IntoView {
    let MembersState { selection, bulk_removal, window, .. } = state;
    let count = selection.count();
    let is_empty = Signal::derive(move || count.get() == 0);
    let text = move || match count.get() {
        0 => "No members selected".to_owned(),
        count => format!("{count} selected"),
    };
    // The button becomes disabled and loses the focus, so the table takes it.
    let clear = move |()| {
        selection.clear();
        window.take_focus();
    };
    view! {
        <div class="buttons members__selection">
            <span class="text-muted" role="status" aria-label="Selection">
                {move || text()}
            </span>
            <Button
                variant=ButtonVariant::QuietDanger
                disabled=is_empty
                press=move |()| bulk_removal.confirm(selection.members())
            >
                "Remove selected"
            </Button>
            <Button variant=ButtonVariant::Quiet disabled=is_empty press=clear>
                "Clear selection"
            </Button>
        </div>
    }
    .into_any()
}

/// The cell of a row with the checkbox of its member.
#[component]
pub fn SelectCell(membership: Signal<MembershipView>, selection: Selection) -> impl IntoView {
    let id = membership.with_untracked(|its| its.id);
    view! {
        <td class="table__select">
            <label class="table__checkbox">
                <input
                    type="checkbox"
                    autocomplete="off"
                    aria-label=move || {
                        format!("Select {}", membership.with(|its| its.user.name.to_string()))
                    }
                    prop:checked=move || selection.contains(id)
                    on:change:target=move |event| selection.set(&[id], event.target().checked())
                />
            </label>
        </td>
    }
    .into_any()
}

/// The header cell with the checkbox for all listed members. It is disabled until all members are
/// loaded.
#[component]
pub fn SelectHeader(
    shown: Signal<Vec<MembershipId>>,
    unloaded: Signal<usize>,
    selection: Selection,
) -> impl IntoView {
    let count = memo(move |_| shown.with(|shown| selection.count_among(shown)));
    let all = move || count.get() > 0 && count.get() == shown.with(Vec::len);
    let some = move || count.get() > 0 && count.get() < shown.with(Vec::len);
    let disabled = move || unloaded.get() > 0 || shown.with(Vec::is_empty);
    view! {
        <th scope="col" class="table__select">
            <label class="table__checkbox">
                <input
                    type="checkbox"
                    autocomplete="off"
                    aria-label="Select all shown"
                    disabled=disabled
                    prop:checked=all
                    prop:indeterminate=some
                    on:change:target=move |event| {
                        shown.with_untracked(|shown| selection.set(shown, event.target().checked()));
                    }
                />
            </label>
        </th>
    }
    .into_any()
}
