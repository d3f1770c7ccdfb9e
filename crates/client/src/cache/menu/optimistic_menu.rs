//! Optimistic changes of the menu that the server hasn't answered yet.
//!
//! They are an overlay: the confirmed menu stays untouched underneath and keeps being patched. When
//! the server refuses a change, the overlay drops it and the current confirmed state shows.

use super::Menu;
use contract::MembershipId;
use contract::request::UpdateMembership;
use contract::view::MembershipView;

/// The pending changes, oldest first.
#[derive(Clone, Debug, Default)]
pub struct OptimisticMenu {
    last_number: u64,
    pending: Vec<PendingChange>,
}

/// One pending change.
#[derive(Clone, Copy, Debug)]
pub struct PendingChange {
    number: u64,
    /// The membership to change.
    pub membership: MembershipId,
    /// The new values.
    pub changes: UpdateMembership,
}

impl OptimisticMenu {
    /// Adds a change. It shows from now on.
    pub fn add(&mut self, membership: MembershipId, changes: UpdateMembership) {
        self.last_number += 1;
        self.pending.push(PendingChange { number: self.last_number, membership, changes });
    }

    /// Returns the oldest pending change.
    #[must_use]
    pub fn oldest(&self) -> Option<PendingChange> {
        self.pending.first().copied()
    }

    /// Removes a change that the server has accepted or refused. The confirmed menu has the result.
    pub fn remove(&mut self, change: PendingChange) {
        self.pending.retain(|it| it.number != change.number);
    }

    /// Returns the menu with the pending changes applied.
    #[must_use]
    pub fn apply_to(&self, menu: &Menu) -> Menu {
        let items = menu.items.iter().map(|item| self.apply_to_item(item)).collect();
        Menu { unread: menu.unread.clone(), ..Menu::new(items) }
    }

    /// Returns one membership with the pending changes applied.
    #[must_use]
    pub fn apply_to_item(&self, membership: &MembershipView) -> MembershipView {
        let mut changed = membership.clone();
        for change in self.pending.iter().filter(|change| change.membership == membership.id) {
            apply(&change.changes, &mut changed);
        }
        changed
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
    fn change_shows_at_once_and_disappears_when_refused() {
        let menu = Menu::new(vec![in_menu(1, "Alpha", 10.0), in_menu(2, "Beta", 20.0)]);
        let mut overlay = OptimisticMenu::default();
        overlay.add(menu.items[1].id, place(5.0));
        let shown = overlay.apply_to(&menu);
        assert_eq!(shown.items[0].id, menu.items[1].id);
        overlay.remove(overlay.oldest().unwrap());
        assert_eq!(overlay.apply_to(&menu), menu);
    }

    #[test]
    fn own_message_from_the_stream_changes_nothing_on_the_screen() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let mut overlay = OptimisticMenu::default();
        overlay.add(menu.items[0].id, MUTE);
        let before = overlay.apply_to(&menu);
        let mut echo = menu.items[0].clone();
        let preferences = echo.preferences.as_mut().unwrap();
        preferences.version += 1;
        preferences.muted = true;
        let _ = menu.patch(&updated(echo), READER);
        assert_eq!(muted(&overlay.apply_to(&menu)), muted(&before));
        overlay.remove(overlay.oldest().unwrap());
        assert!(muted(&menu) && muted(&overlay.apply_to(&menu)));
    }

    #[test]
    fn refusal_removes_its_own_change_only() {
        let menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let id = menu.items[0].id;
        let mut overlay = OptimisticMenu::default();
        overlay.add(id, MUTE);
        overlay.add(id, place(7.0));
        overlay.remove(overlay.oldest().unwrap());
        let shown = overlay.apply_to(&menu).items[0].preferences.unwrap();
        assert_eq!((shown.muted, shown.display_order), (false, 7.0));
    }

    #[test]
    fn later_change_of_the_same_field_wins() {
        let menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let id = menu.items[0].id;
        let mut overlay = OptimisticMenu::default();
        overlay.add(id, MUTE);
        overlay.add(id, UpdateMembership { muted: Some(false), ..MUTE });
        assert!(!muted(&overlay.apply_to(&menu)));
    }

    #[test]
    fn change_of_a_deleted_membership_does_not_restore_it() {
        let mut menu = Menu::new(vec![in_menu(1, "Alpha", 10.0)]);
        let mut overlay = OptimisticMenu::default();
        overlay.add(menu.items[0].id, MUTE);
        menu.items.clear();
        assert_eq!(overlay.apply_to(&menu).items, []);
    }
}
