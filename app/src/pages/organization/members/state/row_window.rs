//! Virtual scrolling of a long list: renders the rows near the visible part, and the row with the focus.
//! Keeps scroll position and focus when rows come and go.

use std::ops::Range;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{FocusEvent, HtmlElement};
use leptos::{ev, html};

use client::cache::memo;
use contract::MembershipId;

/// How many rows are visible, until that is measured.
const DEFAULT_VISIBLE_ROWS: usize = 12;

/// How many rows are rendered above and below the visible ones, for scrolling and the Tab key.
const OVERSCAN: usize = 10;

/// The row with the focus is rendered up to this many rows from the others.
const MAX_FOCUS_DISTANCE: usize = 200;

/// The height of a row in pixels, until it is measured. As in `style/pages/members.css`.
const DEFAULT_ROW_HEIGHT: f64 = 57.0;

/// The visible part of the list.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Viewport {
    /// The scroll offset, in pixels.
    top: f64,
    /// How many rows are visible.
    rows: usize,
    /// In pixels.
    row_height: f64,
    /// How many more rows are rendered above and below.
    overscan: usize,
}

impl Viewport {
    /// The index of the first visible row.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small, not negative"
    )]
    fn first_row(self) -> usize {
        (self.top / self.row_height).max(0.0) as usize
    }

    /// Returns which of `total` rows to render. `focused` is the index of the row with the focus.
    fn rendered_rows(self, total: usize, focused: Option<usize>) -> Range<usize> {
        let first = self.first_row().min(total.saturating_sub(self.rows));
        // In steps of 4, so that not every scroll event renders.
        let from = first.saturating_sub(self.overscan) / 4 * 4;
        let to = (first + self.rows + self.overscan).next_multiple_of(4).min(total);
        match focused {
            Some(row) if row < from && from - row <= MAX_FOCUS_DISTANCE => row..to,
            Some(row) if row >= to && row - to < MAX_FOCUS_DISTANCE => from..row + 1,
            _ => from..to,
        }
    }
}

/// The scrolled container of the rows.
#[derive(Clone, Copy)]
pub struct RowWindow {
    /// The element that scrolls.
    pub container: NodeRef<html::Div>,
    viewport: RwSignal<Viewport>,
    /// The member whose row has the focus.
    focused: RwSignal<Option<MembershipId>>,
    /// Whether a pointer was pressed in this animation frame.
    pressing: StoredValue<bool>,
}

impl RowWindow {
    /// Creates the window of a list that is scrolled to the top and not measured yet.
    pub fn new() -> Self {
        // The overscan is rendered after the container is measured, so that the page is usable
        // sooner.
        let viewport = Viewport {
            top: 0.0,
            rows: DEFAULT_VISIBLE_ROWS,
            row_height: DEFAULT_ROW_HEIGHT,
            overscan: 0,
        };
        Self {
            container: NodeRef::new(),
            viewport: RwSignal::new(viewport),
            focused: RwSignal::new(None),
            pressing: StoredValue::new(false),
        }
    }

    /// Whether the container isn't at the top. Tracked.
    pub fn is_scrolled(self) -> bool {
        self.viewport.with(|viewport| viewport.top > 0.0)
    }

    /// Returns the indices of the rows to render.
    pub fn rendered_rows(self, shown: Signal<Vec<MembershipId>>) -> Signal<Range<usize>> {
        memo(move |_| {
            shown.with(|shown| {
                let focused = self.focused.get();
                let focused = focused.and_then(|id| shown.iter().position(|it| *it == id));
                self.viewport.get().rendered_rows(shown.len(), focused)
            })
        })
    }

