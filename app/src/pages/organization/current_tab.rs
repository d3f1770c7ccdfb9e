//! The page of an organization that the address names.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use crate::components::{ReplaceUrl, changing};
use crate::pages::error_page::ErrorPage;
use crate::pages::lazy;
use crate::pages::routes::Tab;
use contract::ErrorCode;

/// `/o/{slug}/{tab}`.
#[component]
pub fn CurrentTab() -> impl IntoView {
    let params = use_params_map();
    let tab = Memo::new(move |_| params.with(|params| Tab::from_segment(&params.get("tab")?)));
    changing(move || match tab.get() {
        Some(Tab::Members) => lazy::pages::Members(),
        Some(Tab::Notes) => lazy::pages::Notes(),
        Some(Tab::Activity) => lazy::pages::Activity(),
        Some(Tab::Settings) => lazy::secondary::Settings(),
        None => TabNotFound().into_any(),
    })
}

/// `/o/{slug}` redirects to the members.
#[component]
pub fn RedirectToMembers() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    view! { <ReplaceUrl path=format!("{}/members", path.trim_end_matches('/')) /> }.into_any()
}

#[component]
fn TabNotFound() -> impl IntoView {
    view! {
        <ErrorPage code=ErrorCode::NotFound title="Page not found">
            "This page doesn't exist. Choose one of the tabs above."
        </ErrorPage>
    }
    .into_any()
}
