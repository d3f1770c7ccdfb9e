//! A page that is shown instead of one that can't be shown.

use leptos::prelude::*;
use leptos_meta::Title;

use super::routes;
use crate::status::set_status;
use contract::ErrorCode;

/// The error with a link to home. It also sets the status of the response. Styles hide the page after
/// it.
#[component]
pub fn ErrorPage(
    /// The reason, from which the status of the response follows.
    code: ErrorCode,
    title: &'static str,
    /// The meaning of the error, and the next step.
    children: Children,
) -> impl IntoView {
    set_status(code);
    view! {
        <Title text=title />
        <div class="error-page">
            <h1>{title}</h1>
            <p class="text-muted">{children()}</p>
            <p>
                <a class="button button--primary" href=routes::HOME>
                    "Go to home"
                </a>
            </p>
        </div>
    }
    .into_any()
}
