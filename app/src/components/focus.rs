//! Moves the focus.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlFormElement};

/// Focuses the element with that id after the current change is rendered: an element that is moved
/// in the document loses the focus.
///
/// It tries at once, so that the next key isn't lost, and again in the next animation frame for
/// elements that are rendered then.
pub fn focus_when_rendered(id: String) {
    let first = id.clone();
    spawn_local(async move {
        tick().await;
        focus(&first);
    });
    request_animation_frame(move || focus(&id));
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // It only fails for an element that can't be focused.
        drop(element.focus());
    }
}

/// Focuses the first input of a form that was just opened.
pub fn focus_first_field(form: &HtmlFormElement) {
    // It only fails for an invalid selector, or an element that can't be focused.
    if let Ok(Some(field)) = form.query_selector("input")
        && let Some(field) = field.dyn_ref::<HtmlElement>()
    {
        drop(field.focus());
    }
}
