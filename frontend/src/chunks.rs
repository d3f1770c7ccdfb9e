//! Hydrates the page when its code is split into chunks.

use std::time::Duration;

use app::pages::lazy;
use leptos::mount::hydrate_body;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// When the chunks that the first page doesn't need are loaded, so that they don't slow it down.
const PREFETCH_DELAY: Duration = Duration::from_secs(10);

/// How long to wait after a failed attempt to load the page's chunk.
const RETRY_DELAY: Duration = Duration::from_secs(3);

/// Hydrates the page after its chunk is loaded; until then, what the server rendered stays as it is.
/// Then prefetches the other chunks, so that every page opens at once, also without a network.
pub fn hydrate<View: IntoView + 'static>(page: fn() -> View) {
    spawn_local(async move {
        let path = window().location().pathname().unwrap_or_default();
        if lazy::load_for_path(&path).await.is_err() {
            return set_timeout(move || hydrate(page), RETRY_DELAY);
        }
        hydrate_body(page);
        set_timeout(prefetch, PREFETCH_DELAY);
    });
}

fn prefetch() {
    spawn_local(async {
        // A chunk that failed is loaded again when it is needed.
        drop(lazy::load_all().await);
    });
}
