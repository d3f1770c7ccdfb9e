//! Whether an element is in the viewport or near it.

use leptos::html;
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use client::effect::effect;

/// Whether the element is in the viewport or near it. Always false on the server.
pub fn is_near_viewport(element: NodeRef<html::Div>) -> Signal<bool> {
    let is_near = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    effect(move || {
        if let Some(element) = element.get() {
            browser::observe(&element, is_near);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = element;
    is_near.into()
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

    /// How far outside the viewport an element may be, as a CSS length.
    const MARGIN: &str = "400px";

    /// Updates the signal until the current owner is disposed.
    pub(super) fn observe(element: &Element, is_near: RwSignal<bool>) {
        let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let latest = entries.iter().last();
            if let Some(latest) =
                latest.as_ref().and_then(|it| it.dyn_ref::<IntersectionObserverEntry>())
            {
                let _ = is_near.try_set(latest.is_intersecting());
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let function = callback.as_ref().unchecked_ref();
        // It only fails for an invalid margin.
        let Ok(observer) = IntersectionObserver::new_with_options(function, &options) else {
            return;
        };
        observer.observe(element);
        let observation = SendWrapper::new((observer, callback));
        on_cleanup(move || observation.0.disconnect());
    }
}
