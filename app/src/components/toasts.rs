//! Toasts: short messages about what happened, with a link.

use std::time::Duration;

use leptos::prelude::*;

use super::{Button, ButtonVariant, For, Glyph, Icon};

/// How long a toast is shown.
const TOAST_DURATION: Duration = Duration::from_secs(12);

/// How many toasts are shown at once. The oldest is removed for a new one.
const MAX_TOASTS: usize = 4;

/// The link of a toast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub text: &'static str,
    pub href: String,
}

/// A toast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// A sentence about the event.
    pub text: String,
    /// The next step, if there is one.
    pub link: Option<Link>,
    /// Whether it is about a failure.
    pub failed: bool,
}

impl Toast {
    /// Creates a toast about a failure, without a link.
    pub fn failure(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, failed: true }
    }
}

#[derive(Clone, Debug)]
struct NumberedToast {
    number: u64,
    toast: Toast,
}

/// The toasts on the page, as a context.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<NumberedToast>>,
    next_number: StoredValue<u64>,
}

impl Toasts {
    /// Provides the context to the components below.
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::default(), next_number: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Shows a toast for a while.
    pub fn show(self, toast: Toast) {
        let number = self.next_number.get_value();
        self.next_number.set_value(number + 1);
        self.shown.update(|shown| {
            shown.push(NumberedToast { number, toast });
            let too_many = shown.len().saturating_sub(MAX_TOASTS);
            shown.drain(..too_many);
        });
        self.dismiss_later(number);
    }

    /// Removes the toast after a while. If the tab is hidden then, it waits again.
    fn dismiss_later(self, number: u64) {
        let end = move || {
            if document().hidden() { self.dismiss_later(number) } else { self.dismiss(number) }
        };
        set_timeout(end, TOAST_DURATION);
    }

    fn dismiss(self, number: u64) {
        let _ = self.shown.try_update(|shown| shown.retain(|shown| shown.number != number));
    }
}

/// The region with the toasts. It is always in the document, so that screen readers announce its
/// changes.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = Toasts::from_context();
    view! {
        <div class="toaster" role="status" aria-label="Notifications">
            <For each=move || toasts.shown.get() key=|shown| shown.number let(shown)>
                <Message shown toasts />
            </For>
        </div>
    }
    .into_any()
}

#[component]
fn Message(shown: NumberedToast, toasts: Toasts) -> impl IntoView {
    let NumberedToast { number, toast } = shown;
    let dismiss = move |()| toasts.dismiss(number);
    view! {
        <div class=if toast.failed { "toast toast--bad" } else { "toast" }>
            <p class="toast__text">
                {toast.text} " "
                {toast
                    .link
                    .map(|link| {
                        view! {
                            <a href=link.href on:click=move |_| dismiss(())>
                                {link.text}
                            </a>
                        }
                    })}
            </p>
            <Button variant=ButtonVariant::Quiet label=Signal::stored("Dismiss".to_owned()) press=dismiss>
                <Glyph icon=Icon::Close />
            </Button>
        </div>
    }
    .into_any()
}
