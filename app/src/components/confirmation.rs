//! Asking before something is lost.

use leptos::prelude::*;

use super::{Button, Dialog, Look, Refusal, Submission};

/// A dialog that asks whether to go on with something that can't be taken back.
#[component]
pub fn Confirmation(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question; it names what is lost.
    #[prop(into)]
    question: Signal<String>,
    /// What happens then.
    #[prop(into)]
    consequence: Signal<String>,
    /// What the button that goes on says.
    #[prop(into)]
    go_on: Signal<String>,
    /// The request that going on starts: its problems are shown here.
    submission: Submission,
    /// Starts it.
    #[prop(into)]
    confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id=id open=open title=question>
            <p class="soft">{consequence}</p>
            <Refusal submission=submission />
            <div class="buttons buttons--end">
                <Button look=Look::Danger disabled=submission.pending() press=confirm>
                    {go_on}
                </Button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </Dialog>
    }
    .into_any()
}
