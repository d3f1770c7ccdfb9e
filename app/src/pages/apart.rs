//! Pages, and what a press of a button brings up, whose code comes when it is first needed: what is
//! looked at first needn't wait for what may be looked at later.
//!
//! Only where the feature `split` is on, as in a release of the browser's code; elsewhere all of it
//! is there from the beginning. See `docs/decisions/0010-code-splitting.md`.

/// Calls a macro with the parts of the code, and the components in each with their properties.
macro_rules! with_parts {
    ($call:ident) => {
        $call! {
            outside: Landing(), SignIn(), SignUp(), Invitation(), Account(), System();
            members: Members();
            more: TabPage(tab: Tab);
            rest:
                Settings(),
                Editable(session: Session, section: Section, items: Signal<Vec<MembershipView>>),
                NewOrganizationForm(open: RwSignal<bool>),
                InviteForm(open: RwSignal<bool>, visit: Visit),
                RemovalQuestion(desk: Desk);
        }
    };
}

#[cfg(feature = "split")]
mod coming;
#[cfg(feature = "split")]
mod part;

use leptos::prelude::*;

use super::organization::{Desk, Tab, Visit};
use super::signed_in::{Section, Session};
use contract::view::MembershipView;

#[cfg(feature = "split")]
pub use self::part::{load, load_all};

macro_rules! components {
    ($($part:ident: $($name:ident($($property:ident: $type:ty),*)),+;)+) => {$($(
        /// The component of that name, once its code is there.
        #[must_use]
        #[expect(non_snake_case, reason = "it is called like the component")]
        pub fn $name($($property: $type),*) -> AnyView {
            #[cfg(not(feature = "split"))]
            {
                use super::$name;
                view! { <$name $($property=$property)* /> }.into_any()
            }
            #[cfg(feature = "split")]
            {
                let shown = part::$part::Shown::$name(Box::new(($($property,)*)));
                coming::show(part::$part::load, Box::new(move || part::$part::view(shown.clone())))
            }
        }
    )+)+};
}

with_parts!(components);
