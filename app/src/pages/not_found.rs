//! Where nothing is.

use leptos::prelude::*;
use leptos_meta::Title;

use super::door::Door;
use super::path;
use crate::contract::ErrorCode;
use crate::status::answer_with;

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

/// What is said where nothing is.
#[component]
fn NothingHere() -> impl IntoView {
    answer_with(ErrorCode::NotFound);
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
