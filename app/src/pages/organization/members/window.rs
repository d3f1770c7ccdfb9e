//! The rows near what is in sight: only they are drawn, however many there are.

use std::ops::Range;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{FocusEvent, HtmlElement};
use leptos::{ev, html};

use client::cache::ssr_memo;
use contract::MembershipId;

/// How many rows fit into sight, until that is measured.
const IN_SIGHT: usize = 12;

/// How many rows are drawn beyond either edge, so that scrolling and the tab key find some there.
const MARGIN: usize = 10;

/// How far away the row with the focus may be and still be drawn.
const FOCUS_REACH: usize = 200;

/// How high a row is, until that is measured: as in `style/pages/members.css`.
const ROW_HEIGHT: f64 = 57.0;

/// What is in sight of a frame that scrolls.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sight {
    /// How far it is scrolled.
    top: f64,
    /// How many rows fit.
    rows: usize,
    /// How high one of them is.
    row_height: f64,
    /// How many more are drawn beyond either edge.
    margin: usize,
}

impl Sight {
    /// The first row in sight.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small, not negative"
    )]
    fn first(self) -> usize {
        (self.top / self.row_height).max(0.0) as usize
    }

    /// Which of `total` rows to draw, where one of them has the focus.
    fn drawn(self, total: usize, focused: Option<usize>) -> Range<usize> {
        let first = self.first().min(total.saturating_sub(self.rows));
        // In steps, so that not every turn of the wheel draws.
        let from = first.saturating_sub(self.margin) / 4 * 4;
        let to = (first + self.rows + self.margin).next_multiple_of(4).min(total);
        match focused {
            Some(row) if row < from && from - row <= FOCUS_REACH => row..to,
            Some(row) if row >= to && row - to < FOCUS_REACH => from..row + 1,
            _ => from..to,
        }
    }
}

/// A frame that scrolls over rows.
#[derive(Clone, Copy)]
pub struct Window {
    /// The frame's element.
    pub frame: NodeRef<html::Div>,
    sight: RwSignal<Sight>,
    focused: RwSignal<Option<MembershipId>>,
    /// Whether something was pressed just now.
    pressing: StoredValue<bool>,
}

impl Window {
    /// At the top.
    pub fn new() -> Self {
        // What is beyond follows when the frame is measured: the page is to be usable before.
        let sight = Sight { top: 0.0, rows: IN_SIGHT, row_height: ROW_HEIGHT, margin: 0 };
        Self {
            frame: NodeRef::new(),
            sight: RwSignal::new(sight),
            focused: RwSignal::new(None),
            pressing: StoredValue::new(false),
        }
    }

    /// Whether somebody looks beyond the first rows. Tracked.
    pub fn is_scrolled(self) -> bool {
        self.sight.with(|sight| sight.top > 0.0)
    }

    /// Which of those rows to draw.
    pub fn drawn(self, shown: Signal<Vec<MembershipId>>) -> Signal<Range<usize>> {
        ssr_memo(move |_| {
            shown.with(|shown| {
                let focused = self.focused.get();
                let focused = focused.and_then(|id| shown.iter().position(|it| *it == id));
                self.sight.get().drawn(shown.len(), focused)
            })
        })
    }

