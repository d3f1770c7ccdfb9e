//! The table of members. It scrolls in its own container, and only the rows near the visible part
//! are rendered.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::web_sys::HtmlElement;
use leptos::{ev, html};

use super::bulk_removal_dialog::BulkRemovalDialog;
use super::departure_dialogs::DepartureDialogs;
use super::query::use_members_query;
use super::row::Row;
use super::selection_bar::{SelectHeader, SelectionBar};
use super::sort_header::SortHeader;
use super::state::MembersState;
use super::state::row_window::RowWindow;
use super::state::selection::Selection;
use crate::components::{For, LiveRegion, Show, TimeList};
use client::api::memberships::Sort;
use client::cache::{Members, memo};
use client::effect::effect;
use contract::view::MembershipView;
use contract::{Capability, MembershipId};

/// Shows the members `shown`, with room below them for those that aren't loaded yet.
#[component]
pub fn Table(
    shown: Signal<Vec<MembershipId>>,
    unloaded: Signal<usize>,
    state: MembersState,
) -> impl IntoView {
    let MembersState { context, window, selection, .. } = state;
    TimeList::provide();
    let may_select = context.may(Capability::ManageMembers);
    let name = context.name();
    let sees_emails = context.may(Capability::SeeEmails);
    keep_scroll_position(window, shown);
    window.track_presses();
    measure_on_resize(window, sees_emails);
    let is_empty = memo(move |_| shown.with(Vec::is_empty) && unloaded.get() == 0);
    let caption = move || format!("Members of {}", name.get());
    view! {
        <Show when=may_select>
            <SelectionBar state />
        </Show>
        <div
            class="table-frame members"
            role="region"
            aria-label=caption
            tabindex="0"
            node_ref=window.container
            on:scroll=move |_| window.on_scroll()
            on:focusout=move |event| window.on_focus_out(&event)
        >
            <table class="table" aria-rowcount=move || shown.with(Vec::len) + unloaded.get() + 1>
                <caption class="visually-hidden">{move || caption()}</caption>
                <Head sees_emails may_select shown unloaded selection />
                <Body shown unloaded state />
            </table>
        </div>
        <p class=move || if is_empty.get() { "text-muted" } else { "visually-hidden" } role="status" aria-label="Search">
            {move || is_empty.get().then_some("No members found.")}
        </p>
        <LiveRegion label="Member changes" highlights=state.highlights />
        <DepartureDialogs state />
        <BulkRemovalDialog state />
    }
    .into_any()
}

/// The class of columns with a fixed width.
const NARROW: &str = "table__narrow";

#[component]
fn Head(
    sees_emails: Signal<bool>,
    may_select: Signal<bool>,
    shown: Signal<Vec<MembershipId>>,
    unloaded: Signal<usize>,
    selection: Selection,
) -> impl IntoView {
    view! {
        <thead>
            <tr aria-rowindex="1">
                <Show when=may_select>
                    <SelectHeader shown unloaded selection />
                </Show>
                <SortHeader sort=Sort::Name label="Name" />
                <Show when=sees_emails>
                    <th scope="col">"Email"</th>
                </Show>
                <SortHeader sort=Sort::Role label="Role" class=NARROW />
                <SortHeader sort=Sort::CreatedAt label="Joined" class=NARROW />
                <th scope="col" class=NARROW>
                    <span class="visually-hidden">"Actions"</span>
                </th>
            </tr>
        </thead>
    }
    .into_any()
}

#[component]
fn Body(
    shown: Signal<Vec<MembershipId>>,
    unloaded: Signal<usize>,
    state: MembersState,
) -> impl IntoView {
    let MembersState { members, window, .. } = state;
    let rendered = window.rendered_rows(shown);
    let rows = memo(move |_| {
        let ids = shown.with(|shown| shown.get(rendered.get()).unwrap_or_default().to_vec());
        members.map(|members| find(members, &ids)).unwrap_or_default()
    });
    let index_of = move |id: MembershipId| {
        memo(move |last: Option<&usize>| {
            let offset = rows.with(|rows| rows.iter().position(|row| row.id == id));
            offset.map(|offset| rendered.get().start + offset).or(last.copied()).unwrap_or_default()
        })
    };
    let above = move || window.height_of(rendered.get().start);
    let below = move || {
        let rows = shown.with(Vec::len).saturating_sub(rendered.get().end);
        window.height_of(rows + unloaded.get())
    };
    view! {
        <tbody>
            <Gap height=Signal::derive(above) />
            <For each=move || rows.get() key=|row| row.id let(row)>
                <Row index=index_of(row.id) membership=row rows state />
            </For>
            <Gap height=Signal::derive(below) />
        </tbody>
    }
    .into_any()
}

/// Takes the height of rows that aren't rendered. The server renders it without a height, as the
/// Content-Security-Policy forbids style attributes; it is below the visible part then.
#[component]
fn Gap(height: Signal<f64>) -> impl IntoView {
    let cell = NodeRef::<html::Td>::new();
    effect(move || {
        #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
        let height = format!("{}px", height.get().round() as i64);
        if let Some(cell) = cell.get() {
            // It only fails for a read-only property.
            drop(HtmlElement::style(&cell).set_property("height", &height));
        }
    });
    view! {
        <tr class="table__gap" aria-hidden="true">
            <td node_ref=cell></td>
        </tr>
    }
    .into_any()
}

/// Returns the memberships with these ids, in the order of the ids.
fn find(members: &Members, ids: &[MembershipId]) -> Vec<MembershipView> {
    let indices: HashMap<_, _> = ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut found = vec![None; ids.len()];
    for item in &members.items {
        if let Some(index) = indices.get(&item.id) {
            found[*index] = Some(item);
        }
    }
    found.into_iter().flatten().cloned().collect()
}

/// Keeps the visible rows in place when rows above them come, go or move; scrolls to the top for
/// another query.
fn keep_scroll_position(window: RowWindow, shown: Signal<Vec<MembershipId>>) {
    let query = use_members_query();
    Effect::new(move |before: Option<(Vec<MembershipId>, _)>| {
        let now = (shown.get(), query.get());
        if let Some((ids, query)) = before {
            if query == now.1 {
                window.keep_position(&ids, &now.0);
            } else {
                window.scroll_to_top();
            }
        }
        now
    });
}

/// Measures the rows when the browser's window is resized or the email column comes or goes, as both
/// can change their height.
fn measure_on_resize(window: RowWindow, sees_emails: Signal<bool>) {
    effect(move || {
        sees_emails.track();
        request_animation_frame(move || window.measure());
    });
    let resized = window_event_listener(ev::resize, move |_| window.measure());
    on_cleanup(move || resized.remove());
}
