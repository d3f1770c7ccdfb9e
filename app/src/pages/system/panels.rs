//! The panels of the system page.

use leptos::prelude::*;

use super::format::{format_bytes, format_milliseconds, format_seconds, rounded, with_one_decimal};
use super::query::SystemQuery;
use crate::components::{For, Show, TimeList, TimeText, pluralize};
use client::cache::memo;
use contract::NodeId;
use contract::system::{IncidentView, NodeView, SlotView, SystemView};

/// The servers.
#[component]
pub fn Nodes(state: SystemQuery) -> impl IntoView {
    TimeList::provide();
    let nodes = memo(move |_| state.map(|state| state.0.nodes.clone()).unwrap_or_default());
    let answered_by = memo(move |_| state.map(|state| state.0.answered_by));
    view! {
        <section class="panel" aria-labelledby="nodes">
            <h2 id="nodes">"Nodes"</h2>
            <div class="table-frame">
                <table class="table" aria-labelledby="nodes">
                    <thead>
                        <tr>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Streams"</th>
                            <th scope="col">"Lag"</th>
                            <th scope="col">"Started"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || nodes.get() key=|node| node.id let(node)>
                            <Node node nodes answered_by />
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Node(
    node: NodeView,
    nodes: Signal<Vec<NodeView>>,
    answered_by: Signal<Option<NodeId>>,
) -> impl IntoView {
    let id = node.id;
    let first = node.clone();
    let now = memo(move |_| {
        nodes
            .with(|nodes| nodes.iter().find(|node| node.id == id).cloned())
            .unwrap_or_else(|| first.clone())
    });
    view! {
        <tr>
            <th scope="row">
                {node.address}
                {move || (answered_by.get() == Some(id)).then_some(" (this node)")}
                <span class="text-subtle">" "{node.version}</span>
            </th>
            <td>{move || now.with(|node| node.role.label())}</td>
            // On narrow screens the cells are shown without the table's header.
            <td>{move || now.with(|node| pluralize(node.streams, "stream"))}</td>
            <td>{move || now.with(|node| format!("{} behind", format_milliseconds(node.lag_ms)))}</td>
            <td>
                "Started " <TimeText at=node.started_at />
            </td>
        </tr>
    }
    .into_any()
}

/// The activity log.
#[component]
pub fn Log(state: SystemQuery) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="log">
            <h2 id="log">"Log"</h2>
            <dl class="facts">
                <Fact
                    state
                    name="Latest position"
                    value=|state| Some(state.log.head.position.to_string())
                />
                <Fact
                    state
                    name="Oldest kept position"
                    value=|state| Some(state.log.horizon.to_string())
                />
                <Fact state name="Partitions" value=|state| Some(state.log.partitions.to_string()) />
                <Fact
                    state
                    name="Size"
                    value=|state| Some(format_bytes(state.log.bytes.try_into().unwrap_or(0)))
                />
            </dl>
        </section>
    }
    .into_any()
}

/// The replication slots.
#[component]
pub fn Slots(state: SystemQuery) -> impl IntoView {
    let slots = memo(move |_| state.map(|state| state.0.slots.clone()).unwrap_or_default());
    view! {
        <section class="panel" aria-labelledby="slots">
            <h2 id="slots">"Replication slots"</h2>
            <ul class="rows">
                {move || slots.get().into_iter().map(|slot| view! { <ReplicationSlot replication_slot=slot /> }).collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn ReplicationSlot(replication_slot: SlotView) -> impl IntoView {
    let slot = replication_slot;
    let activity = if slot.active { "Active" } else { "Inactive" };
    let status = slot.wal_status.unwrap_or_else(|| "unknown".to_owned());
    let retained = format_bytes(slot.retained_bytes.try_into().unwrap_or(0));
    view! {
        <li class="row">
            <span class="row__title row__text">{slot.name}</span>
            <span class="text-subtle">{format!("{activity} · WAL {status} · {retained} retained")}</span>
        </li>
    }
    .into_any()
}

/// The WAL budget.
#[component]
pub fn Wal(state: SystemQuery) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="wal">
            <h2 id="wal">"WAL budget"</h2>
            <dl class="facts">
                <Fact
                    state
                    name="Retained for the slot"
                    value=|state| state.wal.map(|wal| format_bytes(wal.retained_bytes))
                />
                <Fact
                    state
                    name="Limit"
                    value=|state| {
                        let limit = state.wal?.limit_bytes;
                        Some(limit.map_or_else(|| "None (disk space)".to_owned(), format_bytes))
                    }
                />
                <Fact
                    state
                    name="Used"
                    value=|state| Some(with_one_decimal(state.wal?.share? * 100.0) + " %")
                />
                <Fact
                    state
                    name="Growth rate"
                    value=|state| Some(rounded(state.wal?.burn_bytes_per_second) + " B/s")
                />
                <Fact
                    state
                    name="Time to limit"
                    value=|state| {
                        let left = state.wal?.exhausted_in_seconds;
                        Some(left.map_or_else(|| "Stable".to_owned(), format_seconds))
                    }
                />
            </dl>
        </section>
    }
    .into_any()
}

#[component]
fn Fact(
    state: SystemQuery,
    name: &'static str,
    value: fn(&SystemView) -> Option<String>,
) -> impl IntoView {
    let text = memo(move |_| {
        let text = state.map(|state| value(&state.0)).flatten();
        text.unwrap_or_else(|| "Unknown".to_owned())
    });
    view! {
        <div class="facts__fact">
            <dt class="text-subtle">{name}</dt>
            <dd>{text}</dd>
        </div>
    }
    .into_any()
}

/// Incidents in the history of the log.
#[component]
pub fn Incidents(state: SystemQuery) -> impl IntoView {
    TimeList::provide();
    let incidents = memo(move |_| state.map(|state| state.0.incidents.clone()).unwrap_or_default());
    view! {
        <section class="panel" aria-labelledby="incidents">
            <h2 id="incidents">"Incidents"</h2>
            <Show
                when=move || !incidents.with(Vec::is_empty)
                fallback=|| view! { <p class="text-subtle">"No incidents."</p> }
            >
                <ol class="rows" aria-labelledby="incidents">
                    <For each=move || incidents.get() key=|incident| incident.id let(incident)>
                        <Incident incident />
                    </For>
                </ol>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Incident(incident: IncidentView) -> impl IntoView {
    view! {
        <li class="row">
            <span class="tag">{incident.kind}</span>
            <span class="row__text">{incident.detail}</span>
            <span class="text-subtle">
                <TimeText at=incident.happened_at />
            </span>
        </li>
    }
    .into_any()
}
