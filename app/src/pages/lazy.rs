//! Components whose code is loaded when it is first needed, so that the first page doesn't wait for
//! the code of the others.
//!
//! The code is split only with the feature `split`, as in a release build; without it, the
//! functions here render their components directly. See `docs/decisions/0010-code-splitting.md`.
//!
//! A component of [`pages`] may use components of [`secondary`], but not the other way round.

mod chunk;
#[cfg(feature = "split")]
mod loading;
pub mod pages;
pub mod secondary;

#[cfg(feature = "split")]
use futures::future::try_join;
#[cfg(feature = "split")]
use loading::ChunkResult;

/// Loads the code that the page at that address needs.
///
/// # Errors
/// When a chunk can't be loaded now.
#[cfg(feature = "split")]
pub async fn load_for_path(path: &str) -> ChunkResult<()> {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments[..] {
        []
        | ["sign-in" | "sign-up" | "recover" | "check-mail" | "email-confirmed"]
        | ["sign-in", "code"]
        | ["invitations" | "sign-up" | "reset-password" | "confirm-email", _] => {
            pages::outside::load().await
        }
        ["account" | "confirm" | "system"] | ["account", "two-factor" | "sign-in-methods"] => {
            pages::account::load().await
        }
        ["o", ref organization @ ..] => {
            let page = match organization {
                [_] | [_, "members"] => pages::members::load(),
                [_, "settings"] => secondary::settings_and_forms::load(),
                _ => pages::organization::load(),
            };
            try_join(pages::organization_layout::load(), page).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Loads all chunks.
///
/// # Errors
/// When a chunk can't be loaded now.
#[cfg(feature = "split")]
pub async fn load_all() -> ChunkResult<()> {
    pages::organization_layout::load().await?;
    pages::members::load().await?;
    pages::organization::load().await?;
    secondary::settings_and_forms::load().await?;
    pages::account::load().await?;
    pages::outside::load().await
}
