//! Telling the server what has been seen: the organization that this tab shows.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;

use crate::api;
use crate::cache::Menu;
use crate::components::is_within;
use crate::contract::request::UpdateMembership;
use crate::contract::{MembershipId, Position};
use crate::pages::path;
use crate::pages::signed_in::session::Session;

/// While much happens in an organization, each of its readers says only so often that they have
/// seen it.
const AT_MOST_EVERY: Duration = Duration::from_secs(15);

/// Marks as seen what happens in the organization of this page, as long as the page can be seen.
pub fn pay_attention(session: Session) {
    let path = use_location().pathname;
    let resting = StoredValue::new(false);
    let looks = RwSignal::new(true);
    Effect::new(move || {
        looks.set(is_visible());
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            looks.set(is_visible());
        });
        on_cleanup(move || handle.remove());
    });
    let again = RwSignal::new(0_u32);
    // Opening another organization is a moment of its own. What was left was seen till then.
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        resting.set_value(false);
        let left = before.filter(|before| *before != path).and_then(|before| {
            session.menu.map_untracked(|menu| unseen_at(menu, &before)).flatten()
        });
        if let Some((id, position)) = left {
            mark(session, id, position);
        }
        path
    });
    Effect::new(move || {
        again.track();
        let path = path.get();
        let unseen = session.menu.map_shown(|menu| unseen_at(menu, &path)).flatten();
        let Some((id, position)) = unseen.filter(|_| looks.get()) else { return };
        if resting.get_value() {
            return;
        }
        resting.set_value(true);
        mark(session, id, position);
        set_timeout(
            move || {
                let _ = resting.try_set_value(false);
                let _ = again.try_update(|again| *again += 1);
            },
            AT_MOST_EVERY,
        );
    });
}

/// What is new in the organization that the path leads into.
fn unseen_at(menu: &Menu, path: &str) -> Option<(MembershipId, Position)> {
    let here = menu.items.iter().find(|item| {
        let organization = item.organization.as_ref();
        organization.is_some_and(|its| is_within(path, &path::organization(&its.slug)))
    })?;
    Some((here.id, menu.news_of(here)?))
}

/// Shown as seen at once. If the server isn't told, it is news again when the menu is next read.
fn mark(session: Session, id: MembershipId, position: Position) {
    session.menu.update_with(|menu| menu.see(id, position));
    let changes = UpdateMembership { seen: Some(position), ..Default::default() };
    spawn_local(async move {
        if let Ok(answer) = api::memberships::update(id, &changes).await {
            session.menu.update_with(|menu| menu.merge(&answer));
        }
    });
}

fn is_visible() -> bool {
    !document().hidden()
}
