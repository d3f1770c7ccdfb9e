//! `/o/{slug}`: one organization and its pages.

mod activity;
mod deletion;
mod forbidden;
mod header;
mod here;
mod invite;
mod members;
mod notes;
mod pending;
mod resource_list;
mod settings;
mod stream;
mod tab;
mod unknown;
mod visit;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use self::header::Header;
use self::stream::OrganizationStream;
use self::unknown::Unknown;
use super::path;
use crate::components::{Suspense, changing};
use client::cache::ssr_memo;

pub use self::activity::sentence;
pub use self::invite::InviteForm;
pub use self::members::{Desk, Members, RemovalQuestion};
pub use self::settings::Settings;
pub use self::tab::{CurrentTab, Tab, TabPage};
pub use self::visit::Visit;

/// What the pages of one organization have in common: its name, its tabs, and where to go when it
/// moves or is gone.
#[component]
pub fn Organization() -> impl IntoView {
    let visit = Visit::begin();
    view! {
        <Elsewhere visit />
        <OrganizationStream visit />
        <div class="organization">
            <Header visit />
            <Unknown visit />
            <Outlet />
        </div>
    }
    .into_any()
}

/// Leads to the organization's address of today, or home when it is gone for this person.
#[component]
fn Elsewhere(visit: Visit) -> impl IntoView {
    let location = use_location();
    let elsewhere = move || {
        if visit.is_over() {
            return Some(path::HOME.to_owned());
        }
        let slug = visit.moved_to()?;
        let path = location.pathname.get_untracked();
        let query = location.query.with_untracked(ParamsMap::to_query_string);
        Some(format!("{}{query}", path::with_slug(&path, &slug)))
    };
    view! {
        <Suspense>
            {
                let elsewhere = ssr_memo(move |_| elsewhere());
                changing(move || elsewhere.get().map(|path| view! { <Replace path /> }).into_any())
            }
        </Suspense>
    }
    .into_any()
}

/// Goes to another address instead of this one, which is no place to come back to.
#[component]
fn Replace(path: String) -> impl IntoView {
    let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
    view! { <Redirect path options /> }.into_any()
}

/// `/o/{slug}` alone stands for its members.
#[component]
pub fn ToMembers() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    view! { <Replace path=format!("{}/members", path.trim_end_matches('/')) /> }.into_any()
}

/// The title of one of its pages.
#[component]
fn PageTitle(page: &'static str, visit: Visit) -> impl IntoView {
    let name = visit.name_for_title();
    let title = move || format!("{page} · {}", name().unwrap_or_default());
    view! { <Title text=title /> }.into_any()
}
