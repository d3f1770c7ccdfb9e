//! Where nothing is.

use leptos::prelude::*;

use super::door::Door;
use super::stand_in::StandIn;
use crate::contract::ErrorCode;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Door>
            <StandIn code=ErrorCode::NotFound title="Page not found">
                "This page doesn't exist, or you don't have access to it. Check the address and try "
                "again."
            </StandIn>
        </Door>
    }
    .into_any()
}
