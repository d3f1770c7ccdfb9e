//! A part of a page that waits for its data.

use leptos::prelude::*;

use super::{Transition, changing};
use crate::status::answer_with;
use client::cache::{LiveQuery, ssr_memo};
use contract::{ApiError, ErrorCode};

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
    loaded(Box::new(move || outcome(query)), Box::new(move || part().into_any()))
}

/// The same for every query and every part, so that there is one of it.
fn loaded(
    outcome: Box<dyn Fn() -> Outcome + Send + Sync>,
    part: Box<dyn Fn() -> AnyView + Send>,
) -> AnyView {
    view! {
        <Transition fallback=Skeleton>
            {
                let outcome = ssr_memo(move |last: Option<&Outcome>| {
                    let outcome = outcome();
                    // One failure after the other is one failure, until it is over.
                    match last {
                        Some(last) if failure(last) == failure(&outcome) => last.clone(),
                        _ => outcome,
                    }
                });
                changing(move || match outcome.get() {
                    None => ().into_any(),
                    Some(Ok(())) => part(),
                    Some(Err(error)) => view! { <Failure error /> }.into_any(),
                })
            }
        </Transition>
    }
    .into_any()
}

/// What became of reading, without what was read: stays the same while that changes.
type Outcome = Option<Result<(), ApiError>>;

fn failure(outcome: &Outcome) -> Option<Result<(), ErrorCode>> {
    outcome.as_ref().map(|read| read.as_ref().map_err(|error| error.code).copied())
}

fn outcome<T: Clone + Send + Sync + 'static>(query: LiveQuery<T>) -> Outcome {
    match query.map(|_| ()) {
        Some(()) => Some(Ok(())),
        None => query.get().map(|answer| answer.map(drop)),
    }
}

/// The shape of what is on its way.
#[component]
pub fn Skeleton() -> impl IntoView {
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
    match error.code {
        ErrorCode::NotSignedIn | ErrorCode::NotFound => ().into_any(),
        code if code.is_transient() => view! { <Passing error /> }.into_any(),
        _ => view! {
            <p class="notice notice--bad" role="alert">
                {error.message}
            </p>
        }
        .into_any(),
    }
}

/// What will be over in a while: the query is read again by itself.
#[component]
fn Passing(error: ApiError) -> impl IntoView {
    answer_with(error.code);
    let sentence = match error.code {
        ErrorCode::Unreachable => {
            "Can't reach Tributary. This will load when you're back online.".to_owned()
        }
        _ => format!("{} This will load automatically.", error.message),
    };
    view! {
        <p class="notice" role="status">
            {sentence}
            <RequestId id=error.request_id />
        </p>
    }
    .into_any()
}

/// What names the request in the server's log, for whoever is asked about it.
#[component]
pub fn RequestId(
    /// Empty when no server sent the answer.
    id: String,
) -> impl IntoView {
    (!id.is_empty())
        .then(|| view! { <span class="request-id">"Request ID " <code>{id}</code></span> })
}
