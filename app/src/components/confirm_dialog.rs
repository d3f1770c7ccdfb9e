//! The dialog that asks before something is deleted.

use leptos::prelude::*;

use super::{Button, ButtonVariant, Dialog, FormError, Submission};

/// Asks whether to do something that can't be undone.
#[component]
pub fn ConfirmDialog(
    /// Unique on the page.
    id: &'static str,
    open: RwSignal<bool>,
    /// The question, which names what is deleted.
    #[prop(into)]
    question: Signal<String>,
    /// Runs after confirming.
    #[prop(into)]
    consequence: Signal<String>,
    /// The text of the confirming button.
    #[prop(into)]
    confirm_label: Signal<String>,
    /// The request that confirming starts. Its error is shown in the dialog.
    submission: Submission,
    /// Called when the person confirms.
    #[prop(into)]
    confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id=id open=open title=question>
            <p class="text-muted">{consequence}</p>
            <FormError submission=submission />
            <div class="buttons buttons--end">
                <Button variant=ButtonVariant::Danger disabled=submission.pending() press=confirm>
                    {confirm_label}
                </Button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </Dialog>
    }
    .into_any()
}
