//! What follows from a change, outside the view.

use leptos::prelude::*;

/// Runs once the page is there, and again whenever something that it read changes; in the browser
/// only, until the current component goes.
///
/// Leptos's [`Effect::new`] is generic over what is run, and each brings a task of its own to the
/// browser's code. Here they share one.
pub fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
