//! The parts of the code.

use futures::future::LocalBoxFuture;
use leptos::wasm_split::SplitLoaderError;

/// What comes of asking for code.
pub(super) type Got<T> = Result<T, SplitLoaderError>;

/// Code on its way.
pub(super) type Loading = LocalBoxFuture<'static, Got<()>>;

/// A part has one function that the browser's code is split at: where it is loaded for one of its
/// pages, it is for all.
macro_rules! parts {
    ($($part:ident: $($page:ident),+;)+) => {$(
        pub(super) mod $part {
            use futures::FutureExt as _;
            use leptos::prelude::*;
            use leptos::wasm_split::wasm_split;

            use super::{Got, Loading};

            #[derive(Clone, Copy)]
            pub enum Page {
                $($page),+
            }

            /// Gets it.
            pub fn load() -> Loading {
                Box::pin(get())
            }

            /// One of its pages, where it is there.
            pub fn page(page: Page) -> Option<AnyView> {
                show(page).now_or_never()?.ok()
            }

            #[wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible, preload(get))]
            fn show(page: Page) -> Got<AnyView> {
                Ok(match page {
                    $(Page::$page => crate::pages::$page().into_any()),+
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
        [] | ["sign-in" | "sign-up"] | ["invitations", _] => door::load().await,
        ["account"] => account::load().await,
        ["system"] => system::load().await,
        ["o", _, "notes" | "activity" | "settings"] => {
            organization::load().await?;
            more::load().await
        }
        ["o", ..] => organization::load().await,
        _ => Ok(()),
    }
}

/// Gets all of it.
///
/// # Errors
/// When some of it can't be had now.
pub async fn load_all() -> Got<()> {
    organization::load().await?;
    more::load().await?;
    account::load().await?;
    door::load().await?;
    system::load().await
}
