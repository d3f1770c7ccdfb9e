//! Icons: line drawings of 16 by 16 pixels.

use leptos::prelude::*;

/// The available icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Archive.
    Archive,
    /// Not muted.
    Bell,
    /// Dismiss.
    Close,
    /// Move down.
    Down,
    /// A handle to drag.
    Grip,
    /// The home page.
    Home,
    /// Open the menu.
    Menu,
    /// Muted.
    Muted,
    /// Add.
    Plus,
    /// The system page.
    Pulse,
    /// Restore from the archive.
    Restore,
    /// The product: streams that join.
    Tributary,
    /// Move up.
    Up,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Archive => "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3",
            Self::Bell => "M4 11V7a4 4 0 0 1 8 0v4l1 1.5H3zM6.75 14h2.5",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Down => "M4 6.5l4 4 4-4",
            Self::Grip => "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
            Self::Home => "M2.5 7.5L8 2.5l5.5 5M4 6.5v7h8v-7",
            Self::Menu => "M2.5 4h11M2.5 8h11M2.5 12h11",
            Self::Muted => "M4 9V7a4 4 0 0 1 6.5-3.1M12 7v4l1 1.5H5.5M6.75 14h2.5M2.5 2.5l11 11",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Pulse => "M1.5 8h3l2-4.5 3 9 2-4.5h3",
            Self::Restore => "M2.5 3h11v3h-11zM3.5 6v7h9V6M8 11.5v-4M6.25 9L8 7.25 9.75 9",
            Self::Tributary => "M8 2v12M3.5 3c0 4 4.5 3.5 4.5 7M12.5 3c0 3-4.5 3-4.5 5",
            Self::Up => "M4 9.5l4-4 4 4",
        }
    }
}

/// An icon. It is hidden from screen readers, as a text beside it says the same.
#[component]
pub fn Glyph(icon: Icon) -> impl IntoView {
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
