//! The theme of this browser as a context, the same in all tabs.

use leptos::prelude::*;

use super::Theme;
#[cfg(feature = "hydrate")]
use super::channel::ThemeChannel;
#[cfg(feature = "hydrate")]
use client::effect::effect;

/// The current theme.
#[derive(Clone, Copy)]
pub struct ThemeContext {
    theme: RwSignal<Theme>,
    #[cfg(feature = "hydrate")]
    channel: StoredValue<Option<send_wrapper::SendWrapper<ThemeChannel>>>,
}

impl ThemeContext {
    /// Provides the context to the components below, and listens to changes in other tabs.
    pub fn provide() -> Self {
        let context = Self {
            theme: RwSignal::new(Theme::from_cookie()),
            #[cfg(feature = "hydrate")]
            channel: StoredValue::new(None),
        };
        #[cfg(feature = "hydrate")]
        context.listen();
        provide_context(context);
        context
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Returns the current theme. Tracked.
    #[must_use]
    pub fn get(self) -> Theme {
        self.theme.get()
    }

    /// Like [`get`](Self::get), untracked.
    #[must_use]
    pub fn get_untracked(self) -> Theme {
        self.theme.get_untracked()
    }

    /// Changes the theme in all tabs and saves it.
    pub fn set(self, theme: Theme) {
        theme.save();
        self.apply(theme);
        #[cfg(feature = "hydrate")]
        self.channel.with_value(|channel| {
            if let Some(channel) = channel {
                channel.broadcast(theme);
            }
        });
    }

    fn apply(self, theme: Theme) {
        theme.apply();
        self.theme.set(theme);
    }

    #[cfg(feature = "hydrate")]
    fn apply_if_changed(self, theme: Theme) {
        if self.theme.try_get_untracked().is_some_and(|current| current != theme) {
            self.apply(theme);
        }
    }

    #[cfg(feature = "hydrate")]
    fn listen(self) {
        self.channel.set_value(ThemeChannel::open(move |theme| self.apply_if_changed(theme)));
        effect(move || {
            // A tab that was suspended, or is restored from the history, has missed messages.
            for event in ["visibilitychange", "pageshow"] {
                let listener = window_event_listener_untyped(event, move |_| {
                    self.apply_if_changed(Theme::from_cookie());
                });
                on_cleanup(move || listener.remove());
            }
        });
    }
}
