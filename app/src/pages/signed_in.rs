//! The frame of every page of a signed-in person: header, menu, messages and the stream.

use super::unavailable_page::UnavailablePage;
mod header;
mod menu;
mod menu_controller;
mod new_organization;
mod news;
mod session;
mod stream;

use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use self::header::Header;
use self::menu::OrganizationMenu;
use self::new_organization::NewOrganizationDialog;
use super::path;
use crate::components::{Suspense, Toaster, Toasts, Transition, changing};
use client::cache::ssr_memo;
use contract::{ApiError, ErrorCode};

pub use self::menu::Editable;
pub use self::menu_controller::Section;
pub use self::new_organization::{NewOrganization, NewOrganizationForm};
pub use self::news::joined;
pub use self::session::Session;

/// The frame. The page stands beside what waits for data, never in it: so each is made once.
#[component]
pub fn SignedIn() -> impl IntoView {
    let session = Session::begin();
    Toasts::provide();
    NewOrganization::provide();
    view! {
        <SignedOutSignIn session />
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <div class="frame">
            <Header session />
            <OrganizationMenu session />
            <main id="main" class="frame__main" tabindex="-1">
                <Trouble session />
                <div class="frame__page">
                    <Outlet />
                </div>
            </main>
        </div>
        <NewOrganizationDialog />
        <Toaster />
    }
    .into_any()
}

/// Stands in for the page as long as not even the person could be read; style hides the page then.
#[component]
fn Trouble(session: Session) -> impl IntoView {
    view! {
        <Transition>
            {
                let trouble = ssr_memo(move |last: Option<&Option<ApiError>>| {
                    let error = session.me.get()?.err().filter(|error| error.code.is_transient())?;
                    // One failure after the other is one failure, until it is over.
                    let same = last.cloned().flatten().filter(|last| last.code == error.code);
                    Some(same.unwrap_or(error))
                });
                changing(move || trouble.get().map(|error| view! { <UnavailablePage error /> }).into_any())
            }
        </Transition>
    }
    .into_any()
}

/// Leads visitors who aren't signed in to the page where they can, and back afterwards.
#[component]
fn SignedOutSignIn(session: Session) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let path = location.pathname.get_untracked();
        let query = location.query.with_untracked(ParamsMap::to_query_string);
        format!("{path}{query}")
    };
    let sign_in = move || {
        let signed_out =
            matches!(session.me.get(), Some(Err(error)) if error.code == ErrorCode::NotSignedIn);
        signed_out.then(|| view! { <Redirect path=path::sign_in(&here()) /> }).into_any()
    };
    view! { <Suspense>{changing(sign_in)}</Suspense> }.into_any()
}
