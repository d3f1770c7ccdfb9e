//! Shown if there is no organization at the address, or none that the person is a member of.

use leptos::prelude::*;

use super::context::OrganizationContext;
use crate::components::{Suspense, changing};
use crate::pages::error_page::ErrorPage;
use client::cache::memo;
use contract::ErrorCode;

/// The error page, if the query failed with [`ErrorCode::NotFound`].
#[component]
pub fn OrganizationNotFound(context: OrganizationContext) -> impl IntoView {
    view! {
        <Suspense>
            {
                let is_not_found = memo(move |_| {
                    matches!(context.query.get(), Some(Err(error)) if error.code == ErrorCode::NotFound)
                });
                changing(move || is_not_found.get().then(|| view! { <NotFoundPage /> }).into_any())
            }
        </Suspense>
    }
    .into_any()
}

/// The text doesn't say whether the organization exists, as only members may know that.
#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <ErrorPage code=ErrorCode::NotFound title="Organization not found">
            "It doesn't exist, or you're not a member. It may have been deleted, or someone may have "
            "removed you. Ask one of its admins to invite you again."
        </ErrorPage>
    }
    .into_any()
}
