//! The table of members: it scrolls, and only the rows near its sight are drawn.

use crate::components::{For, LiveRegion, Show, TimeList};
use std::collections::HashMap;

use leptos::prelude::*;
use leptos::web_sys::HtmlElement;
use leptos::{ev, html};

use super::departure::DepartureDialogs;
use super::desk::Desk;
use super::header::SortHeader;
use super::removal::RemovalDialog;
use super::row::Row;
use super::selection::{SelectHeader, Selection, SelectionBar};
use super::wanted::wanted_of_page;
use super::window::Window;
use client::api::memberships::Sort;
use client::cache::{Members, ssr_memo};
use client::effect::effect;
use contract::view::MembershipView;
use contract::{Capability, MembershipId};

/// Those members, and whoever is beyond them.
#[component]
pub fn Table(shown: Signal<Vec<MembershipId>>, beyond: Signal<usize>, desk: Desk) -> impl IntoView {
    let Desk { visit, window, selection, .. } = desk;
    TimeList::provide();
    let may_select = visit.may(Capability::ManageMembers);
    let name = visit.name();
    let sees_emails = visit.may(Capability::SeeEmails);
    keep_in_place(window, shown);
    window.follow_presses();
    measure_again(window, sees_emails);
    let is_nobody = ssr_memo(move |_| shown.with(Vec::is_empty) && beyond.get() == 0);
    let caption = move || format!("Members of {}", name.get());
    view! {
        <Show when=may_select>
            <SelectionBar desk />
        </Show>
        <div
            class="table-frame members"
            role="region"
            aria-label=caption
            tabindex="0"
            node_ref=window.frame
            on:scroll=move |_| window.scrolled()
            on:focusout=move |event| window.left(&event)
        >
            <table class="table" aria-rowcount=move || shown.with(Vec::len) + beyond.get() + 1>
                <caption class="unseen">{move || caption()}</caption>
                <Head sees_emails may_select shown beyond selection />
                <Body shown beyond desk />
            </table>
        </div>
        <p class=move || if is_nobody.get() { "soft" } else { "unseen" } role="status" aria-label="Search">
            {move || is_nobody.get().then_some("No members found.")}
        </p>
        <LiveRegion label="Member changes" marks=desk.marks />
        <DepartureDialogs desk />
        <RemovalDialog desk />
    }
    .into_any()
}

/// Of a column that needs no more room than it has.
const NARROW: &str = "table__narrow";

#[component]
fn Head(
    sees_emails: Signal<bool>,
    may_select: Signal<bool>,
    shown: Signal<Vec<MembershipId>>,
    beyond: Signal<usize>,
    selection: Selection,
) -> impl IntoView {
    view! {
        <thead>
            <tr aria-rowindex="1">
                <Show when=may_select>
                    <SelectHeader shown beyond selection />
                </Show>
                <SortHeader sort=Sort::Name label="Name" />
                <Show when=sees_emails>
                    <th scope="col">"Email"</th>
                </Show>
                <SortHeader sort=Sort::Role label="Role" class=NARROW />
                <SortHeader sort=Sort::CreatedAt label="Joined" class=NARROW />
                <th scope="col" class=NARROW>
                    <span class="unseen">"Actions"</span>
                </th>
            </tr>
        </thead>
    }
    .into_any()
}

#[component]
fn Body(shown: Signal<Vec<MembershipId>>, beyond: Signal<usize>, desk: Desk) -> impl IntoView {
    let Desk { members, window, .. } = desk;
    let drawn = window.drawn(shown);
    let rows = ssr_memo(move |_| {
        let ids = shown.with(|shown| shown.get(drawn.get()).unwrap_or_default().to_vec());
        members.map(|members| find(members, &ids)).unwrap_or_default()
    });
    let index_of = move |id: MembershipId| {
        ssr_memo(move |last: Option<&usize>| {
            let place = rows.with(|rows| rows.iter().position(|row| row.id == id));
            place.map(|place| drawn.get().start + place).or(last.copied()).unwrap_or_default()
        })
    };
    let above = move || window.height_of(drawn.get().start);
    let below = move || {
        let rows = shown.with(Vec::len).saturating_sub(drawn.get().end);
        window.height_of(rows + beyond.get())
    };
    view! {
        <tbody>
            <Gap height=Signal::derive(above) />
            <For each=move || rows.get() key=|row| row.id let(row)>
                <Row index=index_of(row.id) membership=row rows desk />
            </For>
            <Gap height=Signal::derive(below) />
        </tbody>
    }
    .into_any()
}

/// Takes the room of rows that aren't drawn. The server leaves its height out: the page's policy
/// forbids styles in the HTML, and below the first rows it isn't in sight.
#[component]
fn Gap(height: Signal<f64>) -> impl IntoView {
    let cell = NodeRef::<html::Td>::new();
    effect(move || {
        #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
        let height = format!("{}px", height.get().round() as i64);
        if let Some(cell) = cell.get() {
            // It only fails for a property that can't be changed.
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

/// The memberships of those ids, in that order.
fn find(members: &Members, ids: &[MembershipId]) -> Vec<MembershipView> {
    let places: HashMap<_, _> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let mut found = vec![None; ids.len()];
    for item in &members.items {
        if let Some(place) = places.get(&item.id) {
            found[*place] = Some(item);
        }
    }
    found.into_iter().flatten().cloned().collect()
}

/// What changes in the list leaves what is in sight where it is; another list begins at its top.
fn keep_in_place(window: Window, shown: Signal<Vec<MembershipId>>) {
    let wanted = wanted_of_page();
    Effect::new(move |before: Option<(Vec<MembershipId>, _)>| {
        let now = (shown.get(), wanted.get());
        if let Some((ids, query)) = before {
            if query == now.1 {
                window.hold(&ids, &now.0);
            } else {
                window.rewind();
            }
        }
        now
    });
}

/// Another size of the browser's window, or another column, may make rows higher.
fn measure_again(window: Window, sees_emails: Signal<bool>) {
    effect(move || {
        sees_emails.track();
        request_animation_frame(move || window.measure());
    });
    let resized = window_event_listener(ev::resize, move |_| window.measure());
    on_cleanup(move || resized.remove());
}
