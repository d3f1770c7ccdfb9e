//! The entry of the browser: hydrates the page that the server rendered.
#![cfg(target_arch = "wasm32")]

#[cfg(feature = "split")]
mod parts;

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's script when the wasm module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(not(feature = "split"))]
    leptos::mount::hydrate_body(App);
    #[cfg(feature = "split")]
    parts::hydrate(App);
}
