//! Short messages about what happened, with where to go next.

use std::time::Duration;

use leptos::prelude::*;

use super::For;
use super::{Button, Glyph, Icon, Look};

/// How long a message stays.
const SHOWN_FOR: Duration = Duration::from_secs(12);

/// How many are shown at once; the oldest gives way.
const MOST_AT_ONCE: usize = 4;

/// Where to go next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the link says.
    pub text: &'static str,
    /// Where it leads.
    pub href: String,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// What happened, in a sentence.
    pub text: String,
    /// Where to go next, if anywhere.
    pub link: Option<Link>,
    /// Whether something went wrong.
    pub failed: bool,
}

impl Toast {
    /// Something went wrong.
    pub fn failure(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, failed: true }
    }
}

#[derive(Clone, Debug)]
struct Shown {
    number: u64,
    toast: Toast,
}

/// The messages on the screen, as a context.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Shown>>,
    given: StoredValue<u64>,
}

impl Toasts {
    /// Makes it available to all that is below.
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::default(), given: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    /// The one of this page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Shows a message for a while.
    pub fn show(self, toast: Toast) {
        let number = self.given.get_value();
        self.given.set_value(number + 1);
        self.shown.update(|shown| {
            shown.push(Shown { number, toast });
            let too_many = shown.len().saturating_sub(MOST_AT_ONCE);
            shown.drain(..too_many);
        });
        self.expire(number);
    }

    /// Takes it away in a while; one that nobody could see stays till somebody can.
    fn expire(self, number: u64) {
        let end = move || {
            if document().hidden() { self.expire(number) } else { self.dismiss(number) }
        };
        set_timeout(end, SHOWN_FOR);
    }

    fn dismiss(self, number: u64) {
        let _ = self.shown.try_update(|shown| shown.retain(|shown| shown.number != number));
    }
}

/// Where the messages appear. It is always on the page, so that screen readers follow it.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = Toasts::of_page();
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
fn Message(shown: Shown, toasts: Toasts) -> impl IntoView {
    let Shown { number, toast } = shown;
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
            <Button look=Look::Quiet label=Signal::stored("Dismiss".to_owned()) press=dismiss>
                <Glyph icon=Icon::Close />
            </Button>
        </div>
    }
    .into_any()
}
