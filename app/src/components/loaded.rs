//! A part of a page that is shown when its query is loaded.

use leptos::prelude::*;

use super::{Transition, changing};
use crate::status::set_status;
use client::cache::{LiveQuery, memo};
use contract::{ApiError, ErrorCode};

/// Shows a view once the query is loaded, and keeps it during a refetch; before that a skeleton, or the
/// error.
///
/// The view is created once. It must not create resources: the server renders it more than once, which
/// would give them other ids than in the browser, so that their data wouldn't be found.
#[component]
pub fn Loaded<T, V>(query: LiveQuery<T>, view: impl Fn() -> V + Send + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    loaded(Box::new(move || outcome(query)), Box::new(move || view().into_any()))
}

/// Does the part of [`Loaded`] that isn't generic, so that its code exists only once.
fn loaded(
    outcome: Box<dyn Fn() -> Outcome + Send + Sync>,
    view: Box<dyn Fn() -> AnyView + Send>,
) -> AnyView {
    view! {
        <Transition fallback=Skeleton>
            {
                let outcome = memo(move |last: Option<&Outcome>| {
                    let outcome = outcome();
                    // Retries that fail in the same way don't render the error again.
                    match last {
                        Some(last) if failure(last) == failure(&outcome) => last.clone(),
                        _ => outcome,
                    }
                });
                changing(move || match outcome.get() {
                    None => ().into_any(),
                    Some(Ok(())) => view(),
                    Some(Err(error)) => view! { <Failure error /> }.into_any(),
                })
            }
        </Transition>
    }
    .into_any()
}

/// Whether the query is loaded, without its data: it stays equal while the data changes.
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

/// A placeholder while something loads.
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

/// Says why the view can't be shown. The layout handles [`ErrorCode::NotSignedIn`] and
/// [`ErrorCode::NotFound`].
#[component]
fn Failure(error: ApiError) -> impl IntoView {
    match error.code {
        ErrorCode::NotSignedIn | ErrorCode::NotFound => ().into_any(),
        code if code.is_transient() => view! { <TransientFailure error /> }.into_any(),
        _ => view! {
            <p class="notice notice--bad" role="alert">
                {error.message}
            </p>
        }
        .into_any(),
    }
}

/// A transient error: the query retries automatically.
#[component]
fn TransientFailure(error: ApiError) -> impl IntoView {
    set_status(error.code);
    let message = match error.code {
        ErrorCode::Unreachable => {
            "Can't reach Tributary. This will load when you're back online.".to_owned()
        }
        _ => format!("{} This will load automatically.", error.message),
    };
    view! {
        <p class="notice" role="status">
            {message}
            <RequestId id=error.request_id />
        </p>
    }
    .into_any()
}

/// The request id, to find the request in the server's log.
#[component]
pub fn RequestId(
    /// Empty if the answer didn't come from the server.
    id: String,
) -> impl IntoView {
    (!id.is_empty())
        .then(|| view! { <span class="request-id">"Request ID " <code>{id}</code></span> })
}
