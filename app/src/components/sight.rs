//! Whether something on the page can be seen.

use leptos::html;
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use client::effect::effect;

/// Whether the element is in sight, or nearly. Never on the server.
pub fn in_sight(element: NodeRef<html::Div>) -> Signal<bool> {
    let seen = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    effect(move || {
        if let Some(element) = element.get() {
            browser::watch(&element, seen);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = element;
    seen.into()
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use send_wrapper::SendWrapper;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::closure::Closure;
    use web_sys::{
        Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
    };

    /// Nearly in sight: that far below the edge of the window.
    const MARGIN: &str = "400px";

    /// Watches until the current owner goes.
    pub(super) fn watch(element: &Element, seen: RwSignal<bool>) {
        let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let latest = entries.iter().last();
            if let Some(latest) =
                latest.as_ref().and_then(|it| it.dyn_ref::<IntersectionObserverEntry>())
            {
                let _ = seen.try_set(latest.is_intersecting());
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let function = callback.as_ref().unchecked_ref();
        // It only fails for a margin that can't be read.
        let Ok(observer) = IntersectionObserver::new_with_options(function, &options) else {
            return;
        };
        observer.observe(element);
        let watching = SendWrapper::new((observer, callback));
        on_cleanup(move || watching.0.disconnect());
    }
}
