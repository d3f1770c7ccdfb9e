//! The parts of the code.

use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

use crate::pages::organization::{Desk, Tab, Visit};
use crate::pages::signed_in::{Section, Session};
use contract::view::MembershipView;

/// What comes of asking for code.
pub(super) type Got<T> = Result<T, SplitLoaderError>;

/// Code on its way.
pub(super) type Loading = LocalBoxFuture<'static, Got<()>>;

/// A part has one function that the browser's code is split at: where it is loaded for one of its
/// components, it is for all.
macro_rules! parts {
    ($($part:ident: $($name:ident($($property:ident: $type:ty),*)),+;)+) => {$(
        pub(super) mod $part {
            use futures::FutureExt as _;
            use leptos::wasm_split::wasm_split;

            use super::*;
            use crate::pages::{$($name),+};

            /// A component with its properties.
            #[derive(Clone)]
            pub enum Shown {
                $($name(Box<($($type,)*)>)),+
            }

            /// Gets it.
            pub fn load() -> Loading {
                Box::pin(get())
            }

            /// One of its components, where it is there.
            pub fn view(shown: Shown) -> Option<AnyView> {
                show(shown).now_or_never()?.ok()
            }

            #[wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible, preload(get))]
            fn show(shown: Shown) -> Got<AnyView> {
                Ok(match shown {
                    $(Shown::$name(properties) => {
                        let ($($property,)*) = *properties;
                        view! { <$name $($property=$property)* /> }.into_any()
                    }),+
                })
            }
        }
    )+};
}

with_parts!(parts);

/// Gets what the page at that address needs.
///
/// # Errors
/// When some of it can't be had now.
pub async fn load(path: &str) -> Got<()> {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments[..] {
        [] | ["sign-in" | "sign-up" | "account" | "system"] | ["invitations", _] => {
            outside::load().await
        }
        ["o", _] | ["o", _, "members"] => members::load().await,
        ["o", _, "settings"] => rest::load().await,
        ["o", ..] => more::load().await,
        _ => Ok(()),
    }
}

/// Gets all of it.
///
/// # Errors
/// When some of it can't be had now.
pub async fn load_all() -> Got<()> {
    members::load().await?;
    more::load().await?;
    rest::load().await?;
    outside::load().await
}
