//! Dragging an item of a list to another position.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlUListElement};

use contract::MembershipId;

/// The dragged item of one list, if any.
#[derive(Clone, Copy, Debug)]
pub struct Drag {
    list: NodeRef<html::Ul>,
    dragged: RwSignal<Option<DraggedItem>>,
}

#[derive(Clone, Debug)]
struct DraggedItem {
    id: MembershipId,
    /// Its index in the list.
    from: usize,
    /// The pointer's vertical position when the drag started, in pixels.
    start_y: i32,
    /// The list when the drag started.
    layout: ListLayout,
    /// How far it was dragged, in pixels.
    by: i32,
}

/// The positions of the items of a list, from top to bottom.
#[derive(Clone, Debug, PartialEq)]
struct ListLayout(Vec<ItemBox>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct ItemBox {
    top: i32,
    height: i32,
}

impl Drag {
    /// Creates the state in which no item of that list is dragged.
    pub fn new(list: NodeRef<html::Ul>) -> Self {
        Self { list, dragged: RwSignal::new(None) }
    }

    /// Starts dragging the item at index `from`.
    pub fn start(self, event: &PointerEvent, id: MembershipId, from: usize) {
        let Some(list) = self.list.get_untracked().filter(|_| event.button() == 0) else { return };
        if let Some(handle) =
            event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok())
        {
            // It fails if the pointer was released already; then no event follows.
            drop(handle.set_pointer_capture(event.pointer_id()));
        }
        let (start_y, layout) = (event.client_y(), ListLayout::measure(&list));
        self.dragged.set(Some(DraggedItem { id, from, start_y, layout, by: 0 }));
    }

    /// Moves the dragged item with the pointer.
    pub fn move_to(self, event: &PointerEvent) {
        if self.dragged.with_untracked(Option::is_some) {
            let at = event.client_y();
            self.dragged.update(|dragged| {
                if let Some(dragged) = dragged {
                    dragged.by = at - dragged.start_y;
                }
            });
        }
    }

    /// Ends the drag. Returns the index that the item was dropped at.
    pub fn finish(self) -> Option<usize> {
        let dragged = self.dragged.get_untracked()?;
        self.cancel();
        Some(dragged.layout.target(dragged.from, dragged.by))
    }

    /// Ends the drag without moving the item.
    pub fn cancel(self) {
        if self.dragged.with_untracked(Option::is_some) {
            self.dragged.set(None);
        }
    }

    /// Whether that item is being dragged. Tracked.
    pub fn is_dragging(self, id: MembershipId) -> bool {
        self.dragged.with(|dragged| dragged.as_ref().is_some_and(|dragged| dragged.id == id))
    }

    /// Returns the vertical offset at which the item is shown while something is dragged, in pixels: the
    /// dragged item follows the pointer, others make room. Tracked.
    pub fn offset(self, id: MembershipId, index: Option<usize>) -> Option<i32> {
        self.dragged.with(|dragged| {
            let DraggedItem { id: dragged, from, by, layout, .. } = dragged.as_ref()?;
            if id == *dragged {
                return Some(*by);
            }
            Some(layout.shift(*from, layout.target(*from, *by), index?))
        })
    }
}

impl ListLayout {
    fn measure(list: &HtmlUListElement) -> Self {
        let children = list.children();
        let items = (0..children.length()).filter_map(|index| children.item(index));
        let items = items.filter_map(|item| item.dyn_into::<HtmlElement>().ok());
        let measure =
            |item: HtmlElement| ItemBox { top: item.offset_top(), height: item.offset_height() };
        Self(items.map(measure).collect())
    }

    /// Returns the index that the item at `from` gets when it is dragged by so many pixels: it passes
    /// each item whose middle its own middle has passed.
    fn target(&self, from: usize, by: i32) -> usize {
        // Doubled, to stay in integers.
        let middle = |item: &ItemBox| 2 * item.top + item.height;
        let Some(at) = self.0.get(from).map(|item| middle(item) + 2 * by) else { return from };
        let others = self.0.iter().enumerate().filter(|(index, _)| *index != from);
        others.filter(|(_, item)| middle(item) < at).count()
    }

    /// Returns how far the item at `index` moves, in pixels, when another one goes from `from` to `to`.
    fn shift(&self, from: usize, to: usize, index: usize) -> i32 {
        let height = self.0.get(from).map_or(0, |item| item.height);
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

    fn layout() -> ListLayout {
        ListLayout((0..4).map(|index| ItemBox { top: index * 40, height: 40 }).collect())
    }

    #[test]
    fn dragged_item_passes_each_item_whose_middle_it_passed() {
        let layout = layout();
        for (from, by, to) in
            [(1, 0, 1), (1, 39, 1), (1, 41, 2), (1, 500, 3), (1, -41, 0), (3, -81, 1), (0, -500, 0)]
        {
            assert_eq!(layout.target(from, by), to, "from {from} by {by}");
        }
    }

    #[test]
    fn items_in_between_make_room() {
        let shifts =
            |from, to| (0..4).map(|index| layout().shift(from, to, index)).collect::<Vec<_>>();
        assert_eq!(shifts(0, 2), [0, -40, -40, 0]);
        assert_eq!(shifts(3, 1), [0, 40, 40, 0]);
        assert_eq!(shifts(2, 2), [0; 4]);
    }

    #[test]
    fn item_that_was_removed_meanwhile_stays() {
        assert_eq!(layout().target(7, 100), 7);
    }
}
