//! Telling the server what has been seen: the organization that this tab shows.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;

use crate::components::is_within;
use crate::pages::path;
use crate::pages::signed_in::session::Session;
use client::api;
use client::cache::Menu;
use client::effect::effect;
use contract::request::UpdateMembership;
use contract::{MembershipId, OrganizationId, Position};

/// While much happens in an organization, each of its readers says only so often that they have
/// seen it.
const AT_MOST_EVERY: Duration = Duration::from_secs(15);

/// Highlights as seen what happens in the organization of this page, as long as the page can be seen.
pub fn pay_attention(session: Session) {
    let path = use_location().pathname;
    let looks = look_up_on_return(session, path);
    leave_nothing_unseen(session, path);
    let resting = StoredValue::new(false);
    let again = RwSignal::new(0_u32);
    Effect::new(move |before: Option<String>| {
        again.track();
        let path = path.get();
        // Opening another page is a moment of its own.
        let rests = before.is_some_and(|before| before == path) && resting.get_value();
        let unseen = session.menu.map_without_suspense(|menu| {
            let here = Place::at(menu, &path)?;
            Some((here, *menu.unread.get(&here.organization)?))
        });
        if let Some((here, position)) = unseen.flatten().filter(|_| looks.get() && !rests) {
            resting.set_value(true);
            spawn_local(here.mark(session, position));
            set_timeout(
                move || {
                    let _ = resting.try_set_value(false);
                    let _ = again.try_update(|again| *again += 1);
                },
                AT_MOST_EVERY,
            );
        }
        path
    });
}

/// Whether somebody looks at this tab.
fn look_up_on_return(session: Session, path: Memo<String>) -> RwSignal<bool> {
    let looks = RwSignal::new(true);
    let change = move || {
        let visible = !document().hidden();
        looks.set(visible);
        let here = Place::now(session, &path.get_untracked());
        if let Some(here) = here.filter(|_| !visible) {
            spawn_local(here.leave(session));
        }
    };
    effect(move || {
        looks.set(!document().hidden());
        let listening = window_event_listener_untyped("visibilitychange", move |_| change());
        on_cleanup(move || listening.remove());
    });
    looks
}

/// What is left was seen till then, whatever happened there.
fn leave_nothing_unseen(session: Session, path: Memo<String>) {
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if let Some(before) = before.filter(|before| *before != path) {
            let place = |path: &str| Place::now(session, path);
            if let Some(left) = place(&before).filter(|left| place(&path) != Some(*left)) {
                spawn_local(left.leave(session));
            }
        }
        path
    });
}

/// An organization that the reader is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    organization: OrganizationId,
    membership: MembershipId,
}

impl Place {
    /// The one that the path leads into.
    fn at(menu: &Menu, path: &str) -> Option<Self> {
        let here = menu.items.iter().find(|item| {
            let organization = item.organization.as_ref();
            organization.is_some_and(|its| is_within(path, &path::organization(&its.slug)))
        })?;
        Some(Self { organization: here.organization_id, membership: here.id })
    }

    fn now(session: Session, path: &str) -> Option<Self> {
        session.menu.map_untracked(|menu| Self::at(menu, path)).flatten()
    }

    /// Highlights as seen whatever the server knows to be new there: what was on the screen may not have
    /// come as news yet.
    async fn leave(self, session: Session) {
        let menu = api::me::menu().await.ok();
        if let Some(position) = menu.and_then(|menu| menu.news.get(&self.organization).copied()) {
            self.mark(session, position).await;
        }
    }

    /// Shown as seen at once. If the server isn't told, it is news again when the menu is next read.
    async fn mark(self, session: Session, position: Position) {
        session.menu.update_with(|menu| menu.mark_seen(self.membership, position));
        let changes = UpdateMembership { seen: Some(position), ..Default::default() };
        if let Ok(answer) = api::memberships::update(self.membership, &changes).await {
            session.menu.update_with(|menu| menu.merge_response(&answer));
        }
    }
}
