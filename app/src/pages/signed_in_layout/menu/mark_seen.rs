//! Marks the organization that this tab shows as seen, on the server and in the menu.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;

use crate::components::is_within;
use crate::pages::routes;
use crate::pages::session::Session;
use client::api;
use client::cache::Menu;
use client::effect::effect;
use contract::request::UpdateMembership;
use contract::{MembershipId, OrganizationId, Position};

/// The least time between two requests for the same page, while much happens in an organization.
const MIN_INTERVAL: Duration = Duration::from_secs(15);

/// Marks activity in the page's organization as seen while the tab is visible.
pub fn mark_seen_while_visible(session: Session) {
    let path = use_location().pathname;
    let is_visible = track_visibility(session, path);
    mark_seen_on_leaving(session, path);
    let is_waiting = StoredValue::new(false);
    let wait_ended = RwSignal::new(0_u32);
    Effect::new(move |before: Option<String>| {
        wait_ended.track();
        let path = path.get();
        // Another page doesn't wait.
        let waits = before.is_some_and(|before| before == path) && is_waiting.get_value();
        let unseen = session.menu.map_without_suspense(|menu| {
            let open = OpenOrganization::from_path(menu, &path)?;
            Some((open, *menu.unread.get(&open.organization)?))
        });
        if let Some((open, position)) = unseen.flatten().filter(|_| is_visible.get() && !waits) {
            is_waiting.set_value(true);
            spawn_local(open.mark_seen(session, position));
            set_timeout(
                move || {
                    let _ = is_waiting.try_set_value(false);
                    let _ = wait_ended.try_update(|count| *count += 1);
                },
                MIN_INTERVAL,
            );
        }
        path
    });
}

/// Whether the tab is visible. When it is hidden, its organization is marked as seen.
fn track_visibility(session: Session, path: Memo<String>) -> RwSignal<bool> {
    let is_visible = RwSignal::new(true);
    let change = move || {
        let visible = !document().hidden();
        is_visible.set(visible);
        let open = OpenOrganization::current(session, &path.get_untracked());
        if let Some(open) = open.filter(|_| !visible) {
            spawn_local(open.mark_all_seen(session));
        }
    };
    effect(move || {
        is_visible.set(!document().hidden());
        let listener = window_event_listener_untyped("visibilitychange", move |_| change());
        on_cleanup(move || listener.remove());
    });
    is_visible
}

/// Marks an organization as seen when the person goes to a page outside it.
fn mark_seen_on_leaving(session: Session, path: Memo<String>) {
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if let Some(before) = before.filter(|before| *before != path) {
            let find = |path: &str| OpenOrganization::current(session, path);
            if let Some(left) = find(&before).filter(|left| find(&path) != Some(*left)) {
                spawn_local(left.mark_all_seen(session));
            }
        }
        path
    });
}

/// The organization of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenOrganization {
    organization: OrganizationId,
    membership: MembershipId,
}

impl OpenOrganization {
    /// Returns the organization of that path; none for other pages.
    fn from_path(menu: &Menu, path: &str) -> Option<Self> {
        let open = menu.items.iter().find(|item| {
            let organization = item.organization.as_ref();
            organization.is_some_and(|its| is_within(path, &routes::organization_path(&its.slug)))
        })?;
        Some(Self { organization: open.organization_id, membership: open.id })
    }

    fn current(session: Session, path: &str) -> Option<Self> {
        session.menu.map_untracked(|menu| Self::from_path(menu, path)).flatten()
    }

    /// Marks everything as seen that the server has: activity that was on the screen may not be in the
    /// menu of this tab yet.
    async fn mark_all_seen(self, session: Session) {
        let menu = api::me::menu().await.ok();
        if let Some(position) = menu.and_then(|menu| menu.unread.get(&self.organization).copied()) {
            self.mark_seen(session, position).await;
        }
    }

    /// Marks activity up to `position` as seen: at once in the menu, then on the server. If the request
    /// fails, the organization is unread again after the next fetch of the menu.
    async fn mark_seen(self, session: Session, position: Position) {
        session.menu.update_with(|menu| menu.mark_seen(self.membership, position));
        let changes = UpdateMembership { seen: Some(position), ..Default::default() };
        if let Ok(answer) = api::memberships::update(self.membership, &changes).await {
            session.menu.update_with(|menu| menu.merge_response(&answer));
        }
    }
}
