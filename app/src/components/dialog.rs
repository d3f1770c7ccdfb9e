//! A modal dialog.

use leptos::html;
use leptos::prelude::*;

use super::Show;
use client::effect::effect;

/// A modal dialog with a title. Its content is created each time it opens.
#[component]
pub fn Dialog(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is open. Escape and a click outside close it.
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// Whether it is wider, for more than a question.
    #[prop(optional)]
    wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            // It only fails for a dialog that isn't in the document.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let title_id = format!("{id}-title");
    view! {
        <dialog
            id=id
            class=if wide { "dialog dialog--wide" } else { "dialog" }
            aria-labelledby=title_id
            closedby="any"
            node_ref=dialog
            on:close=move |_| open.set(false)
        >
            <h2 id=title_id.clone() class="dialog__title">
                {title}
            </h2>
            <div class="dialog__body">
                <Show when=open>{children()}</Show>
            </div>
        </dialog>
    }
    .into_any()
}
