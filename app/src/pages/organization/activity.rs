//! `/o/{slug}/activity`: the organization's audit log.

mod filters;
mod load_older;
mod person_filter;
mod query;
mod refresh;

use leptos::prelude::*;

use self::filters::Filters;
use self::load_older::LoadOlder;
use self::query::{AuditLog, audit_log_query};
use self::refresh::refetch_on_activity;
use super::context::OrganizationContext;
use super::page_title::PageTitle;
use super::stream_status::StreamStatusText;
use crate::components::{
    Avatar, AvatarOf, AvatarSize, EmptyState, For, Loaded, Show, TimeList, TimeText,
};
use crate::pages::activity_sentence::describe_activity;
use client::cache::memo;
use contract::Position;
use contract::activity::ActivityView;

/// The audit log page.
#[component]
pub fn Activity() -> impl IntoView {
    let context = OrganizationContext::from_context();
    let audit_log = audit_log_query(context);
    refetch_on_activity(audit_log);
    view! {
        <div class="organization__page">
            <section class="panel" aria-labelledby="activity">
                <div class="panel__head">
                    <h2 id="activity">"Activity"</h2>
                    <StreamStatusText label="Activity status" status=context.status />
                </div>
                <Filters audit_log context />
                <Loaded query=audit_log view=move || view! { <List audit_log context /> } />
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn List(audit_log: AuditLog, context: OrganizationContext) -> impl IntoView {
    TimeList::provide();
    let items = memo(move |_| audit_log.map(|its| its.items.clone()).unwrap_or_default());
    let is_empty = memo(move |_| items.with(Vec::is_empty));
    // Later activities are highlighted.
    let last_position = items.with_untracked(|items| items.first().map(|newest| newest.position));
    view! {
        <PageTitle page="Activity" context />
        <Show when=move || !is_empty.get() fallback=|| view! { <NoResults /> }>
            <ol class="rows" aria-labelledby="activity">
                <For each=move || items.get() key=|item| (item.position, describe_activity(item)) let(item)>
                    <Entry item last_position context />
                </For>
            </ol>
            <LoadOlder audit_log />
        </Show>
    }
    .into_any()
}

#[component]
fn Entry(
    item: ActivityView,
    last_position: Option<Position>,
    context: OrganizationContext,
) -> impl IntoView {
    let me = context.map_untracked(|detail| detail.membership.user.id);
    let is_mine = item.actor.as_ref().map(|actor| actor.id) == me;
    let is_new =
        last_position.is_some_and(|last_position| item.position > last_position) && !is_mine;
    let avatar = item.actor.as_ref().and_then(|actor| {
        let (of, name) = (AvatarOf::Person(actor.id, actor.picture), actor.name.clone()?);
        Some(view! { <Avatar of name size=AvatarSize::Small /> })
    });
    view! {
        <li class=if is_new { "row highlight" } else { "row" }>
            {avatar}
            <span class="row__text">{describe_activity(&item)}</span>
            <span class="text-subtle">
                <TimeText at=item.at />
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn NoResults() -> impl IntoView {
    view! {
        <EmptyState title="No results">
            <p>
                "No activity matches these filters. Choose All people and All types to see "
                "everything."
            </p>
        </EmptyState>
    }
    .into_any()
}
