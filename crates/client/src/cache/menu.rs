//! The reader's memberships, each with its organization.

mod news;
mod optimistic_menu;
mod place;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::text::case_folded;
use contract::view::MembershipView;
use contract::{ApiError, Entity, MembershipId, OrganizationId, Position, StreamMessage, UserId};

pub use optimistic_menu::{OptimisticMenu, PendingChange};
pub use place::placing;

/// The organizations that the reader belongs to, in the reader's own order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Menu {
    /// Ascending by the order that the reader gave them; ties by the organization's name.
    pub items: Vec<MembershipView>,
    /// Where in the log others last did something in an organization, unless the reader saw that.
    #[serde(default)]
    pub news: HashMap<OrganizationId, Position>,
}

impl Menu {
    /// Reads it.
    ///
    /// # Errors
    /// Those of `GET /me/menu`.
    pub async fn fetch() -> Result<Self, ApiError> {
        let view = api::me::menu().await?;
        Ok(Self { news: view.news, ..Self::of(view.items) })
    }

    /// The menu of these memberships.
    pub(super) fn of(items: Vec<MembershipView>) -> Self {
        let mut menu = Self { items, news: HashMap::new() };
        menu.sort();
        menu
    }

    /// Where in the log the newest is that the reader hasn't seen of that organization.
    #[must_use]
    pub fn news_of(&self, item: &MembershipView) -> Option<Position> {
        self.news.get(&item.organization_id).copied()
    }

    /// The reader has seen the organization up to there.
    pub fn see(&mut self, id: MembershipId, position: Position) {
        let item = self.items.iter_mut().find(|item| item.id == id);
        if let Some(preferences) = item.and_then(|item| item.preferences.as_mut()) {
            preferences.seen = preferences.seen.max(position);
        }
        self.drop_old_news();
    }

    fn hear_news(&mut self, organization: OrganizationId, position: Position) {
        let newest = self.news.entry(organization).or_default();
        *newest = position.max(*newest);
    }

    /// News are so where the reader belongs, and after what they have seen.
    fn drop_old_news(&mut self) {
        let items = &self.items;
        self.news.retain(|organization, newest| {
            let of_it = items.iter().filter(|item| item.organization_id == *organization);
            of_it.filter_map(|item| item.preferences).any(|its| its.seen < *newest)
        });
    }

    /// What the server answered to a change, unless the stream has brought something newer.
    pub fn merge(&mut self, answer: &MembershipView) {
        if let Some(held) = self.items.iter_mut().find(|held| held.id == answer.id)
            && merge::membership(held, answer) == Patched::Changed
        {
            self.sort();
            self.drop_old_news();
        }
    }

    /// Where the reader put the organization in their menu.
    fn order(item: &MembershipView) -> f64 {
        item.preferences.map_or(0.0, |its| its.display_order)
    }

    fn sort(&mut self) {
        fn name(item: &MembershipView) -> impl Iterator<Item = char> {
            case_folded(item.organization.as_ref().map_or("", |its| its.name.as_str()))
        }
        self.items.sort_by(|a, b| {
            Self::order(a)
                .total_cmp(&Self::order(b))
                .then_with(|| name(a).cmp(name(b)))
                .then_with(|| a.id.cmp(&b.id))
        });
    }
}

impl Patch for Menu {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let patched = match &message.entity {
            Entity::Membership(Some(membership)) if membership.user.id == reader => {
                let joins = self.items.iter().all(|item| item.id != membership.id);
                let patched = merge::into_memberships(&mut self.items, membership);
                // What happened there just before was not for the reader's stream yet.
                if joins { Patched::Stale } else { patched }
            }
            Entity::Membership(None) => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            Entity::Organization(Some(organization)) => self
                .items
                .iter_mut()
                .filter_map(|item| item.organization.as_mut())
                .map(|held| merge::organization(held, organization))
                .fold(Patched::Unchanged, Patched::and),
            Entity::Organization(None) => merge::remove(&mut self.items, |item| {
                item.organization_id.uuid() == message.subject_id
            }),
            Entity::User(Some(user)) => self
                .items
                .iter_mut()
                .map(|item| merge::user(&mut item.user, user))
                .fold(Patched::Unchanged, Patched::and),
            _ => Patched::Unchanged,
        };
        if patched != Patched::Unchanged {
            self.sort();
        }
        let before = self.news.clone();
        if let Some((organization, position)) = news::of(message, reader) {
            self.hear_news(organization, position);
        }
        self.drop_old_news();
        patched.and(Patched::when(self.news != before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn it_is_sorted_by_the_readers_order_and_then_by_name() {
        let menu = Menu::of(vec![
            in_menu(1, "beta", 20.0),
            in_menu(2, "Zeta", 10.0),
            in_menu(3, "Alpha", 20.0),
        ]);
        assert_eq!(names(&menu), ["Zeta", "Alpha", "beta"]);
    }

    #[test]
    fn an_organization_that_the_reader_joins_appears_once() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let joined = created(in_menu(2, "Beta", 5.0));
        assert_eq!(menu.patch(&joined, READER), Patched::Stale);
        assert_eq!(menu.patch(&joined, READER), Patched::Unchanged);
        assert_eq!(names(&menu), ["Beta", "Alpha"]);
    }

    #[test]
    fn other_members_are_not_in_it() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let stranger = created(member(ORGANIZATION, 9, "Grace"));
        assert_eq!(menu.patch(&stranger, READER), Patched::Unchanged);
    }

    #[test]
    fn an_older_message_never_overwrites_a_fresher_read() {
        let mut menu = Menu::of(vec![arranged(in_menu(1, "Alpha", 10.0))]);
        assert_eq!(menu.patch(&updated(in_menu(1, "Alpha", 30.0)), READER), Patched::Unchanged);
        assert_eq!(menu.items[0].preferences.unwrap().display_order, 10.0);
    }

    #[test]
    fn a_renamed_organization_takes_its_new_place() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 10.0)]);
        let renamed = renamed(menu.items[0].organization.as_ref().unwrap(), "Gamma");
        assert_eq!(menu.patch(&renamed, READER), Patched::Changed);
        assert_eq!(names(&menu), ["Beta", "Gamma"]);
        assert_eq!(menu.patch(&renamed, READER), Patched::Unchanged);
    }

    #[test]
    fn what_the_reader_left_or_what_was_deleted_goes() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 10.0)]);
        let left = membership_deleted(&menu.items[0], READER);
        assert_eq!(menu.patch(&left, READER), Patched::Changed);
        let deleted = organization_deleted(menu.items[0].organization_id);
        assert_eq!(menu.patch(&deleted, READER), Patched::Changed);
        assert_eq!(menu.patch(&deleted, READER), Patched::Unchanged);
        assert_eq!(menu, Menu::of(Vec::new()));
    }

    fn names(menu: &Menu) -> Vec<&str> {
        menu.items.iter().map(|item| item.organization.as_ref().unwrap().name.as_str()).collect()
    }
}
