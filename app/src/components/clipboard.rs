//! The clipboard of the browser.

/// Copies the text. Returns false if the browser refuses.
#[cfg(feature = "hydrate")]
pub async fn copy(text: &str) -> bool {
    let writing = leptos::prelude::window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(writing).await.is_ok()
}

/// The server has no clipboard.
#[cfg(not(feature = "hydrate"))]
pub async fn copy(_text: &str) -> bool {
    false
}
