//! Leptos's control flow, made once for all pages.
//!
//! Leptos's own components are generic over what is in them, so each place that uses one brings
//! some kilobytes of code to the browser. These take the same properties, and forget early what
//! they show: only a thin layer is made for each place.

#![expect(clippy::disallowed_methods, reason = "here they are made for all")]

mod list;

use std::sync::{Arc, Mutex};

use leptos::children::ViewFn;
use leptos::prelude::*;

pub use list::For;

/// Shows its children while a condition holds, else `fallback`. What is shown is made anew only
/// when that changes.
#[component]
pub fn Show(
    /// The condition.
    #[prop(into)]
    when: Signal<bool>,
    /// What is shown while it doesn't hold.
    #[prop(optional, into)]
    fallback: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let holds = ArcMemo::new(move |_| when.get());
    changing(move || if holds.get() { children() } else { fallback.run() })
}

/// Shows its children once what they read is there; nothing until then.
#[component]
pub fn Suspense(children: Children) -> impl IntoView {
    view! { <leptos::suspense::Suspense>{children()}</leptos::suspense::Suspense> }.into_any()
}

/// Like [`Suspense`], but keeps showing what was there while it is read again, and `fallback`
/// before.
#[component]
pub fn Transition(
    /// What is shown at first.
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

/// A part of a view that changes, whose content is made again with what it read. For where it isn't
/// a closure right inside of `view!`, which makes the same of it.
pub fn changing(view: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let view: Arc<Mutex<dyn FnMut() -> AnyView + Send>> = Arc::new(Mutex::new(view));
    view.into_any()
}
