//! A tooltip with the full date, time and zone of the time that is hovered or focused.

use leptos::html;
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use client::effect::effect;

/// The id that a time refers to by `aria-describedby`.
const ID: &str = "time-tooltip";

/// One tooltip for all times of the page, so that the times of a long list need no elements and
/// listeners of their own. As WCAG 1.4.13 requires, it can be hovered, stays until the pointer or the
/// focus leaves, and Escape hides it. Its text is formatted when it is shown.
#[component]
pub fn TimeTooltip() -> impl IntoView {
    let tooltip = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    effect(move || {
        if let Some(tooltip) = tooltip.get() {
            browser::attach(&tooltip);
        }
    });
    view! { <div id=ID class="time-tooltip" role="tooltip" hidden node_ref=tooltip></div> }
        .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::ev;
    use leptos::prelude::{document, on_cleanup, window, window_event_listener};
    use wasm_bindgen::JsCast as _;
    use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

    use super::ID;
    use crate::clock::full;

    /// The distance from the time, in pixels.
    const GAP: f64 = 6.0;

    /// Adds the listeners, until the current owner is disposed.
    pub(super) fn attach(tooltip: &HtmlElement) {
        let pointed = {
            let tooltip = tooltip.clone();
            move |event: &Event| match time_at(event) {
                Some(time) => show(&tooltip, &time),
                None if is_in(event, &tooltip) => {}
                None => hide(&tooltip),
            }
        };
        let focused = {
            let tooltip = tooltip.clone();
            move |event: &Event| match time_at(event) {
                Some(time) => show(&tooltip, &time),
                None => hide(&tooltip),
            }
        };
        let left = {
            let tooltip = tooltip.clone();
            move |_: &Event| hide(&tooltip)
        };
        let (scrolled, turned) = (left.clone(), left.clone());
        let pressed = {
            let tooltip = tooltip.clone();
            move |event: &KeyboardEvent| match &*event.key() {
                "Escape" => hide(&tooltip),
                key => {
                    if let Some(time) = time_at(event).and_then(|time| neighbour(&time, key)) {
                        event.prevent_default();
                        // It only fails for an element that can't be focused.
                        drop(time.focus());
                    }
                }
            }
        };
        let listeners = [
            window_event_listener(ev::pointerover, move |event| pointed(&event)),
            window_event_listener(ev::focusin, move |event| focused(&event)),
            window_event_listener(ev::focusout, move |event| left(&event)),
            window_event_listener(ev::wheel, move |event| turned(&event)),
            window_event_listener(ev::scroll, move |event| scrolled(&event)),
            window_event_listener(ev::keydown, move |event| pressed(&event)),
        ];
        on_cleanup(move || {
            for listener in listeners {
                listener.remove();
            }
        });
    }

    fn target(event: &Event) -> Option<Element> {
        event.target()?.dyn_into().ok()
    }

    fn time_at(event: &Event) -> Option<HtmlElement> {
        target(event)?.closest("time.time").ok()??.dyn_into().ok()
    }

    fn is_in(event: &Event, tooltip: &HtmlElement) -> bool {
        target(event).is_some_and(|target| tooltip.contains(Some(&target)))
    }

    fn show(tooltip: &HtmlElement, time: &HtmlElement) {
        hide(tooltip);
        tooltip.set_text_content(Some(&full(&time.get_attribute("datetime").unwrap_or_default())));
        tooltip.set_hidden(false);
        // It only fails for an invalid name.
        drop(time.set_attribute("aria-describedby", ID));
        let (its, own) = (time.get_bounding_client_rect(), tooltip.get_bounding_client_rect());
        let widest = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(0.0);
        let left = its.left() + (its.width() - own.width()) / 2.0;
        let left = left.min(widest - own.width() - GAP).max(GAP);
        // Below, so that it doesn't cover the text beside the time.
        let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(0.0);
        let below = its.bottom() + GAP;
        let fits = below + own.height() <= height;
        let top = if fits { below } else { its.top() - own.height() - GAP };
        for (property, pixels) in [("left", left), ("top", top)] {
            #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
            let pixels = format!("{}px", pixels.round() as i64);
            // It only fails for a read-only property.
            drop(tooltip.style().set_property(property, &pixels));
        }
    }

    fn hide(tooltip: &HtmlElement) {
        if tooltip.hidden() {
            return;
        }
        tooltip.set_hidden(true);
        let described = document().query_selector(&format!("[aria-describedby={ID}]"));
        if let Ok(Some(time)) = described {
            // It only fails for an invalid name.
            drop(time.remove_attribute("aria-describedby"));
        }
    }

    /// Returns the time of the same list that the key moves to.
    fn neighbour(time: &HtmlElement, key: &str) -> Option<HtmlElement> {
        let list = time.closest("ol, ul, table").ok()??;
        let times = list.query_selector_all("time.time").ok()?;
        let length = times.length();
        let here = (0..length)
            .find(|index| times.item(*index).is_some_and(|node| node.is_same_node(Some(time))))?;
        let there = match key {
            "ArrowDown" | "ArrowRight" => (here + 1).min(length - 1),
            "ArrowUp" | "ArrowLeft" => here.saturating_sub(1),
            "Home" => 0,
            "End" => length - 1,
            _ => return None,
        };
        times.item(there)?.dyn_into().ok()
    }
}
