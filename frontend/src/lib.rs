//! The entry point of the browser: hydrates the page that the server has rendered.
#![cfg(target_arch = "wasm32")]

#[cfg(feature = "split")]
mod chunks;

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page. The page's script calls it once, when the wasm module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(not(feature = "split"))]
    leptos::mount::hydrate_body(App);
    #[cfg(feature = "split")]
    chunks::hydrate(App);
}
