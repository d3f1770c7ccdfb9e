//! Hydrating when not all of the code is there.

use std::time::Duration;

use app::pages::apart;
use leptos::mount::hydrate_body;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// How long the parts that the first page doesn't need are left alone: it has other things to do.
const REST: Duration = Duration::from_secs(10);

/// How long to wait before asking again for what didn't come.
const RETRY: Duration = Duration::from_secs(3);

/// Hydrates the page once its code is there: what the server rendered stays as it is till then.
/// The other parts follow, so that every page opens at once, also without a network.
pub fn hydrate<View: IntoView + 'static>(page: fn() -> View) {
    spawn_local(async move {
        let path = window().location().pathname().unwrap_or_default();
        if apart::load(&path).await.is_err() {
            return set_timeout(move || hydrate(page), RETRY);
        }
        hydrate_body(page);
        set_timeout(load_the_rest, REST);
    });
}

fn load_the_rest() {
    spawn_local(async {
        // Whoever needs a part that didn't come asks for it again.
        drop(apart::load_all().await);
    });
}
