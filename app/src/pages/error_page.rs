//! What is said where a page can't be had.

use leptos::prelude::*;
use leptos_meta::Title;

use super::path;
use crate::status::answer_with;
use contract::ErrorCode;

/// Stands in for a page, and leads home. Style hides what it stands in for.
#[component]
pub fn ErrorPage(
    /// Why it can't be had; the page's status says the same.
    code: ErrorCode,
    /// What to call that.
    title: &'static str,
    /// What that means, and what to do about it.
    children: Children,
) -> impl IntoView {
    answer_with(code);
    view! {
        <Title text=title />
        <div class="error-page">
            <h1>{title}</h1>
            <p class="soft">{children()}</p>
            <p>
                <a class="button button--primary" href=path::HOME>
                    "Go to home"
                </a>
            </p>
        </div>
    }
    .into_any()
}