    /// Returns the height of that many rows, in pixels. Tracked.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub fn height_of(self, rows: usize) -> f64 {
        rows as f64 * self.viewport.with(|viewport| viewport.row_height)
    }

    /// Reads the scroll offset.
    pub fn on_scroll(self) {
        if let Some(container) = self.container.get_untracked() {
            self.set_top(f64::from(container.scroll_top()));
        }
    }

    fn set_top(self, top: f64) {
        let Some(viewport) = self.viewport.try_get_untracked() else { return };
        self.set_viewport(viewport, Viewport { top, ..viewport });
    }

    /// Measures the container and the rows.
    pub fn measure(self) {
        // It is called from an animation frame, and the page may be gone by then.
        let Some(viewport) = self.viewport.try_get_untracked() else { return };
        let Some(container) = self.container.get_untracked() else { return };
        let row_height = row_height(&container).unwrap_or(viewport.row_height);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozens")]
        let rows = (f64::from(container.client_height()) / row_height).ceil().max(0.0) as usize;
        let top = f64::from(container.scroll_top());
        self.set_viewport(viewport, Viewport { top, rows, row_height, overscan: OVERSCAN });
    }

    fn set_viewport(self, before: Viewport, now: Viewport) {
        if now != before {
            self.viewport.set(now);
        }
    }

    /// Records that the row of that member got the focus.
    pub fn set_focused(self, id: MembershipId) {
        if self.focused.try_get_untracked() != Some(Some(id)) {
            self.focused.set(Some(id));
        }
    }

    /// Handles that an element of a row loses the focus. If the person didn't move it, the row was
    /// moved or removed: then the element gets it back, or else the container.
    pub fn on_focus_out(self, event: &FocusEvent) {
        let element = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if event.related_target().is_some() || self.pressing.try_get_value() == Some(true) {
            return self.clear_focused();
        }
        request_animation_frame(move || {
            if !is_focus_lost() {
                return;
            }
            if let Some(element) = element.filter(|element| element.is_connected()) {
                // It only fails for an element that can't be focused.
                drop(element.focus());
            }
            if is_focus_lost() {
                self.clear_focused();
                self.take_focus();
            }
        });
    }

    /// Records that no row has the focus.
    fn clear_focused(self) {
        if self.focused.try_get_untracked().flatten().is_some() {
            self.focused.set(None);
        }
    }

    /// Observes presses of the pointer: one beside a row moves the focus on purpose.
    pub fn track_presses(self) {
        let listener = window_event_listener(ev::pointerdown, move |_| {
            self.pressing.set_value(true);
            request_animation_frame(move || {
                let _ = self.pressing.try_set_value(false);
            });
        });
        on_cleanup(move || listener.remove());
    }

    /// Focuses the container after the next rendering, if the focused element was removed by it.
    pub fn focus_if_lost(self) {
        request_animation_frame(move || {
            if is_focus_lost() {
                self.take_focus();
            }
        });
    }

    /// Focuses the container.
    pub fn take_focus(self) {
        if let Some(container) = self.container.try_get_untracked().flatten() {
            // It only fails for an element that can't be focused.
            drop(container.focus());
        }
    }

    /// Keeps the visible rows in place when rows above them come, go or move: scrolls by as many rows
    /// as the first visible one moved.
    pub fn keep_position(self, before: &[MembershipId], now: &[MembershipId]) {
        let viewport = self.viewport.get_untracked();
        let first = viewport.first_row();
        // At the top, new rows are to be seen.
        if first == 0 {
            return;
        }
        if let Some(rows) = rows_moved(first, before, now) {
            self.scroll_to(viewport.top + rows * viewport.row_height);
        }
    }

    /// Scrolls to the top.
    pub fn scroll_to_top(self) {
        self.scroll_to(0.0);
    }

    fn scroll_to(self, top: f64) {
        self.set_top(top);
        // The rows are rendered by then, but not painted.
        request_animation_frame(move || {
            if let Some(container) = self.container.try_get_untracked().flatten() {
                #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
                container.set_scroll_top(top as i32);
            }
        });
    }
}

/// Whether no element has the focus.
fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// Returns by how many rows the first visible row moved; if it was removed, the next one that is still
/// there. None if it didn't move.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn rows_moved(first: usize, before: &[MembershipId], now: &[MembershipId]) -> Option<f64> {
    let visible = before.iter().enumerate().skip(first).take(DEFAULT_VISIBLE_ROWS * 2);
    let (was, is) =
        visible.filter_map(|(was, id)| Some((was, now.iter().position(|it| it == id)?))).next()?;
    (was != is).then_some(is as f64 - was as f64)
}

/// Returns the height of a row in pixels, from the distance of the first and the last rendered one.
fn row_height(container: &HtmlElement) -> Option<f64> {
    let row = |selector| {
        let row = container.query_selector(selector).ok()??.dyn_into::<HtmlElement>().ok()?;
        let index = row.get_attribute("aria-rowindex")?.parse::<u32>().ok()?;
        Some((f64::from(index), f64::from(row.offset_top())))
    };
    // The first and the last child stand for rows that aren't rendered.
    let (first, top) = row("tbody tr:nth-child(2)")?;
    let (last, bottom) = row("tbody tr:nth-last-child(2)")?;
    let height = (bottom - top) / (last - first);
    (height.is_finite() && height > 0.0).then_some(height)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn viewport(top: f64) -> Viewport {
        Viewport { top, rows: 16, row_height: 50.0, overscan: OVERSCAN }
    }

    fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<MembershipId> {
        numbers.into_iter().map(|number| MembershipId::from_uuid(Uuid::from_u128(number))).collect()
    }

    #[test]
    fn only_rows_near_the_viewport_are_rendered() {
        assert_eq!(viewport(0.0).rendered_rows(10_000, None), 0..28);
        let middle = viewport(250_000.0).rendered_rows(10_000, None);
        assert!(middle.contains(&5_000) && middle.contains(&5_016) && middle.len() < 50);
        assert_eq!(viewport(499_200.0).rendered_rows(10_000, None).end, 10_000);
    }

    #[test]
    fn list_shorter_than_the_scroll_offset_shows_its_end() {
        assert_eq!(viewport(250_000.0).rendered_rows(20, None), 0..20);
        assert_eq!(viewport(250_000.0).rendered_rows(0, None), 0..0);
    }

    #[test]
    fn focused_row_near_the_viewport_stays_rendered() {
        assert_eq!(viewport(5_000.0).rendered_rows(10_000, Some(40)).start, 40);
        assert_eq!(viewport(0.0).rendered_rows(10_000, Some(90)), 0..91);
        assert_eq!(viewport(0.0).rendered_rows(10_000, Some(9_000)), 0..28);
    }

    #[test]
    fn visible_rows_move_with_rows_added_and_removed_above() {
        let before = ids(0..100);
        assert_eq!(
            rows_moved(
                50,
                &before,
                &ids(200..203).into_iter().chain(ids(0..100)).collect::<Vec<_>>()
            ),
            Some(3.0)
        );
        assert_eq!(rows_moved(50, &before, &ids(2..100)), Some(-2.0));
        assert_eq!(
            rows_moved(50, &before, &ids((0..50).chain(51..100))),
            Some(-1.0),
            "the first visible row was removed"
        );
        assert_eq!(rows_moved(50, &before, &ids(0..80)), None);
    }
}
