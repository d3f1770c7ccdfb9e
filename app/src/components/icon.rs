//! Line drawings of 16 by 16.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Make it go away.
    Close,
    /// Where everything begins.
    Home,
    /// Three lines: there is a menu.
    Menu,
    /// Add something.
    Plus,
    /// Streams that become one: the product itself.
    Tributary,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Home => "M2.5 7.5L8 2.5l5.5 5M4 6.5v7h8v-7",
            Self::Menu => "M2.5 4h11M2.5 8h11M2.5 12h11",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Tributary => "M8 2v12M3.5 3c0 4 4.5 3.5 4.5 7M12.5 3c0 3-4.5 3-4.5 5",
        }
    }
}

/// A drawing beside text that says the same, so it isn't read out.
#[component]
pub fn Glyph(
    /// What is drawn.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg
            width="16"
            height="16"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=icon.path() />
        </svg>
    }
    .into_any()
}