    /// How high so many rows are. Tracked.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub fn height_of(self, rows: usize) -> f64 {
        rows as f64 * self.sight.with(|sight| sight.row_height)
    }

    /// Looks again at where the frame is scrolled to.
    pub fn scrolled(self) {
        if let Some(frame) = self.frame.get_untracked() {
            self.look(f64::from(frame.scroll_top()));
        }
    }

    fn look(self, top: f64) {
        let Some(sight) = self.sight.try_get_untracked() else { return };
        self.see(sight, Sight { top, ..sight });
    }

    /// Measures frame and rows.
    pub fn measure(self) {
        // It is called after a moment, and the page may be gone by then.
        let Some(sight) = self.sight.try_get_untracked() else { return };
        let Some(frame) = self.frame.get_untracked() else { return };
        let row_height = row_height(&frame).unwrap_or(sight.row_height);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozens")]
        let rows = (f64::from(frame.client_height()) / row_height).ceil().max(0.0) as usize;
        let top = f64::from(frame.scroll_top());
        self.see(sight, Sight { top, rows, row_height, margin: MARGIN });
    }

    fn see(self, before: Sight, now: Sight) {
        if now != before {
            self.sight.set(now);
        }
    }

    /// The row of that member got the focus.
    pub fn focus(self, id: MembershipId) {
        if self.focused.try_get_untracked() != Some(Some(id)) {
            self.focused.set(Some(id));
        }
    }

    /// The focus leaves its row. When nobody sent it away, but the row moved or went, it comes back.
    pub fn left(self, event: &FocusEvent) {
        let left = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if event.related_target().is_some() || self.pressing.try_get_value() == Some(true) {
            return self.blur();
        }
        request_animation_frame(move || {
            if !is_focus_lost() {
                return;
            }
            if let Some(left) = left.filter(|left| left.is_connected()) {
                // It only fails for an element that can't have it.
                drop(left.focus());
            }
            if is_focus_lost() {
                self.blur();
                self.take_focus();
            }
        });
    }

    /// No row has the focus any more.
    fn blur(self) {
        if self.focused.try_get_untracked().flatten().is_some() {
            self.focused.set(None);
        }
    }

    /// Whoever presses beside a row takes the focus away from it.
    pub fn follow_presses(self) {
        let pressed = window_event_listener(ev::pointerdown, move |_| {
            self.pressing.set_value(true);
            request_animation_frame(move || {
                let _ = self.pressing.try_set_value(false);
            });
        });
        on_cleanup(move || pressed.remove());
    }

    /// Takes the focus once what changed is drawn, if it was lost with that.
    pub fn catch_focus(self) {
        request_animation_frame(move || {
            if is_focus_lost() {
                self.take_focus();
            }
        });
    }

    /// Takes the focus.
    pub fn take_focus(self) {
        if let Some(frame) = self.frame.try_get_untracked().flatten() {
            // It only fails for an element that can't have it.
            drop(frame.focus());
        }
    }

    /// Keeps what is in sight where it is, when other rows come, go or move.
    pub fn hold(self, before: &[MembershipId], now: &[MembershipId]) {
        let sight = self.sight.get_untracked();
        let first = sight.first();
        // Whoever is at the top sees what comes there.
        if first == 0 {
            return;
        }
        if let Some(rows) = rows_moved(first, before, now) {
            self.scroll(sight.top + rows * sight.row_height);
        }
    }

    /// Goes to the top, for another list.
    pub fn rewind(self) {
        self.scroll(0.0);
    }

    fn scroll(self, top: f64) {
        self.look(top);
        // Before it is painted, but when the rows are drawn.
        request_animation_frame(move || {
            if let Some(frame) = self.frame.try_get_untracked().flatten() {
                #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
                frame.set_scroll_top(top as i32);
            }
        });
    }
}

/// Whether no element has it.
fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// By how many rows the first one moved that is still there.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn rows_moved(first: usize, before: &[MembershipId], now: &[MembershipId]) -> Option<f64> {
    let in_sight = before.iter().enumerate().skip(first).take(IN_SIGHT * 2);
    let (was, is) =
        in_sight.filter_map(|(was, id)| Some((was, now.iter().position(|it| it == id)?))).next()?;
    (was != is).then_some(is as f64 - was as f64)
}

/// The distance between two rows, of those that are drawn.
fn row_height(frame: &HtmlElement) -> Option<f64> {
    let row = |selector| {
        let row = frame.query_selector(selector).ok()??.dyn_into::<HtmlElement>().ok()?;
        let index = row.get_attribute("aria-rowindex")?.parse::<u32>().ok()?;
        Some((f64::from(index), f64::from(row.offset_top())))
    };
    // The first and the last child are gaps.
    let (first, top) = row("tbody tr:nth-child(2)")?;
    let (last, bottom) = row("tbody tr:nth-last-child(2)")?;
    let height = (bottom - top) / (last - first);
    (height.is_finite() && height > 0.0).then_some(height)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sight(top: f64) -> Sight {
        Sight { top, rows: 16, row_height: 50.0, margin: MARGIN }
    }

    fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<MembershipId> {
        numbers.into_iter().map(|number| MembershipId::from_uuid(Uuid::from_u128(number))).collect()
    }

    #[test]
    fn only_rows_near_the_sight_are_drawn() {
        assert_eq!(sight(0.0).drawn(10_000, None), 0..28);
        let middle = sight(250_000.0).drawn(10_000, None);
        assert!(middle.contains(&5_000) && middle.contains(&5_016) && middle.len() < 50);
        assert_eq!(sight(499_200.0).drawn(10_000, None).end, 10_000);
    }

    #[test]
    fn a_list_that_got_shorter_than_it_is_scrolled_shows_its_end() {
        assert_eq!(sight(250_000.0).drawn(20, None), 0..20);
        assert_eq!(sight(250_000.0).drawn(0, None), 0..0);
    }

    #[test]
    fn the_row_with_the_focus_stays_drawn_when_it_is_scrolled_away_a_little() {
        assert_eq!(sight(5_000.0).drawn(10_000, Some(40)).start, 40);
        assert_eq!(sight(0.0).drawn(10_000, Some(90)), 0..91);
        assert_eq!(sight(0.0).drawn(10_000, Some(9_000)), 0..28);
    }

    #[test]
    fn what_is_in_sight_moves_with_what_comes_and_goes_above() {
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
            "the first itself went"
        );
        assert_eq!(rows_moved(50, &before, &ids(0..80)), None);
    }
}
