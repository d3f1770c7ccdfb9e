//! MenuController the menu: shown at once, sent one change after the other, taken back when refused.

use leptos::prelude::*;
use leptos::task::spawn_local;

use client::api;
use client::cache::{LiveQuery, Menu, OptimisticMenu, PendingChange, orders_after_move};
use contract::request::UpdateMembership;
use contract::view::MembershipView;
use contract::{ApiError, MembershipId};

/// A part of the menu that has an order of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What is in use.
    Active,
    /// What is put away.
    Archived,
}

impl Section {
    /// The one that the membership is in.
    #[must_use]
    pub fn of(membership: &MembershipView) -> Self {
        let archived = membership.preferences.is_some_and(|its| its.archived);
        if archived { Self::Archived } else { Self::Active }
    }

    /// Its part of the menu.
    #[must_use]
    pub fn part(self, menu: &Menu) -> Vec<MembershipView> {
        menu.items.iter().filter(|item| Self::of(item) == self).cloned().collect()
    }
}

/// The person's menu with what they do to it.
#[derive(Clone, Copy)]
pub struct MenuController {
    menu: LiveQuery<Menu>,
    arrangement: RwSignal<OptimisticMenu>,
    /// Whether a change is being sent: the next one waits for its answer.
    sending: StoredValue<bool>,
    /// Why the last change was taken back.
    pub problem: RwSignal<Option<String>>,
    /// What the last change did, for those who don't see it.
    pub done: RwSignal<String>,
}

impl MenuController {
    /// Of that menu.
    pub fn of(menu: LiveQuery<Menu>) -> Self {
        Self {
            menu,
            arrangement: RwSignal::default(),
            sending: StoredValue::new(false),
            problem: RwSignal::new(None),
            done: RwSignal::default(),
        }
    }

    /// The menu as the person arranged it; none while it is read. Tracked.
    #[must_use]
    pub fn shown(self) -> Option<Menu> {
        self.menu.map(|menu| self.arrangement.with(|arrangement| arrangement.apply_to(menu)))
    }

    /// One membership of it. Tracked.
    #[must_use]
    pub fn one(self, id: MembershipId) -> Option<MembershipView> {
        let one = self.menu.map(|menu| {
            let item = menu.items.iter().find(|item| item.id == id)?;
            Some(self.arrangement.with(|arrangement| arrangement.apply_to_item(item)))
        });
        one.flatten()
    }

    /// A part of it. Tracked.
    #[must_use]
    pub fn section(self, section: Section) -> Vec<MembershipView> {
        self.shown().map(|menu| section.part(&menu)).unwrap_or_default()
    }

    /// Puts it away, or back.
    pub fn set_archived(self, membership: &MembershipView, archived: bool) {
        let how = if archived { "archived" } else { "restored" };
        self.done.set(format!("{} was {how}.", name(membership)));
        let changes = UpdateMembership { archived: Some(archived), ..Default::default() };
        self.wish(vec![(membership.id, changes)]);
    }

    /// Keeps it from calling for attention, or not.
    pub fn set_muted(self, membership: &MembershipView, muted: bool) {
        let how = if muted { "muted" } else { "unmuted" };
        self.done.set(format!("{} was {how}.", name(membership)));
        let changes = UpdateMembership { muted: Some(muted), ..Default::default() };
        self.wish(vec![(membership.id, changes)]);
    }

    /// Moves it by so many places within its section, as far as there are places.
    pub fn move_by(self, membership: &MembershipView, places: isize) {
        let section = self.section_untracked(Section::of(membership));
        let index = section.iter().position(|item| item.id == membership.id);
        if let Some(index) = index.and_then(|index| index.checked_add_signed(places)) {
            self.move_to(membership, index);
        }
    }

    /// Moves it to that place of its section.
    pub fn move_to(self, membership: &MembershipView, index: usize) {
        let section = self.section_untracked(Section::of(membership));
        let index = index.min(section.len().saturating_sub(1));
        let orders = orders_after_move(&section, membership.id, index);
        if orders.is_empty() {
            return;
        }
        let (name, place, all) = (name(membership), index + 1, section.len());
        self.done.set(format!("{name} moved to position {place} of {all}."));
        let place = |order| UpdateMembership { display_order: Some(order), ..Default::default() };
        self.wish(orders.into_iter().map(|(id, order)| (id, place(order))).collect());
    }

    fn section_untracked(self, section: Section) -> Vec<MembershipView> {
        let part = self.menu.map_untracked(|menu| {
            self.arrangement.with_untracked(|arrangement| section.part(&arrangement.apply_to(menu)))
        });
        part.unwrap_or_default()
    }

    fn wish(self, wishes: Vec<(MembershipId, UpdateMembership)>) {
        self.problem.set(None);
        self.arrangement.update(|arrangement| {
            for (membership, changes) in wishes {
                arrangement.add(membership, changes);
            }
        });
        if !self.sending.get_value() {
            self.sending.set_value(true);
            spawn_local(self.send());
        }
    }

    /// Sends what is wished, one after the other: two answers never overtake each other.
    async fn send(self) {
        let next = || self.arrangement.try_with_untracked(OptimisticMenu::oldest).flatten();
        while let Some(wish) = next() {
            let answer = api::memberships::update(wish.membership, &wish.changes).await;
            self.settle(wish, answer);
        }
        let _ = self.sending.try_set_value(false);
    }

    fn settle(self, wish: PendingChange, answer: Result<MembershipView, ApiError>) {
        match answer {
            Ok(answer) => self.menu.update_with(|menu| menu.merge_response(&answer)),
            Err(error) => {
                let name = self.menu.map_untracked(|menu| {
                    menu.items.iter().find(|item| item.id == wish.membership).map(name)
                });
                let problem = refusal(&name.flatten().unwrap_or_default(), &wish.changes, &error);
                let _ = self.problem.try_set(Some(problem));
                let _ = self.done.try_set(String::new());
            }
        }
        let _ = self.arrangement.try_update(|arrangement| arrangement.remove(wish));
    }
}

fn name(membership: &MembershipView) -> String {
    membership.organization.as_ref().map(|its| its.name.to_string()).unwrap_or_default()
}

fn refusal(name: &str, changes: &UpdateMembership, error: &ApiError) -> String {
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
    fn a_refusal_says_what_was_taken_back_and_why() {
        let error = ApiError::new(ErrorCode::Unreachable, "You are offline.");
        let archive = UpdateMembership { archived: Some(true), ..Default::default() };
        let told = refusal("North Wind", &archive, &error);
        assert_eq!(told, "Couldn't archive North Wind. You are offline.");
        let place = UpdateMembership { display_order: Some(1.0), ..Default::default() };
        assert!(refusal("North Wind", &place, &error).starts_with("Couldn't move North Wind."));
    }
}
