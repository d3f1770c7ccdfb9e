//! Side effects of signals.

use leptos::prelude::*;

/// Runs `run` once the page is mounted, and again whenever a signal that it read changes, until the
/// current component is disposed of. In the browser only.
///
/// Leptos's [`Effect::new`] is generic over the closure, and each closure adds a task of its own to
/// the browser's code. Boxed closures share one.
pub fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
