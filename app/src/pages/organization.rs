//! `/o/{slug}`: one organization and its pages.

pub mod activity;
pub mod context;
pub mod current_tab;
mod header;
pub mod invite;
pub mod members;
mod not_found;
pub mod notes;
mod page_title;
mod pending_invitations;
mod presence;
mod redirect;
mod require_capability;
mod resource_deletion;
mod resource_list;
pub mod settings;
mod stream;
mod stream_status;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use self::context::OrganizationContext;
use self::header::Header;
use self::not_found::OrganizationNotFound;
use self::redirect::OrganizationRedirect;
use self::stream::OrganizationStream;

/// The layout of an organization's pages: header and tabs above the page.
#[component]
pub fn Organization() -> impl IntoView {
    let context = OrganizationContext::provide();
    view! {
        <OrganizationRedirect context />
        <OrganizationStream context />
        <div class="organization">
            <Header context />
            <OrganizationNotFound context />
            <Outlet />
        </div>
    }
    .into_any()
}
