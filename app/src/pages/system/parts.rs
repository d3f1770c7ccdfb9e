//! What there is to know, a panel each.

use crate::components::{For, Moment, Show, TimeList, counted};
use leptos::prelude::*;

use super::State;
use super::amount::{bytes, milliseconds, seconds};
use client::cache::ssr_memo;
use contract::NodeId;
use contract::system::{IncidentView, NodeView, SlotView, SystemView};

/// The servers.
#[component]
pub fn Nodes(state: State) -> impl IntoView {
    TimeList::provide();
    let nodes = ssr_memo(move |_| state.map(|state| state.0.nodes.clone()).unwrap_or_default());
    let answered_by = ssr_memo(move |_| state.map(|state| state.0.answered_by));
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
    let now = ssr_memo(move |_| {
        nodes
            .with(|nodes| nodes.iter().find(|node| node.id == id).cloned())
            .unwrap_or_else(|| first.clone())
    });
    view! {
        <tr>
            <th scope="row">
                {node.address}
                {move || (answered_by.get() == Some(id)).then_some(" (this node)")}
                <span class="faint">" "{node.version}</span>
            </th>
            <td>{move || now.with(|node| node.role.label())}</td>
            // On a phone the cells stand without the table's head.
            <td>{move || now.with(|node| counted(node.streams, "stream"))}</td>
            <td>{move || now.with(|node| format!("{} behind", milliseconds(node.lag_ms)))}</td>
            <td>
                "Started " <Moment at=node.started_at />
            </td>
        </tr>
    }
    .into_any()
}

/// The activity log.
#[component]
pub fn Log(state: State) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="log">
            <h2 id="log">"Log"</h2>
            <dl class="facts">
                <Fact
                    state
                    name="Latest position"
                    look=|state| Some(state.log.head.position.to_string())
                />
                <Fact
                    state
                    name="Oldest kept position"
                    look=|state| Some(state.log.horizon.to_string())
                />
                <Fact state name="Partitions" look=|state| Some(state.log.partitions.to_string()) />
                <Fact
                    state
                    name="Size"
                    look=|state| Some(bytes(state.log.bytes.try_into().unwrap_or(0)))
                />
            </dl>
        </section>
    }
    .into_any()
}

/// The replication slots.
#[component]
pub fn Slots(state: State) -> impl IntoView {
    let slots = ssr_memo(move |_| state.map(|state| state.0.slots.clone()).unwrap_or_default());
    view! {
        <section class="panel" aria-labelledby="slots">
            <h2 id="slots">"Replication slots"</h2>
            <ul class="rows">
                {move || slots.get().into_iter().map(|slot| view! { <ReplicationSlot place=slot /> }).collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn ReplicationSlot(place: SlotView) -> impl IntoView {
    let held = if place.active { "Active" } else { "Inactive" };
    let status = place.wal_status.unwrap_or_else(|| "unknown".to_owned());
    let kept = bytes(place.retained_bytes.try_into().unwrap_or(0));
    view! {
        <li class="row">
            <span class="row__title row__text">{place.name}</span>
            <span class="faint">{format!("{held} · WAL {status} · {kept} retained")}</span>
        </li>
    }
    .into_any()
}

/// The WAL budget.
#[component]
pub fn Wal(state: State) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="wal">
            <h2 id="wal">"WAL budget"</h2>
            <dl class="facts">
                <Fact
                    state
                    name="Retained for the slot"
                    look=|state| state.wal.map(|wal| bytes(wal.retained_bytes))
                />
                <Fact
                    state
                    name="Limit"
                    look=|state| {
                        let limit = state.wal?.limit_bytes;
                        Some(limit.map_or_else(|| "None (disk space)".to_owned(), bytes))
                    }
                />
                <Fact
                    state
                    name="Used"
                    look=|state| Some(format!("{:.1} %", state.wal?.share? * 100.0))
                />
                <Fact
                    state
                    name="Growth rate"
                    look=|state| Some(format!("{:.0} B/s", state.wal?.burn_bytes_per_second))
                />
                <Fact
                    state
                    name="Time to limit"
                    look=|state| {
                        let left = state.wal?.exhausted_in_seconds;
                        Some(left.map_or_else(|| "Stable".to_owned(), seconds))
                    }
                />
            </dl>
        </section>
    }
    .into_any()
}

#[component]
fn Fact(
    state: State,
    name: &'static str,
    look: fn(&SystemView) -> Option<String>,
) -> impl IntoView {
    let value = ssr_memo(move |_| {
        let value = state.map(|state| look(&state.0)).flatten();
        value.unwrap_or_else(|| "Unknown".to_owned())
    });
    view! {
        <div class="facts__fact">
            <dt class="faint">{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// What an operator should know about the log's history.
#[component]
pub fn Incidents(state: State) -> impl IntoView {
    TimeList::provide();
    let incidents =
        ssr_memo(move |_| state.map(|state| state.0.incidents.clone()).unwrap_or_default());
    view! {
        <section class="panel" aria-labelledby="incidents">
            <h2 id="incidents">"Incidents"</h2>
            <Show
                when=move || !incidents.with(Vec::is_empty)
                fallback=|| view! { <p class="faint">"No incidents."</p> }
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
            <span class="faint">
                <Moment at=incident.happened_at />
            </span>
        </li>
    }
    .into_any()
}
