//! Recent activity in the person's organizations.

use leptos::prelude::*;

use crate::components::{
    Avatar, AvatarOf, AvatarSize, EmptyState, For, Highlights, LiveRegion, Loaded, Show, TimeList,
    TimeText,
};
use crate::pages::activity_sentence::describe_activity;
use crate::pages::routes::Tab;
use crate::pages::session::Session;
use client::cache::{self, LiveQuery, live_query, memo, refetch_on_message};
use client::effect::effect;
use contract::Position;
use contract::activity::{ActivityView, RecentActivityView};
use contract::view::{Me, OrganizationView};

/// The panel.
#[component]
pub fn RecentActivity() -> impl IntoView {
    let session = Session::from_context();
    let activities = live_query(|| (), move |()| session.read(cache::RecentActivity::fetch()));
    refetch_on_message(session.caches, activities, cache::RecentActivity::is_affected_by);
    refetch_on_return(activities);
    let highlights = Highlights::new();
    view! {
        <section class="panel" aria-labelledby="recent-activity">
            <div class="panel__head">
                <h2 id="recent-activity">"Recent activity"</h2>
            </div>
            <LiveRegion label="Latest activity" highlights />
            <Loaded query=activities view=move || view! { <ActivityList session activities highlights /> } />
        </section>
    }
    .into_any()
}

/// Refetches when the tab becomes visible: the user stream doesn't have all activity.
fn refetch_on_return(activities: LiveQuery<cache::RecentActivity>) {
    effect(move || {
        let change = move || {
            if !document().hidden() {
                activities.refetch();
            }
        };
        let listener = window_event_listener_untyped("visibilitychange", move |_| change());
        on_cleanup(move || listener.remove());
    });
}

#[component]
fn ActivityList(
    session: Session,
    activities: LiveQuery<cache::RecentActivity>,
    highlights: Highlights,
) -> impl IntoView {
    TimeList::provide();
    let items = memo(move |_| activities.map(|its| its.items.clone()).unwrap_or_default());
    let is_empty = memo(move |_| items.with(Vec::is_empty));
    // Later activities are highlighted.
    let last_position = items.with_untracked(|items| newest(items));
    let is_new = move |activity: &ActivityView, last_position: Position| {
        let me = session.me.map_untracked(|me: &Me| me.user.id);
        activity.position > last_position && activity.actor.as_ref().map(|actor| actor.id) != me
    };
    Effect::new(move |announced: Option<Position>| {
        items.with(|items| {
            let announced = announced.unwrap_or(last_position);
            let new = items.first().filter(|newest| is_new(&newest.activity, announced));
            if let Some(new) = new {
                highlights.announce(announcement(session, new));
            }
            newest(items).max(announced)
        })
    });
    view! {
        <Show when=move || !is_empty.get() fallback=|| view! { <NoActivity /> }>
            <ol class="rows" aria-labelledby="recent-activity">
                <For
                    each=move || items.get()
                    key=|item| (item.activity.position, describe_activity(&item.activity))
                    let(item)
                >
                    <ActivityRow is_new=is_new(&item.activity, last_position) item session />
                </For>
            </ol>
        </Show>
    }
    .into_any()
}

fn newest(items: &[RecentActivityView]) -> Position {
    items.first().map(|item| item.activity.position).unwrap_or_default()
}

/// Returns the sentence for screen readers, with the name of the organization.
fn announcement(session: Session, item: &RecentActivityView) -> String {
    let sentence = describe_activity(&item.activity);
    let name = |menu: &cache::Menu| Some(organization(menu, item)?.name.to_string());
    match session.menu.map_untracked(name).flatten() {
        Some(name) => format!("{name}: {sentence}"),
        None => sentence,
    }
}

fn organization<'a>(
    menu: &'a cache::Menu,
    item: &RecentActivityView,
) -> Option<&'a OrganizationView> {
    let membership = menu.items.iter().find(|its| its.organization_id == item.organization_id)?;
    membership.organization.as_ref()
}

#[component]
fn ActivityRow(item: RecentActivityView, is_new: bool, session: Session) -> impl IntoView {
    let activity = item.activity.clone();
    let avatar = activity.actor.as_ref().and_then(|actor| {
        let (of, name) = (AvatarOf::Person(actor.id, actor.picture), actor.name.clone()?);
        Some(view! { <Avatar of name size=AvatarSize::Small /> })
    });
    let link = memo(move |_| {
        let find = |menu: &cache::Menu| {
            let its = organization(menu, &item)?;
            Some((Tab::Activity.path(&its.slug), its.name.to_string()))
        };
        session.menu.map(find).flatten()
    });
    view! {
        <li class=if is_new { "row highlight" } else { "row" }>
            {avatar}
            <div class="row__text">
                {describe_activity(&activity)} <div class="text-subtle home__organization">
                    {move || { link.get().map(|(href, name)| view! { <a href=href>{name}</a> }) }}
                    <TimeText at=activity.at />
                </div>
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn NoActivity() -> impl IntoView {
    view! {
        <EmptyState title="No activity yet">
            <p>
                "New members, changed settings and notes from all your organizations appear here "
                "automatically."
            </p>
        </EmptyState>
    }
    .into_any()
}
