//! `/o/{slug}/settings`: the settings of an organization, for its admins.

mod colour;
mod delete;
mod general;
mod picture;

use leptos::prelude::*;

use self::delete::DeleteOrganization;
use self::general::General;
use self::picture::Picture;
use super::context::OrganizationContext;
use super::page_title::PageTitle;
use super::require_capability::RequireCapability;
use crate::components::{Loaded, Show};
use contract::Capability;

/// The settings page.
#[component]
pub fn Settings() -> impl IntoView {
    let context = OrganizationContext::from_context();
    view! {
        <RequireCapability capability=Capability::UpdateOrganization context />
        <div class="organization__page">
            <Loaded query=context.query view=move || view! { <Panels context /> } />
        </div>
    }
    .into_any()
}

#[component]
fn Panels(context: OrganizationContext) -> impl IntoView {
    let may_update = context.may(Capability::UpdateOrganization);
    let may_delete = context.may(Capability::DeleteOrganization);
    view! {
        <PageTitle page="Settings" context />
        <Show when=may_update>
            <General context />
            <Picture context />
        </Show>
        <Show when=may_delete>
            <DeleteOrganization context />
        </Show>
    }
    .into_any()
}
