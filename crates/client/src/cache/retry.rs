//! When to try again what couldn't be read.

#[cfg(feature = "hydrate")]
use std::time::Duration;

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// How long to wait while there is a network.
#[cfg(feature = "hydrate")]
const PAUSE: Duration = Duration::from_secs(3);

/// Calls `again` after a while; without a network, once there is one again. Never on a server: what
/// it can't read, the browser reads.
#[cfg(feature = "hydrate")]
pub fn later(again: impl Fn() + 'static) {
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::closure::Closure;

    if window().navigator().on_line() {
        return set_timeout(again, PAUSE);
    }
    let online = Closure::once_into_js(again);
    let options = web_sys::AddEventListenerOptions::new();
    options.set_once(true);
    // It only fails for a callback that isn't a function.
    drop(window().add_event_listener_with_callback_and_add_event_listener_options(
        "online",
        online.unchecked_ref(),
        &options,
    ));
}

/// See above.
#[cfg(not(feature = "hydrate"))]
pub fn later(_: impl Fn() + 'static) {}
