//! Asks before text that isn't saved is discarded.

use leptos::html;
use leptos::prelude::*;

use crate::components::{Button, ButtonVariant, Show};

/// Shows the question instead of the buttons while `asking`.
#[component]
pub fn DiscardQuestion(
    asking: RwSignal<bool>,
    discard: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Show when=asking fallback=move || children()>
            <Question asking discard />
        </Show>
    }
    .into_any()
}

#[component]
fn Question(asking: RwSignal<bool>, discard: Callback<()>) -> impl IntoView {
    let question = NodeRef::<html::Div>::new();
    question.on_load(|question| {
        // It only fails for an element that can't be focused.
        drop(question.focus());
    });
    view! {
        <div
            class="buttons"
            role="group"
            aria-label="Discard your changes?"
            tabindex="-1"
            node_ref=question
        >
            <span>"Discard your changes?"</span>
            <Button variant=ButtonVariant::Danger press=discard>
                "Discard"
            </Button>
            <Button press=move |()| asking.set(false)>"Keep editing"</Button>
        </div>
    }
    .into_any()
}
