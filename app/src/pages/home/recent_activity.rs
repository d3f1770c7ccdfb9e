//! What happened lately where I belong.

use leptos::prelude::*;

use crate::components::{
    Avatar, AvatarOf, AvatarSize, Empty, For, Highlights, LiveRegion, Loaded, Moment, Show,
    TimeList,
};
use crate::pages::organization::{Tab, sentence};
use crate::pages::signed_in::Session;
use client::cache::{self, LiveQuery, live_query, refetch_on_message, ssr_memo};
use client::effect::effect;
use contract::Position;
use contract::activity::{ActivityView, RecentActivityView};
use contract::view::{Me, OrganizationView};

/// The part of home about what happened.
#[component]
pub fn RecentActivity() -> impl IntoView {
    let session = Session::of_page();
    let lately = live_query(|| (), move |()| session.read(cache::RecentActivity::fetch()));
    refetch_on_message(session.caches, lately, cache::RecentActivity::is_affected_by);
    read_on_return(lately);
    let marks = Highlights::new();
    view! {
        <section class="panel" aria-labelledby="lately">
            <div class="panel__head">
                <h2 id="lately">"Recent activity"</h2>
            </div>
            <LiveRegion label="Latest activity" marks />
            <Loaded query=lately part=move || view! { <Happenings session lately marks /> } />
        </section>
    }
    .into_any()
}

/// The person's stream doesn't tell of everything, so somebody who comes back to the tab reads anew.
fn read_on_return(lately: LiveQuery<cache::RecentActivity>) {
    effect(move || {
        let change = move || {
            if !document().hidden() {
                lately.refetch();
            }
        };
        let listening = window_event_listener_untyped("visibilitychange", move |_| change());
        on_cleanup(move || listening.remove());
    });
}

#[component]
fn Happenings(
    session: Session,
    lately: LiveQuery<cache::RecentActivity>,
    marks: Highlights,
) -> impl IntoView {
    TimeList::provide();
    let items = ssr_memo(move |_| lately.map(|its| its.items.clone()).unwrap_or_default());
    let is_empty = ssr_memo(move |_| items.with(Vec::is_empty));
    // What is there when the page opens is no news.
    let known = items.with_untracked(|items| newest(items));
    let is_news = move |activity: &ActivityView, known: Position| {
        let me = session.me.map_untracked(|me: &Me| me.user.id);
        activity.position > known && activity.actor.as_ref().map(|actor| actor.id) != me
    };
    Effect::new(move |told: Option<Position>| {
        items.with(|items| {
            let told = told.unwrap_or(known);
            let news = items.first().filter(|newest| is_news(&newest.activity, told));
            if let Some(news) = news {
                marks.tell(said(session, news));
            }
            newest(items).max(told)
        })
    });
    view! {
        <Show when=move || !is_empty.get() fallback=|| view! { <NothingYet /> }>
            <ol class="rows" aria-labelledby="lately">
                <For
                    each=move || items.get()
                    key=|item| (item.activity.position, sentence(&item.activity))
                    let(item)
                >
                    <Happening is_news=is_news(&item.activity, known) item session />
                </For>
            </ol>
        </Show>
    }
    .into_any()
}

fn newest(items: &[RecentActivityView]) -> Position {
    items.first().map(|item| item.activity.position).unwrap_or_default()
}

/// As it is read out, where no list around it says in which organization.
fn said(session: Session, item: &RecentActivityView) -> String {
    let sentence = sentence(&item.activity);
    let place = |menu: &cache::Menu| Some(organization(menu, item)?.name.to_string());
    match session.menu.map_untracked(place).flatten() {
        Some(place) => format!("{place}: {sentence}"),
        None => sentence,
    }
}

fn organization<'a>(
    menu: &'a cache::Menu,
    item: &RecentActivityView,
) -> Option<&'a OrganizationView> {
    let here = menu.items.iter().find(|its| its.organization_id == item.organization_id)?;
    here.organization.as_ref()
}

#[component]
fn Happening(item: RecentActivityView, is_news: bool, session: Session) -> impl IntoView {
    let activity = item.activity.clone();
    let avatar = activity.actor.as_ref().and_then(|actor| {
        let (of, name) = (AvatarOf::Person(actor.id, actor.picture), actor.name.clone()?);
        Some(view! { <Avatar of name size=AvatarSize::Small /> })
    });
    let place = ssr_memo(move |_| {
        let find = |menu: &cache::Menu| {
            let its = organization(menu, &item)?;
            Some((Tab::Activity.path(&its.slug), its.name.to_string()))
        };
        session.menu.map(find).flatten()
    });
    view! {
        <li class=if is_news { "row news" } else { "row" }>
            {avatar}
            <div class="row__text">
                {sentence(&activity)} <div class="faint home__place">
                    {move || { place.get().map(|(to, name)| view! { <a href=to>{name}</a> }) }}
                    <Moment at=activity.at />
                </div>
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <Empty title="No activity yet">
            <p>
                "New members, changed settings and notes from all your organizations appear here "
                "automatically."
            </p>
        </Empty>
    }
    .into_any()
}
