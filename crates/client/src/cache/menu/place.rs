//! Where an entry goes when it is moved: between its neighbours, so that no other one changes.

use super::Menu;
use contract::MembershipId;
use contract::view::MembershipView;

/// From one entry to the next. Leaves room between both for a third.
const STEP: f64 = 10.0;

/// The new orders that bring the membership to `index` of `section`, which it is part of: one, as
/// a rule. All of the section when there is no room left between the new neighbours; none when
/// nothing moves.
#[must_use]
pub fn placing(
    section: &[MembershipView],
    moved: MembershipId,
    index: usize,
) -> Vec<(MembershipId, f64)> {
    let Some(from) = section.iter().position(|item| item.id == moved) else { return Vec::new() };
    let mut others: Vec<&MembershipView> = section.iter().collect();
    let itself = others.remove(from);
    let index = index.min(others.len());
    if index == from {
        return Vec::new();
    }
    let before = index.checked_sub(1).map(|index| Menu::order(others[index]));
    let after = others.get(index).map(|item| Menu::order(item));
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
    others.insert(index, itself);
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

    /// What the menu is once the orders are given.
    fn placed(mut section: Vec<MembershipView>, moved: usize, index: usize) -> (usize, Vec<u128>) {
        let orders = placing(&section, section[moved].id, index);
        for item in &mut section {
            if let Some((_, order)) = orders.iter().find(|(id, _)| *id == item.id) {
                item.preferences.as_mut().unwrap().display_order = *order;
            }
        }
        let menu = Menu::of(section);
        (orders.len(), menu.items.iter().map(|item| item.id.uuid().as_u128() - 0x100).collect())
    }

    #[test]
    fn a_moved_entry_gets_the_midpoint_of_its_neighbours_and_no_other_one_changes() {
        let section = section(&[10.0, 20.0, 30.0]);
        assert_eq!(placing(&section, section[2].id, 1), [(section[2].id, 15.0)]);
        assert_eq!(placing(&section, section[0].id, 1), [(section[0].id, 25.0)]);
        assert_eq!(placing(&section, section[2].id, 0), [(section[2].id, 0.0)]);
        assert_eq!(placing(&section, section[0].id, 9), [(section[0].id, 40.0)]);
    }

    #[test]
    fn an_entry_that_stays_where_it_is_changes_nothing() {
        let section = section(&[10.0, 20.0]);
        assert_eq!(placing(&section, section[1].id, 1), []);
        assert_eq!(placing(&section, section[1].id, 7), []);
        assert_eq!(placing(&section[..1], section[1].id, 0), []);
    }

    #[test]
    fn without_room_between_the_neighbours_all_of_them_are_given_new_orders() {
        for orders in [[10.0, 10.0, 10.0], [1.0, 1.0_f64.next_up(), 30.0], [1e300, 1e300, 1e300]] {
            assert_eq!(placed(section(&orders), 2, 1), (3, vec![1, 3, 2]), "{orders:?}");
        }
    }

    #[test]
    fn moving_back_and_forth_never_runs_out_of_room() {
        let mut items = section(&[10.0, 20.0, 30.0]);
        for _ in 0..200 {
            let last = items[2].id;
            for (id, order) in placing(&items, last, 1) {
                let held = items.iter_mut().find(|item| item.id == id).unwrap();
                held.preferences.as_mut().unwrap().display_order = order;
            }
            items = Menu::of(items).items;
            assert_eq!(items[1].id, last);
        }
    }
}
