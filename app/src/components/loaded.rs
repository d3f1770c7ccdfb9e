//! A part of a page that waits for its data.

use leptos::prelude::*;

use crate::cache::{LiveQuery, follow};
use crate::contract::{ApiError, ErrorCode};

/// Shows a part of the page once its query is read, and keeps it while that is read again.
///
/// The part is made once. It must not make resources of its own: the server renders it more than
/// once, and the browser would look for their data under other numbers.
#[component]
pub fn Loaded<T, V>(
    /// What the part shows.
    query: LiveQuery<T>,
    /// The part.
    part: impl Fn() -> V + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=Skeleton>
            {
                let outcome = follow(move |_| outcome(query));
                move || match outcome.get() {
                    None => ().into_any(),
                    Some(Ok(())) => part().into_any(),
                    Some(Err(error)) => view! { <Failure error /> }.into_any(),
                }
            }
        </Transition>
    }
    .into_any()
}

/// What became of reading, without what was read: stays the same while that changes.
fn outcome<T: Clone + Send + Sync + 'static>(query: LiveQuery<T>) -> Option<Result<(), ApiError>> {
    match query.map(|_| ()) {
        Some(()) => Some(Ok(())),
        None => query.get().map(|answer| answer.map(drop)),
    }
}

/// The shape of what is on its way.
#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            <div class="skeleton__line"></div>
            <div class="skeleton__line"></div>
            <div class="skeleton__line"></div>
        </div>
    }
    .into_any()
}

/// Says why a part of the page can't be shown. Whoever must sign in first, or is where nothing
/// is, hears that from the frame around.
#[component]
fn Failure(error: ApiError) -> impl IntoView {
    let said_around = matches!(error.code, ErrorCode::NotSignedIn | ErrorCode::NotFound);
    (!said_around).then(|| {
        view! {
            <p class="notice notice--bad" role="alert">
                {error.message}
            </p>
        }
    })
}
