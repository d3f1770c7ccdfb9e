//! The clipboard of the browser.

/// Puts the text on it; false where the browser refuses.
#[cfg(feature = "hydrate")]
pub async fn copy(text: &str) -> bool {
    let writing = leptos::prelude::window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(writing).await.is_ok()
}

/// There is none on a server.
#[cfg(not(feature = "hydrate"))]
pub async fn copy(_text: &str) -> bool {
    false
}
