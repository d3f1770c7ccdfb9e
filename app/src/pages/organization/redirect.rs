//! Redirects when the organization's address changed, or the person left it.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use super::context::OrganizationContext;
use crate::components::{ReplaceUrl, Suspense, changing};
use crate::pages::routes;
use client::cache::memo;

/// Redirects to the organization's current address; home if the person is no longer a member.
#[component]
pub fn OrganizationRedirect(context: OrganizationContext) -> impl IntoView {
    let location = use_location();
    let target = move || {
        if context.has_left() {
            return Some(routes::HOME.to_owned());
        }
        let slug = context.new_slug()?;
        let path = location.pathname.get_untracked();
        let query = location.query.with_untracked(ParamsMap::to_query_string);
        Some(format!("{}{query}", routes::replace_slug(&path, &slug)))
    };
    view! {
        <Suspense>
            {
                let target = memo(move |_| target());
                changing(move || target.get().map(|path| view! { <ReplaceUrl path /> }).into_any())
            }
        </Suspense>
    }
    .into_any()
}
