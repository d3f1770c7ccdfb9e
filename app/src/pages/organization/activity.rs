//! `/o/{slug}/activity`: what happened here, and who did it.

use crate::components::{Avatar, AvatarOf, AvatarSize, Empty, For, Loaded, Moment, Show, TimeList};
mod filter;
mod live;
mod older;
mod person;
mod sentence;

use leptos::prelude::*;

use self::filter::{Choices, filter_of_page};
use self::older::Older;
pub use self::sentence::sentence;
use super::PageTitle;
use super::stream::StreamState;
use super::visit::Visit;
use client::cache::{self, LiveQuery, ssr_memo};
use contract::Position;
use contract::activity::ActivityView;

type AuditLog = LiveQuery<cache::Activities>;

/// The audit trail of one organization.
#[component]
pub fn Activity() -> impl IntoView {
    let visit = Visit::of_page();
    let trail = read(visit);
    live::follow(trail);
    view! {
        <div class="organization__page">
            <section class="panel" aria-labelledby="activity">
                <div class="panel__head">
                    <h2 id="activity">"Activity"</h2>
                    <StreamState label="Activity status" status=visit.status />
                </div>
                <Choices trail visit />
                <Loaded query=trail part=move || view! { <List trail visit /> } />
            </section>
        </div>
    }
    .into_any()
}

/// The trail as the address filters it. Reading it again keeps the older pages.
fn read(visit: Visit) -> AuditLog {
    let filter = filter_of_page();
    let held = StoredValue::new(None::<AuditLog>);
    let trail = visit.live_query_by(
        move || filter.get(),
        move |detail, filter| async move {
            let newest = cache::Activities::fetch(detail.organization.id, filter).await?;
            let held = held.try_get_value().flatten();
            let before = held.and_then(|held| held.map_untracked(cache::Activities::clone));
            Ok(newest.with_older_pages_of(before))
        },
    );
    held.set_value(Some(trail));
    trail
}

#[component]
fn List(trail: AuditLog, visit: Visit) -> impl IntoView {
    TimeList::provide();
    let items = ssr_memo(move |_| trail.map(|its| its.items.clone()).unwrap_or_default());
    let is_empty = ssr_memo(move |_| items.with(Vec::is_empty));
    // What is there when the page opens is no news.
    let known = items.with_untracked(|items| items.first().map(|newest| newest.position));
    view! {
        <PageTitle page="Activity" visit />
        <Show when=move || !is_empty.get() fallback=|| view! { <NothingFits /> }>
            <ol class="rows" aria-labelledby="activity">
                <For each=move || items.get() key=|item| (item.position, sentence(item)) let(item)>
                    <Entry item known visit />
                </For>
            </ol>
            <Older trail />
        </Show>
    }
    .into_any()
}

#[component]
fn Entry(item: ActivityView, known: Option<Position>, visit: Visit) -> impl IntoView {
    let me = visit.map_untracked(|detail| detail.membership.user.id);
    let is_mine = item.actor.as_ref().map(|actor| actor.id) == me;
    let is_news = known.is_some_and(|known| item.position > known) && !is_mine;
    let avatar = item.actor.as_ref().and_then(|actor| {
        let (of, name) = (AvatarOf::Person(actor.id, actor.picture), actor.name.clone()?);
        Some(view! { <Avatar of name size=AvatarSize::Small /> })
    });
    view! {
        <li class=if is_news { "row news" } else { "row" }>
            {avatar}
            <span class="row__text">{sentence(&item)}</span>
            <span class="faint">
                <Moment at=item.at />
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn NothingFits() -> impl IntoView {
    view! {
        <Empty title="No results">
            <p>
                "No activity matches these filters. Choose All people and All types to see "
                "everything."
            </p>
        </Empty>
    }
    .into_any()
}
