//! The texts of error pages: the one source for the pages of the app, for those that the server renders
//! itself, and for the one that the service worker shows without a network (`server/src/error_page.rs`
//! renders both).

use contract::ErrorCode;

/// The texts of an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The sentence about the failure.
    pub title: &'static str,
    /// The meaning of the error, and the next step.
    pub message: &'static str,
}

impl ErrorText {
    /// Returns the texts for that code.
    #[must_use]
    pub const fn for_code(code: ErrorCode) -> Self {
        let (title, message) = match code {
            ErrorCode::Unreachable => (
                "Can't reach Tributary",
                "Check your internet connection. This page will load when you're back online.",
            ),
            ErrorCode::TooMany => (
                "Too many requests",
                "You, or someone on your network, did this too often in a short time. Wait a moment. \
                 This page will try again automatically.",
            ),
            ErrorCode::Unavailable => (
                "Tributary is temporarily unavailable",
                "Your saved changes are safe. This page will load when Tributary is back.",
            ),
            ErrorCode::NotFound => (
                "Page not found",
                "This page doesn't exist, or you don't have access to it. Check the address and try \
                 again.",
            ),
            ErrorCode::NotSignedIn => ("You're not signed in", "Sign in to continue."),
            ErrorCode::Forbidden | ErrorCode::CrossSite => (
                "You don't have access to this page",
                "Go back to your home page, or ask an admin to give you access.",
            ),
            ErrorCode::Internal => (
                "Something went wrong",
                "Your saved changes are safe. This page will try again automatically. If the problem \
                 continues, send the request ID to the people who run Tributary for you.",
            ),
            _ => ("That didn't work", "Go back and try again."),
        };
        Self { title, message }
    }
}
