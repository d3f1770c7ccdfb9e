//! Where no organization is, or none for this person.

use crate::pages::error_page::ErrorPage;
use leptos::prelude::*;

use super::visit::Visit;
use crate::components::{Suspense, changing};
use client::cache::ssr_memo;
use contract::ErrorCode;

/// Says so, and why that may be.
#[component]
pub fn Unknown(visit: Visit) -> impl IntoView {
    view! {
        <Suspense>
            {
                let unknown = ssr_memo(move |_| {
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
        <ErrorPage code=ErrorCode::NotFound title="Organization not found">
            "It doesn't exist, or you're not a member. It may have been deleted, or someone may have "
            "removed you. Ask one of its admins to invite you again."
        </ErrorPage>
    }
    .into_any()
}
