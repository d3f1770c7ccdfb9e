//! The layout of the pages behind sign-in: header, menu, dialogs, notifications and the user stream.

mod confirm_address;
mod header;
pub mod menu;
mod user_stream;

use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use self::confirm_address::ConfirmAddress;
use self::header::Header;
use self::menu::OrganizationMenu;
use crate::components::{Suspense, Toaster, Toasts, Transition, changing};
use crate::pages::new_organization::{NewOrganization, NewOrganizationDialog};
use crate::pages::routes;
use crate::pages::session::Session;
use crate::pages::unavailable_page::UnavailablePage;
use client::cache::memo;
use contract::{ApiError, ErrorCode};

/// The layout. The page isn't inside anything that waits for data, so it is created only once.
#[component]
pub fn SignedInLayout() -> impl IntoView {
    let session = Session::provide();
    Toasts::provide();
    NewOrganization::provide();
    view! {
        <RedirectToSignIn session />
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <div class="layout">
            <Header session />
            <OrganizationMenu session />
            <main id="main" class="layout__main" tabindex="-1">
                <SessionError session />
                <ConfirmAddress session />
                <div class="layout__page">
                    <Outlet />
                </div>
            </main>
        </div>
        <NewOrganizationDialog />
        <Toaster />
    }
    .into_any()
}

/// Shows an error page while the signed-in person can't be read because of a transient error. Styles
/// hide the page after it.
#[component]
fn SessionError(session: Session) -> impl IntoView {
    view! {
        <Transition>
            {
                let error = memo(move |last: Option<&Option<ApiError>>| {
                    let error = session.me.get()?.err().filter(|error| error.code.is_transient())?;
                    // Retries that fail in the same way don't render the page again.
                    let same = last.cloned().flatten().filter(|last| last.code == error.code);
                    Some(same.unwrap_or(error))
                });
                changing(move || error.get().map(|error| view! { <UnavailablePage error /> }).into_any())
            }
        </Transition>
    }
    .into_any()
}

/// Redirects visitors who aren't signed in to the sign-in page, which leads back afterwards.
#[component]
fn RedirectToSignIn(session: Session) -> impl IntoView {
    let location = use_location();
    let address = move || {
        let path = location.pathname.get_untracked();
        let query = location.query.with_untracked(ParamsMap::to_query_string);
        format!("{path}{query}")
    };
    let redirect = move || {
        let is_signed_out =
            matches!(session.me.get(), Some(Err(error)) if error.code == ErrorCode::NotSignedIn);
        is_signed_out
            .then(|| view! { <Redirect path=routes::sign_in_path(&address()) /> })
            .into_any()
    };
    view! { <Suspense>{changing(redirect)}</Suspense> }.into_any()
}
