//! The theme of this browser, as a context: every tab follows it.

use leptos::prelude::*;

use super::Theme;
#[cfg(feature = "hydrate")]
use super::tabs::Tabs;
#[cfg(feature = "hydrate")]
use client::effect::effect;

/// What is chosen now.
#[derive(Clone, Copy)]
pub struct ChosenTheme {
    theme: RwSignal<Theme>,
    #[cfg(feature = "hydrate")]
    tabs: StoredValue<Option<send_wrapper::SendWrapper<Tabs>>>,
}

impl ChosenTheme {
    /// Makes it available to all that is below, and follows what other tabs choose.
    pub fn provide() -> Self {
        let chosen = Self {
            theme: RwSignal::new(Theme::of_browser()),
            #[cfg(feature = "hydrate")]
            tabs: StoredValue::new(None),
        };
        #[cfg(feature = "hydrate")]
        chosen.follow();
        provide_context(chosen);
        chosen
    }

    /// The one of this browser.
    #[must_use]
    pub fn of_browser() -> Self {
        expect_context()
    }

    /// What it is. Tracked.
    #[must_use]
    pub fn get(self) -> Theme {
        self.theme.get()
    }

    /// Like [`get`](Self::get), for where nothing follows.
    #[must_use]
    pub fn get_untracked(self) -> Theme {
        self.theme.get_untracked()
    }

    /// Shows it in every tab, and keeps it.
    pub fn choose(self, theme: Theme) {
        theme.keep();
        self.show(theme);
        #[cfg(feature = "hydrate")]
        self.tabs.with_value(|tabs| {
            if let Some(tabs) = tabs {
                tabs.tell(theme);
            }
        });
    }

    /// Shows what the cookie says.
    #[cfg(feature = "hydrate")]
    fn look_up(self) {
        self.show_anew(Theme::of_browser());
    }

    /// Shows it, unless it is shown.
    #[cfg(feature = "hydrate")]
    fn show_anew(self, theme: Theme) {
        if self.theme.try_get_untracked().is_some_and(|shown| shown != theme) {
            self.show(theme);
        }
    }

    fn show(self, theme: Theme) {
        theme.show();
        self.theme.set(theme);
    }

    #[cfg(feature = "hydrate")]
    fn follow(self) {
        self.tabs.set_value(Tabs::open(move |theme| self.show_anew(theme)));
        effect(move || {
            // A tab that was asleep, or comes back out of the browser's history, has heard nothing.
            for event in ["visibilitychange", "pageshow"] {
                let listening = window_event_listener_untyped(event, move |_| self.look_up());
                on_cleanup(move || listening.remove());
            }
        });
    }
}
