//! Where nothing is.

use leptos::prelude::*;

use super::door::Door;
use super::stand_in::StandIn;
use contract::ErrorCode;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Door>
            <StandIn code=ErrorCode::NotFound title="Page not found">
                "There is nothing at this address, or it is not for you to see. It may have moved, or "
                "somebody mistyped it."
            </StandIn>
        </Door>
    }
    .into_any()
}
