//! The menu: the reader's memberships, each with its organization.

mod optimistic_menu;
mod reorder;
mod unread;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::text::case_folded;
use contract::view::MembershipView;
use contract::{
    Action, ApiError, Entity, MembershipId, OrganizationId, Position, StreamMessage, UserId,
};

pub use optimistic_menu::{OptimisticMenu, PendingChange};
pub use reorder::orders_after_move;

/// The organizations that the reader belongs to, in the reader's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Menu {
    /// Ascending by `display_order`, then by the organization's name.
    pub items: Vec<MembershipView>,
    /// The position of the latest change by others, per organization. Only where the reader hasn't
    /// seen it.
    #[serde(default)]
    pub unread: HashMap<OrganizationId, Position>,
}

impl Menu {
    /// Fetches it.
    ///
    /// # Errors
    /// Those of `GET /me/menu`.
    pub async fn fetch() -> Result<Self, ApiError> {
        let view = api::me::menu().await?;
        Ok(Self { unread: view.unread, ..Self::new(view.items) })
    }

    /// Creates a sorted menu of these memberships without unread marks.
    pub(super) fn new(items: Vec<MembershipView>) -> Self {
        let mut menu = Self { items, unread: HashMap::new() };
        menu.sort();
        menu
    }

    /// Returns the position of the latest change that the reader hasn't seen in that organization.
    /// `None` if there is none.
    #[must_use]
    pub fn unread_position(&self, item: &MembershipView) -> Option<Position> {
        self.unread.get(&item.organization_id).copied()
    }

    /// Records that the reader has seen the organization up to that position.
    pub fn mark_seen(&mut self, id: MembershipId, position: Position) {
        let item = self.items.iter_mut().find(|item| item.id == id);
        if let Some(preferences) = item.and_then(|item| item.preferences.as_mut()) {
            preferences.seen = preferences.seen.max(position);
        }
        self.drop_seen();
    }

    fn mark_unread(&mut self, organization: OrganizationId, position: Position) {
        let newest = self.unread.entry(organization).or_default();
        *newest = position.max(*newest);
    }

    /// Keeps the marks of organizations that the reader belongs to and hasn't seen up to that
    /// position.
    fn drop_seen(&mut self) {
        let items = &self.items;
        self.unread.retain(|organization, newest| {
            let of_it = items.iter().filter(|item| item.organization_id == *organization);
            of_it.filter_map(|item| item.preferences).any(|its| its.seen < *newest)
        });
    }

    /// Merges the response of a change, unless the menu has a newer version.
    pub fn merge_response(&mut self, answer: &MembershipView) {
        if let Some(current) = self.items.iter_mut().find(|current| current.id == answer.id)
            && merge::membership(current, answer) == Patched::Changed
        {
            self.sort();
            self.drop_seen();
        }
    }

    fn display_order(item: &MembershipView) -> f64 {
        item.preferences.map_or(0.0, |its| its.display_order)
    }

    fn sort(&mut self) {
        fn name(item: &MembershipView) -> impl Iterator<Item = char> {
            case_folded(item.organization.as_ref().map_or("", |its| its.name.as_str()))
        }
        self.items.sort_by(|a, b| {
            Self::display_order(a)
                .total_cmp(&Self::display_order(b))
                .then_with(|| name(a).cmp(name(b)))
                .then_with(|| a.id.cmp(&b.id))
        });
    }
}

impl Patch for Menu {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let patched = match &message.entity {
            Entity::Membership(Some(membership)) if membership.user.id == reader => {
                let is_listed = self.items.iter().any(|item| item.id == membership.id);
                let patched = merge::upsert_membership(&mut self.items, membership);
                // Changes just before the reader joined were not delivered to them, also if the menu was
                // fetched between the joining and those changes' way through the log.
                let joins = message.action == Action::Created || !is_listed;
                if joins { Patched::Stale } else { patched }
            }
            Entity::Membership(None) => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            Entity::Organization(Some(organization)) => {
                merge::organization_of_memberships(&mut self.items, organization)
            }
            Entity::Organization(None) => merge::remove(&mut self.items, |item| {
                item.organization_id.uuid() == message.subject_id
            }),
            Entity::User(Some(user)) => merge::user_of_memberships(&mut self.items, user),
            _ => Patched::Unchanged,
        };
        if patched != Patched::Unchanged {
            self.sort();
        }
        let before = self.unread.clone();
        if let Some((organization, position)) = unread::unread_position(message, reader) {
            self.mark_unread(organization, position);
        }
        self.drop_seen();
        patched.and(Patched::when(self.unread != before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn menu_is_sorted_by_display_order_and_name() {
        let menu = Menu::new(vec![
            in_menu(1, "beta", 20.0),
            in_menu(2, "Zeta", 10.0),
            in_menu(3, "Alpha", 20.0),
        ]);
        assert_eq!(names(&menu), ["Zeta", "Alpha", "beta"]);
    }

    #[test]
    fn joined_organization_appears_once() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let joined = created(in_menu(2, "Beta", 5.0));
        assert_eq!(menu.patch(&joined, READER), Patched::Stale);
        assert_eq!(menu.patch(&updated(in_menu(2, "Beta", 5.0)), READER), Patched::Unchanged);
        assert_eq!(names(&menu), ["Beta", "Alpha"]);
    }

    #[test]
    fn menu_that_was_fetched_before_the_log_had_the_joining_is_fetched_again() {
        // It lacks the mark of a change that precedes the joining in the log and wasn't in the log either.
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 20.0)]);
        let joined = created(in_menu(2, "Beta", 20.0));
        assert_eq!(menu.patch(&joined, READER), Patched::Stale);
    }

    #[test]
    fn memberships_of_others_are_ignored() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let stranger = created(member(ORGANIZATION, 9, "Grace"));
        assert_eq!(menu.patch(&stranger, READER), Patched::Unchanged);
    }

    #[test]
    fn older_message_does_not_overwrite_a_newer_version() {
        let mut menu = Menu::new(vec![arranged(in_menu(1, "Alpha", 10.0))]);
        assert_eq!(menu.patch(&updated(in_menu(1, "Alpha", 30.0)), READER), Patched::Unchanged);
        assert_eq!(menu.items[0].preferences.unwrap().display_order, 10.0);
    }

    #[test]
    fn renamed_organization_moves() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 10.0)]);
        let renamed = renamed(menu.items[0].organization.as_ref().unwrap(), "Gamma");
        assert_eq!(menu.patch(&renamed, READER), Patched::Changed);
        assert_eq!(names(&menu), ["Beta", "Gamma"]);
        assert_eq!(menu.patch(&renamed, READER), Patched::Unchanged);
    }

    #[test]
    fn left_or_deleted_organization_is_removed() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 10.0)]);
        let left = membership_deleted(&menu.items[0], READER);
        assert_eq!(menu.patch(&left, READER), Patched::Changed);
        let deleted = organization_deleted(menu.items[0].organization_id);
        assert_eq!(menu.patch(&deleted, READER), Patched::Changed);
        assert_eq!(menu.patch(&deleted, READER), Patched::Unchanged);
        assert_eq!(menu, Menu::new(Vec::new()));
    }

    fn names(menu: &Menu) -> Vec<&str> {
        menu.items.iter().map(|item| item.organization.as_ref().unwrap().name.as_str()).collect()
    }
}
