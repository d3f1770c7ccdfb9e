//! Bringing lists into their order.

use std::cmp::Ordering;

/// Sorts items; those that are equal stay as they are.
///
/// Like the standard library's, which brings some kilobytes of code for each kind of items. Here
/// one sort of places is shared.
pub fn sort<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let places = places(items.len(), &|one, other| compare(&items[one], &items[other]));
    let mut unsorted: Vec<_> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(places.into_iter().filter_map(|place| unsorted[place].take()));
}

fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<_> = (0..count).collect();
    places.sort_by(|one, other| compare(*one, *other));
    places
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn items_are_sorted_and_equal_ones_stay_as_they_are() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (0, 'e')];
        sort(&mut items, |one, other| one.0.cmp(&other.0));
        assert_eq!(items, [(0, 'e'), (1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        sort(&mut items, |one, other| other.1.cmp(&one.1));
        assert_eq!(items, [(0, 'e'), (1, 'd'), (2, 'c'), (1, 'b'), (2, 'a')]);
        let mut none: Vec<u8> = Vec::new();
        sort(&mut none, u8::cmp);
        assert!(none.is_empty());
    }
}
