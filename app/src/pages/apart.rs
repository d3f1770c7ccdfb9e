//! Pages whose code comes when it is first needed: what is looked at first needn't wait for what may
//! be looked at later.
//!
//! Only where the feature `split` is on, as in a release of the browser's code; elsewhere all of it
//! is there from the beginning. See `docs/decisions/0010-code-in-parts.md`.

/// Calls a macro with the parts of the code, and the pages in each.
macro_rules! with_parts {
    ($call:ident) => {
        $call! {
            door: Landing, SignIn, SignUp, Invitation;
            account: Account;
            system: System;
            organization: Organization, ToMembers, Members;
            more: Notes, Activity, Settings;
        }
    };
}

#[cfg(feature = "split")]
mod coming;
#[cfg(feature = "split")]
mod part;

use leptos::prelude::*;

#[cfg(feature = "split")]
pub use self::part::{load, load_all};

macro_rules! pages {
    ($($part:ident: $($page:ident),+;)+) => {$($(
        /// The page of that name, once its code is there.
        #[must_use]
        #[expect(non_snake_case, reason = "it is called like the page")]
        pub fn $page() -> AnyView {
            #[cfg(not(feature = "split"))]
            {
                super::$page().into_any()
            }
            #[cfg(feature = "split")]
            {
                coming::show(part::$part::load, || part::$part::page(part::$part::Page::$page))
            }
        }
    )+)+};
}

with_parts!(pages);
