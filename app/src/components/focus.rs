//! Where the keyboard is.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// Gives the focus to the element of that id once what changed is drawn: an element that moves
/// on the page loses it.
///
/// Most is drawn before the next key can be pressed, which would else be lost; what is drawn with
/// the next frame has it then.
pub fn focus_when_drawn(id: String) {
    let drawn = id.clone();
    spawn_local(async move {
        tick().await;
        focus(&drawn);
    });
    request_animation_frame(move || focus(&id));
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // It only fails for an element that can't have it.
        drop(element.focus());
    }
}
