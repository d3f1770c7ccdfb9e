//! Hydration of a release build, whose code is split into chunks.

use std::time::Duration;

use app::pages::lazy;
use client::retry::{self, Backoff};
use leptos::mount::hydrate_body;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// When to load the chunks that the first page doesn't need. Earlier they would compete with it for
/// the network and the CPU.
const LOAD_REMAINING_AFTER: Duration = Duration::from_secs(10);

/// Loads the chunk of the current page, then hydrates the page. Until then the page stays as the
/// server has rendered it. The other chunks are loaded later, so that every page opens at once, also
/// without a network.
pub fn hydrate<View: IntoView + 'static>(page: fn() -> View) {
    hydrate_with_retries(page, Backoff::interactive());
}

fn hydrate_with_retries<View: IntoView + 'static>(page: fn() -> View, mut backoff: Backoff) {
    spawn_local(async move {
        let path = window().location().pathname().unwrap_or_default();
        if lazy::load_for_path(&path).await.is_err() {
            let delay = backoff.next_delay();
            return retry::schedule(delay, move || hydrate_with_retries(page, backoff));
        }
        hydrate_body(page);
        set_timeout(load_remaining, LOAD_REMAINING_AFTER);
    });
}

fn load_remaining() {
    spawn_local(async {
        // An error is ignored: a page whose chunk is missing loads it again.
        drop(lazy::load_all().await);
    });
}
