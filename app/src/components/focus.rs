//! Where the keyboard is.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// Gives the focus to the element of that id once what changed is drawn: an element that moves
/// on the page loses it.
pub fn focus_when_drawn(id: String) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id);
        if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            // It only fails for an element that can't have it.
            drop(element.focus());
        }
    });
}
