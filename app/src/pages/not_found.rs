//! Where nothing is.

use leptos::prelude::*;
use leptos_meta::Title;

use super::door::Door;
use super::path;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Door>
            <NothingHere />
        </Door>
    }
    .into_any()
}

/// What is said where nothing is, in whatever frame.
#[component]
pub fn NothingHere() -> impl IntoView {
    respond_not_found();
    view! {
        <Title text="Page not found" />
        <h1>"Page not found"</h1>
        <p class="soft">
            "There is nothing at this address, or it is not for you to see. It may have moved, or "
            "somebody mistyped it."
        </p>
        <p>
            <a class="button button--primary" href=path::HOME>
                "Go to home"
            </a>
        </p>
    }
    .into_any()
}

/// Says it in the response's status too. In the browser there is no response any more.
pub fn respond_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
}
