//! The entry point in the browser: hydrates the page that the server rendered.
#![cfg(target_arch = "wasm32")]

#[cfg(feature = "split")]
mod chunks;

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the script of the page, after the wasm is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(not(feature = "split"))]
    leptos::mount::hydrate_body(App);
    #[cfg(feature = "split")]
    chunks::hydrate(App);
}
