//! The display order of a moved menu entry: between its neighbours, so that no other entry changes.

use super::Menu;
use contract::MembershipId;
use contract::view::MembershipView;

/// The distance between two entries. Leaves room for a third.
const STEP: f64 = 10.0;

/// Returns the display orders that move a membership to `index` of `section`, which contains it.
/// Usually one; all of the section if there is no room between the new neighbours; none if nothing
/// moves.
#[must_use]
pub fn orders_after_move(
    section: &[MembershipView],
    moved: MembershipId,
    index: usize,
) -> Vec<(MembershipId, f64)> {
    let Some(from) = section.iter().position(|item| item.id == moved) else { return Vec::new() };
    let mut others: Vec<&MembershipView> = section.iter().collect();
    let item = others.remove(from);
    let index = index.min(others.len());
    if index == from {
        return Vec::new();
    }
    let before = index.checked_sub(1).map(|index| Menu::display_order(others[index]));
    let after = others.get(index).map(|item| Menu::display_order(item));
    let between = match (before, after) {
        (Some(before), Some(after)) => before + (after - before) / 2.0,
        (Some(before), None) => before + STEP,
        (None, Some(after)) => after - STEP,
        (None, None) => return Vec::new(),
    };
    let fits =
        before.is_none_or(|before| before < between) && after.is_none_or(|after| between < after);
    if fits {
        return vec![(moved, between)];
    }
    others.insert(index, item);
    others.iter().zip(1..).map(|(item, place)| (item.id, f64::from(place) * STEP)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    fn section(orders: &[f64]) -> Vec<MembershipView> {
        let name = |number: usize| ["Alpha", "Beta", "Gamma", "Delta"][number - 1];
        (1..)
            .zip(orders)
            .map(|(number, order)| in_menu(number as u128, name(number), *order))
            .collect()
    }

    /// Returns the number of changed orders, and the menu after the move.
    fn moved_menu(
        mut section: Vec<MembershipView>,
        moved: usize,
        index: usize,
    ) -> (usize, Vec<u128>) {
        let orders = orders_after_move(&section, section[moved].id, index);
        for item in &mut section {
            if let Some((_, order)) = orders.iter().find(|(id, _)| *id == item.id) {
                item.preferences.as_mut().unwrap().display_order = *order;
            }
        }
        let menu = Menu::new(section);
        (orders.len(), menu.items.iter().map(|item| item.id.uuid().as_u128() - 0x100).collect())
    }

    #[test]
    fn moved_entry_gets_the_midpoint_of_its_neighbours() {
        let section = section(&[10.0, 20.0, 30.0]);
        assert_eq!(orders_after_move(&section, section[2].id, 1), [(section[2].id, 15.0)]);
        assert_eq!(orders_after_move(&section, section[0].id, 1), [(section[0].id, 25.0)]);
        assert_eq!(orders_after_move(&section, section[2].id, 0), [(section[2].id, 0.0)]);
        assert_eq!(orders_after_move(&section, section[0].id, 9), [(section[0].id, 40.0)]);
    }

    #[test]
    fn entry_that_stays_changes_nothing() {
        let section = section(&[10.0, 20.0]);
        assert_eq!(orders_after_move(&section, section[1].id, 1), []);
        assert_eq!(orders_after_move(&section, section[1].id, 7), []);
        assert_eq!(orders_after_move(&section[..1], section[1].id, 0), []);
    }

    #[test]
    fn all_entries_get_new_orders_without_room_between_neighbours() {
        for orders in [[10.0, 10.0, 10.0], [1.0, 1.0_f64.next_up(), 30.0], [1e300, 1e300, 1e300]] {
            assert_eq!(moved_menu(section(&orders), 2, 1), (3, vec![1, 3, 2]), "{orders:?}");
        }
    }

    #[test]
    fn repeated_moves_never_run_out_of_room() {
        let mut items = section(&[10.0, 20.0, 30.0]);
        for _ in 0..200 {
            let last = items[2].id;
            for (id, order) in orders_after_move(&items, last, 1) {
                let current = items.iter_mut().find(|item| item.id == id).unwrap();
                current.preferences.as_mut().unwrap().display_order = order;
            }
            items = Menu::new(items).items;
            assert_eq!(items[1].id, last);
        }
    }
}
