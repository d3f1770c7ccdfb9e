//! Dragging an entry of a list to another place of it.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlUListElement};

use contract::MembershipId;

/// What is dragged within one list, if anything.
#[derive(Clone, Copy, Debug)]
pub struct Drag {
    list: NodeRef<html::Ul>,
    held: RwSignal<Option<DraggedItem>>,
}

#[derive(Clone, Debug)]
struct DraggedItem {
    id: MembershipId,
    from: usize,
    began_at: i32,
    places: Places,
    by: i32,
}

/// Where the entries of the list were when the drag began, from top to bottom.
#[derive(Clone, Debug, PartialEq)]
struct Places(Vec<Place>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    top: i32,
    height: i32,
}

impl Drag {
    /// Nothing of that list yet.
    pub fn over(list: NodeRef<html::Ul>) -> Self {
        Self { list, held: RwSignal::new(None) }
    }

    /// The pointer takes hold of the entry at that place.
    pub fn begin(self, event: &PointerEvent, id: MembershipId, from: usize) {
        let Some(list) = self.list.get_untracked().filter(|_| event.button() == 0) else { return };
        if let Some(handle) =
            event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok())
        {
            // It fails when the pointer is gone already; then there is nothing to follow.
            drop(handle.set_pointer_capture(event.pointer_id()));
        }
        let (began_at, places) = (event.client_y(), Places::of(&list));
        self.held.set(Some(DraggedItem { id, from, began_at, places, by: 0 }));
    }

    /// The pointer moves.
    pub fn follow(self, event: &PointerEvent) {
        if self.held.with_untracked(Option::is_some) {
            let at = event.client_y();
            self.held.update(|held| {
                if let Some(held) = held {
                    held.by = at - held.began_at;
                }
            });
        }
    }

    /// The pointer lets go: gives the place over which it did.
    pub fn drop(self) -> Option<usize> {
        let held = self.held.get_untracked()?;
        self.cancel();
        Some(held.places.target(held.from, held.by))
    }

    /// Nothing is dragged any more.
    pub fn cancel(self) {
        if self.held.with_untracked(Option::is_some) {
            self.held.set(None);
        }
    }

    /// Whether it is the one that is dragged. Tracked.
    pub fn drags(self, id: MembershipId) -> bool {
        self.held.with(|held| held.as_ref().is_some_and(|held| held.id == id))
    }

    /// How far the entry at that place is drawn from it: it follows the pointer, or makes room.
    /// Tracked.
    pub fn offset(self, id: MembershipId, index: Option<usize>) -> Option<i32> {
        self.held.with(|held| {
            let DraggedItem { id: dragged, from, by, places, .. } = held.as_ref()?;
            if id == *dragged {
                return Some(*by);
            }
            Some(places.room(*from, places.target(*from, *by), index?))
        })
    }
}

impl Places {
    fn of(list: &HtmlUListElement) -> Self {
        let children = list.children();
        let entries = (0..children.length()).filter_map(|index| children.item(index));
        let entries = entries.filter_map(|entry| entry.dyn_into::<HtmlElement>().ok());
        let place =
            |entry: HtmlElement| Place { top: entry.offset_top(), height: entry.offset_height() };
        Self(entries.map(place).collect())
    }

    /// The place that an entry comes to which is dragged so far: each neighbour whose middle its
    /// own middle has passed makes room.
    fn target(&self, from: usize, by: i32) -> usize {
        // Twice, so that it is whole.
        let middle = |place: &Place| 2 * place.top + place.height;
        let Some(at) = self.0.get(from).map(|place| middle(place) + 2 * by) else { return from };
        let others = self.0.iter().enumerate().filter(|(index, _)| *index != from);
        others.filter(|(_, place)| middle(place) < at).count()
    }

    /// How far the entry at `index` moves out of the way of one that goes from `from` to `to`.
    fn room(&self, from: usize, to: usize, index: usize) -> i32 {
        let height = self.0.get(from).map_or(0, |place| place.height);
        if from < index && index <= to {
            -height
        } else if to <= index && index < from {
            height
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places((0..4).map(|index| Place { top: index * 40, height: 40 }).collect())
    }

    #[test]
    fn an_entry_takes_the_place_of_each_whose_middle_it_has_passed() {
        let places = places();
        for (from, by, to) in
            [(1, 0, 1), (1, 39, 1), (1, 41, 2), (1, 500, 3), (1, -41, 0), (3, -81, 1), (0, -500, 0)]
        {
            assert_eq!(places.target(from, by), to, "from {from} by {by}");
        }
    }

    #[test]
    fn those_in_between_make_room() {
        let rooms =
            |from, to| (0..4).map(|index| places().room(from, to, index)).collect::<Vec<_>>();
        assert_eq!(rooms(0, 2), [0, -40, -40, 0]);
        assert_eq!(rooms(3, 1), [0, 40, 40, 0]);
        assert_eq!(rooms(2, 2), [0; 4]);
    }

    #[test]
    fn an_entry_that_went_meanwhile_goes_nowhere() {
        assert_eq!(places().target(7, 100), 7);
    }
}
