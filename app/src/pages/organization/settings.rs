//! `/o/{slug}/settings`: for those who may change the organization.

mod colour;
mod delete;
mod general;
mod picture;

use leptos::prelude::*;

use self::delete::DeleteOrganization;
use self::general::General;
use self::picture::Picture;
use super::PageTitle;
use super::forbidden::Only;
use super::visit::Visit;
use crate::components::{Loaded, Show};
use contract::Capability;

/// The settings of one organization.
#[component]
pub fn Settings() -> impl IntoView {
    let visit = Visit::of_page();
    view! {
        <Only capability=Capability::UpdateOrganization visit />
        <div class="organization__page">
            <Loaded query=visit.query part=move || view! { <Parts visit /> } />
        </div>
    }
    .into_any()
}

#[component]
fn Parts(visit: Visit) -> impl IntoView {
    let may_update = visit.may(Capability::UpdateOrganization);
    let may_delete = visit.may(Capability::DeleteOrganization);
    view! {
        <PageTitle page="Settings" visit />
        <Show when=may_update>
            <General visit />
            <Picture visit />
        </Show>
        <Show when=may_delete>
            <DeleteOrganization visit />
        </Show>
    }
    .into_any()
}
