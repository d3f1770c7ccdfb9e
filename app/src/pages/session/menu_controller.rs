//! Changing the menu: shown at once, sent one request at a time, and reverted if refused.

use leptos::prelude::*;
use leptos::task::spawn_local;

use client::api;
use client::cache::{LiveQuery, Menu, OptimisticMenu, PendingChange, orders_after_move};
use contract::request::UpdateMembership;
use contract::view::MembershipView;
use contract::{ApiError, MembershipId};

/// A part of the menu with its own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Active,
    Archived,
}

impl Section {
    /// Returns the section of that membership.
    #[must_use]
    pub fn from_membership(membership: &MembershipView) -> Self {
        let archived = membership.preferences.is_some_and(|its| its.archived);
        if archived { Self::Archived } else { Self::Active }
    }

    /// Returns the memberships of the menu that are in this section.
    #[must_use]
    pub fn memberships(self, menu: &Menu) -> Vec<MembershipView> {
        menu.items.iter().filter(|item| Self::from_membership(item) == self).cloned().collect()
    }
}

/// The person's menu with their unconfirmed changes.
#[derive(Clone, Copy)]
pub struct MenuController {
    menu: LiveQuery<Menu>,
    optimistic: RwSignal<OptimisticMenu>,
    /// Whether a request is in flight; the next one waits for its answer.
    is_sending: StoredValue<bool>,
    /// Why the last change was reverted.
    pub problem: RwSignal<Option<String>>,
    /// The last change in a sentence, for screen readers.
    pub announcement: RwSignal<String>,
}

impl MenuController {
    /// Creates a controller of that menu without changes.
    pub fn new(menu: LiveQuery<Menu>) -> Self {
        Self {
            menu,
            optimistic: RwSignal::default(),
            is_sending: StoredValue::new(false),
            problem: RwSignal::new(None),
            announcement: RwSignal::default(),
        }
    }

    /// Returns the menu with the unconfirmed changes; none while it loads. Tracked.
    #[must_use]
    pub fn menu(self) -> Option<Menu> {
        self.menu.map(|menu| self.optimistic.with(|optimistic| optimistic.apply_to(menu)))
    }

    /// Returns one membership of the menu. Tracked.
    #[must_use]
    pub fn membership(self, id: MembershipId) -> Option<MembershipView> {
        let membership = self.menu.map(|menu| {
            let item = menu.items.iter().find(|item| item.id == id)?;
            Some(self.optimistic.with(|optimistic| optimistic.apply_to_item(item)))
        });
        membership.flatten()
    }

    /// Returns the memberships of a section. Tracked.
    #[must_use]
    pub fn section(self, section: Section) -> Vec<MembershipView> {
        self.menu().map(|menu| section.memberships(&menu)).unwrap_or_default()
    }

    /// Archives or restores the membership's organization.
    pub fn set_archived(self, membership: &MembershipView, archived: bool) {
        let how = if archived { "archived" } else { "restored" };
        self.announcement.set(format!("{} was {how}.", name(membership)));
        let changes = UpdateMembership { archived: Some(archived), ..Default::default() };
        self.apply(vec![(membership.id, changes)]);
    }

    /// Mutes or unmutes the membership's organization.
    pub fn set_muted(self, membership: &MembershipView, muted: bool) {
        let how = if muted { "muted" } else { "unmuted" };
        self.announcement.set(format!("{} was {how}.", name(membership)));
        let changes = UpdateMembership { muted: Some(muted), ..Default::default() };
        self.apply(vec![(membership.id, changes)]);
    }

    /// Moves the membership by so many positions within its section; not beyond its ends.
    pub fn move_by(self, membership: &MembershipView, offset: isize) {
        let section = self.section_untracked(Section::from_membership(membership));
        let index = section.iter().position(|item| item.id == membership.id);
        if let Some(index) = index.and_then(|index| index.checked_add_signed(offset)) {
            self.move_to(membership, index);
        }
    }

    /// Moves the membership to that index of its section; to the end if the index is larger.
    pub fn move_to(self, membership: &MembershipView, index: usize) {
        let section = self.section_untracked(Section::from_membership(membership));
        let index = index.min(section.len().saturating_sub(1));
        let orders = orders_after_move(&section, membership.id, index);
        if orders.is_empty() {
            return;
        }
        let (name, position, count) = (name(membership), index + 1, section.len());
        self.announcement.set(format!("{name} moved to position {position} of {count}."));
        let set_order =
            |order| UpdateMembership { display_order: Some(order), ..Default::default() };
        self.apply(orders.into_iter().map(|(id, order)| (id, set_order(order))).collect());
    }

    fn section_untracked(self, section: Section) -> Vec<MembershipView> {
        let memberships = self.menu.map_untracked(|menu| {
            self.optimistic
                .with_untracked(|optimistic| section.memberships(&optimistic.apply_to(menu)))
        });
        memberships.unwrap_or_default()
    }

    fn apply(self, changes: Vec<(MembershipId, UpdateMembership)>) {
        self.problem.set(None);
        self.optimistic.update(|optimistic| {
            for (membership, changes) in changes {
                optimistic.add(membership, changes);
            }
        });
        if !self.is_sending.get_value() {
            self.is_sending.set_value(true);
            spawn_local(self.send());
        }
    }

    /// Sends the changes one after the other, so that answers arrive in their order.
    async fn send(self) {
        let next = || self.optimistic.try_with_untracked(OptimisticMenu::oldest).flatten();
        while let Some(change) = next() {
            let answer = api::memberships::update(change.membership, &change.changes).await;
            self.finish(change, answer);
        }
        let _ = self.is_sending.try_set_value(false);
    }

    fn finish(self, change: PendingChange, answer: Result<MembershipView, ApiError>) {
        match answer {
            Ok(answer) => self.menu.update_with(|menu| menu.merge_response(&answer)),
            Err(error) => {
                let name = self.menu.map_untracked(|menu| {
                    menu.items.iter().find(|item| item.id == change.membership).map(name)
                });
                let problem =
                    failure_text(&name.flatten().unwrap_or_default(), &change.changes, &error);
                let _ = self.problem.try_set(Some(problem));
                let _ = self.announcement.try_set(String::new());
            }
        }
        let _ = self.optimistic.try_update(|optimistic| optimistic.remove(change));
    }
}

fn name(membership: &MembershipView) -> String {
    membership.organization.as_ref().map(|its| its.name.to_string()).unwrap_or_default()
}

fn failure_text(name: &str, changes: &UpdateMembership, error: &ApiError) -> String {
    let what = match changes {
        UpdateMembership { archived: Some(true), .. } => "archive",
        UpdateMembership { archived: Some(false), .. } => "restore",
        UpdateMembership { muted: Some(true), .. } => "mute",
        UpdateMembership { muted: Some(false), .. } => "unmute",
        _ => "move",
    };
    format!("Couldn't {what} {name}. {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::ErrorCode;

    #[test]
    fn failure_text_names_the_change_and_the_reason() {
        let error = ApiError::new(ErrorCode::Unreachable, "You are offline.");
        let archive = UpdateMembership { archived: Some(true), ..Default::default() };
        let text = failure_text("North Wind", &archive, &error);
        assert_eq!(text, "Couldn't archive North Wind. You are offline.");
        let moved = UpdateMembership { display_order: Some(1.0), ..Default::default() };
        assert!(
            failure_text("North Wind", &moved, &error).starts_with("Couldn't move North Wind.")
        );
    }
}
