//! The document title of an organization's page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::context::OrganizationContext;

/// Sets the title to `{page} · {organization}`.
#[component]
pub fn PageTitle(page: &'static str, context: OrganizationContext) -> impl IntoView {
    let name = context.name_for_title();
    let title = move || format!("{page} · {}", name().unwrap_or_default());
    view! { <Title text=title /> }.into_any()
}
