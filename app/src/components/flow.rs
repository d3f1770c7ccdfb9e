//! Leptos's control flow with type-erased children.
//!
//! Leptos's own components are generic over their children, so each use compiles to some kilobytes of
//! wasm. These take the same properties, but erase the types first, so that only a thin generic layer
//! is compiled per use. ADR 0011 has the figures.

#![expect(clippy::disallowed_methods, reason = "the wrappers use what they wrap")]

mod list;

use std::sync::{Arc, Mutex};

use leptos::children::ViewFn;
use leptos::prelude::*;

pub use list::For;

/// Shows its children while the condition holds, otherwise `fallback`. Either is created again only
/// when the condition changes.
#[component]
pub fn Show(
    #[prop(into)] when: Signal<bool>,
    /// Shown while the condition doesn't hold.
    #[prop(optional, into)]
    fallback: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let holds = ArcMemo::new(move |_| when.get());
    changing(move || if holds.get() { children() } else { fallback.run() })
}

/// Shows its children when the resources that they read are loaded; nothing until then.
#[component]
pub fn Suspense(children: Children) -> impl IntoView {
    view! { <leptos::suspense::Suspense>{children()}</leptos::suspense::Suspense> }.into_any()
}

/// Like [`Suspense`], but shows `fallback` until the first load, and keeps its children during later
/// ones.
#[component]
pub fn Transition(
    /// Shown until the first load.
    #[prop(optional, into)]
    fallback: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <leptos::suspense::Transition fallback=move || fallback.run()>
            {children()}
        </leptos::suspense::Transition>
    }
    .into_any()
}

/// Creates a reactive part of a view, rendered again when a signal that it read changes. `view!` does
/// the same with a closure inside it; this is for closures elsewhere.
pub fn changing(view: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let view: Arc<Mutex<dyn FnMut() -> AnyView + Send>> = Arc::new(Mutex::new(view));
    view.into_any()
}
