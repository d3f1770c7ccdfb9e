//! The entry of the browser: hydrates the page that the server rendered.
#![cfg(target_arch = "wasm32")]

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's script when the wasm module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
