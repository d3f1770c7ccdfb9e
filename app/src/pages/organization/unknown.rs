//! Where no organization is, or none for this person.

use leptos::prelude::*;

use super::visit::Visit;
use crate::components::{Suspense, changing};
use crate::pages::stand_in::StandIn;
use client::cache::follow;
use contract::ErrorCode;

/// Says so, and why that may be.
#[component]
pub fn Unknown(visit: Visit) -> impl IntoView {
    view! {
        <Suspense>
            {
                let unknown = follow(move |_| {
                    matches!(visit.query.get(), Some(Err(error)) if error.code == ErrorCode::NotFound)
                });
                changing(move || unknown.get().then(|| view! { <NotHere /> }).into_any())
            }
        </Suspense>
    }
    .into_any()
}

/// The same words whether there is one or not: that isn't for everybody to know.
#[component]
fn NotHere() -> impl IntoView {
    view! {
        <StandIn code=ErrorCode::NotFound title="No such organization">
            "There is none at this address, or you don't belong to it. It may have been deleted, or "
            "somebody may have removed you: then one of its admins can invite you again."
        </StandIn>
    }
    .into_any()
}
