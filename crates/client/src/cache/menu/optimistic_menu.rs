//! What the reader did to their menu and the server hasn't answered yet.
//!
//! It is laid over the menu that the stream keeps true, so taking it back is leaving it out: a
//! refusal restores what is true by then, not what was true before.

use super::Menu;
use contract::MembershipId;
use contract::request::UpdateMembership;
use contract::view::MembershipView;

/// The changes under way, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct OptimisticMenu {
    given: u64,
    under_way: Vec<PendingChange>,
}

/// One change under way.
#[derive(Clone, Copy, Debug)]
pub struct PendingChange {
    number: u64,
    /// Whose place in the menu.
    pub membership: MembershipId,
    /// What shall be different.
    pub changes: UpdateMembership,
}

impl OptimisticMenu {
    /// Adds a change, which shows from now on.
    pub fn wish(&mut self, membership: MembershipId, changes: UpdateMembership) {
        self.given += 1;
        self.under_way.push(PendingChange { number: self.given, membership, changes });
    }

    /// The oldest change under way.
    #[must_use]
    pub fn first(&self) -> Option<PendingChange> {
        self.under_way.first().copied()
    }

    /// The server has answered: whatever it said, the menu holds what is true.
    pub fn settle(&mut self, wish: PendingChange) {
        self.under_way.retain(|it| it.number != wish.number);
    }

    /// The menu with the changes under way.
    #[must_use]
    pub fn over(&self, menu: &Menu) -> Menu {
        let items = menu.items.iter().map(|item| self.over_one(item)).collect();
        Menu { news: menu.news.clone(), ..Menu::of(items) }
    }

    /// One membership with the changes under way.
    #[must_use]
    pub fn over_one(&self, membership: &MembershipView) -> MembershipView {
        let mut arranged = membership.clone();
        for wish in self.under_way.iter().filter(|wish| wish.membership == membership.id) {
            apply(&wish.changes, &mut arranged);
        }
        arranged
    }
}

fn apply(changes: &UpdateMembership, item: &mut MembershipView) {
    if let Some(preferences) = &mut item.preferences {
        preferences.archived = changes.archived.unwrap_or(preferences.archived);
        preferences.muted = changes.muted.unwrap_or(preferences.muted);
        preferences.display_order = changes.display_order.unwrap_or(preferences.display_order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Patch;
    use crate::cache::fixtures::*;

    const MUTE: UpdateMembership = UpdateMembership {
        role: None,
        archived: None,
        muted: Some(true),
        display_order: None,
        seen: None,
    };

    fn place(order: f64) -> UpdateMembership {
        UpdateMembership { display_order: Some(order), ..Default::default() }
    }

    fn muted(menu: &Menu) -> bool {
        menu.items[0].preferences.unwrap().muted
    }

    #[test]
    fn a_change_shows_at_once_and_is_gone_when_the_server_refuses() {
        let menu = Menu::of(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 20.0)]);
        let mut arrangement = OptimisticMenu::default();
        arrangement.wish(menu.items[1].id, place(5.0));
        let shown = arrangement.over(&menu);
        assert_eq!(shown.items[0].id, menu.items[1].id);
        arrangement.settle(arrangement.first().unwrap());
        assert_eq!(arrangement.over(&menu), menu);
    }

    #[test]
    fn its_own_echo_changes_nothing_on_the_screen() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let mut arrangement = OptimisticMenu::default();
        arrangement.wish(menu.items[0].id, MUTE);
        let before = arrangement.over(&menu);
        let mut echo = menu.items[0].clone();
        let preferences = echo.preferences.as_mut().unwrap();
        preferences.version += 1;
        preferences.muted = true;
        let _ = menu.patch(&updated(echo), READER);
        assert_eq!(muted(&arrangement.over(&menu)), muted(&before));
        arrangement.settle(arrangement.first().unwrap());
        assert!(muted(&menu) && muted(&arrangement.over(&menu)));
    }

    #[test]
    fn a_refusal_takes_back_its_own_change_and_no_other() {
        let menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let id = menu.items[0].id;
        let mut arrangement = OptimisticMenu::default();
        arrangement.wish(id, MUTE);
        arrangement.wish(id, place(7.0));
        arrangement.settle(arrangement.first().unwrap());
        let shown = arrangement.over(&menu).items[0].preferences.unwrap();
        assert_eq!((shown.muted, shown.display_order), (false, 7.0));
    }

    #[test]
    fn the_last_of_two_changes_of_the_same_thing_shows() {
        let menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let id = menu.items[0].id;
        let mut arrangement = OptimisticMenu::default();
        arrangement.wish(id, MUTE);
        arrangement.wish(id, UpdateMembership { muted: Some(false), ..MUTE });
        assert!(!muted(&arrangement.over(&menu)));
    }

    #[test]
    fn what_is_gone_meanwhile_stays_gone() {
        let mut menu = Menu::of(vec![in_menu(1, "Alpha", 10.0)]);
        let mut arrangement = OptimisticMenu::default();
        arrangement.wish(menu.items[0].id, MUTE);
        menu.items.clear();
        assert_eq!(arrangement.over(&menu).items, []);
    }
}
