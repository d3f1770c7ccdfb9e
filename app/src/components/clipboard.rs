//! The clipboard of the browser.

#[cfg(feature = "hydrate")]
use leptos::web_sys::HtmlDocument;
use leptos::web_sys::HtmlInputElement;

/// Selects the text of a field and copies it. Returns false if the browser refuses; then the person
/// can copy the selected text.
#[cfg(feature = "hydrate")]
pub async fn copy(field: &HtmlInputElement) -> bool {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_futures::JsFuture;

    field.select();
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    // Browsers have it in secure contexts only, which excludes HTTP on another machine.
    if clipboard.is_ok_and(|clipboard| !clipboard.is_undefined()) {
        let writing = navigator.clipboard().write_text(&field.value());
        if JsFuture::from(writing).await.is_ok() {
            return true;
        }
    }
    // The former interface copies what is selected, in any context.
    let document = document().unchecked_into::<HtmlDocument>();
    document.exec_command("copy").unwrap_or(false)
}

/// Does nothing: the server has no clipboard.
#[cfg(not(feature = "hydrate"))]
pub async fn copy(_: &HtmlInputElement) -> bool {
    false
}
