//! A query that the page fetches once and the stream keeps up to date.
//!
//! [`live_query()`] wires three parts together:
//! - [`Query`]: the state, with one method per event (`fetch`, `on_response`, `on_message`, …);
//! - [`SsrResource`]: the Leptos resource that runs the fetches and feeds `<Suspense>`;
//! - [`Caches`]: delivers stream messages and keeps values of queries that left the page.
//!
//! Components hold a [`LiveQuery`], a handle that can be copied.

mod fetch_state;
mod notify_throttle;
mod query;
mod ssr_payload;
mod tracked_read;

use std::future::Future;
use std::sync::Arc;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::query::{Query, request_refetch};
use self::ssr_payload::{SsrResource, ssr_resource};
use self::tracked_read::with_tracked;
use super::caches::Caches;
use super::patch::Patch;
use contract::{ApiError, ErrorCode};

type Response<T> = Result<T, ApiError>;

/// A handle to a query of the page. Read it under `<Suspense>` or `<Transition>`.
pub struct LiveQuery<T: Send + Sync + 'static> {
    resource: SsrResource,
    /// The latest response with all later messages applied. `None` before the first response.
    value: RwSignal<Option<Response<T>>>,
    /// Incremented to fetch again.
    refetch_requests: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for LiveQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for LiveQuery<T> {}

impl<T: Clone + Send + Sync + 'static> LiveQuery<T> {
    /// Returns the current value or error; `None` during the first fetch. Tracked; suspends.
    #[track_caller]
    #[must_use]
    pub fn get(&self) -> Option<Response<T>> {
        self.suspend();
        with_tracked(&ArcRwSignal::from(self.value), Clone::clone)
    }

    /// Applies `read` to the current value; `None` without a value. Tracked; suspends.
    #[track_caller]
    pub fn map<U>(&self, read: impl FnOnce(&T) -> U) -> Option<U> {
        self.suspend();
        self.map_without_suspense(read)
    }

    /// Like [`map`](Self::map), but `<Suspense>` doesn't wait for it: for parts that are rendered
    /// after all data has arrived. Tracked.
    pub fn map_without_suspense<U>(&self, read: impl FnOnce(&T) -> U) -> Option<U> {
        with_tracked(&ArcRwSignal::from(self.value), |value| {
            value.as_ref()?.as_ref().ok().map(read)
        })
    }

    /// Like [`map`](Self::map), for event handlers and listeners. Untracked; doesn't suspend.
    pub fn map_untracked<U>(&self, read: impl FnOnce(&T) -> U) -> Option<U> {
        self.value.try_with_untracked(|value| value.as_ref()?.as_ref().ok().map(read)).flatten()
    }

    /// Returns a closure that does what [`map_without_suspense`](Self::map_without_suspense) does and
    /// works after this part of the page is disposed of. For page titles: the server writes the title
    /// last, when the component that set it may be gone.
    pub fn detached_map<U, F: Fn(&T) -> U>(
        &self,
        read: F,
    ) -> impl Fn() -> Option<U> + use<T, U, F> {
        let value = ArcRwSignal::from(self.value);
        move || with_tracked(&value, |value| value.as_ref()?.as_ref().ok().map(&read))
    }

    /// Returns the response of the fetch in flight. For a query that depends on this one.
    ///
    /// # Errors
    /// Those of the fetch, and `unreachable` when the query left the page meanwhile.
    pub async fn ready(self) -> Response<T> {
        let value = ArcRwSignal::from(self.value);
        self.resource.await;
        let left = || ApiError::new(ErrorCode::Unreachable, "The page was left.");
        value.get_untracked().unwrap_or_else(|| Err(left()))
    }

    /// Changes the value in place, before the server has answered. Does nothing without a value.
    pub fn update_with(&self, change: impl FnOnce(&mut T)) {
        let _ = self.value.try_maybe_update(|value| match value {
            Some(Ok(value)) => {
                change(value);
                (true, ())
            }
            _ => (false, ()),
        });
    }

    /// Fetches again. The current value stays visible until the response arrives, and also when
    /// the fetch fails for a transient reason.
    pub fn refetch(&self) {
        request_refetch(self.refetch_requests);
    }

    /// Registers the fetch in flight with the `<Suspense>` above.
    #[track_caller]
    fn suspend(&self) {
        drop(self.resource.read());
    }
}

/// Fetches with `load` for the key that `key` returns and again whenever that key changes. Messages
/// given to the [`Caches`] in context patch the value; without any in context it is a plain query.
///
/// On the server the fetch runs while the page is rendered, and the page carries the response.
#[track_caller]
pub fn live_query<K, T, Loading>(
    key: impl Fn() -> K + Send + Sync + 'static,
    load: impl Fn(K) -> Loading + Send + Sync + 'static,
) -> LiveQuery<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Patch + Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Loading: Future<Output = Response<T>> + Send + 'static,
{
    let caches = use_context::<Caches>();
    let query = Arc::new(Query::new(caches));
    let (source, fetcher) = (Arc::clone(&query), Arc::clone(&query));
    let resource = ssr_resource(
        Box::new(move || source.select(key())),
        Box::new(move || fetcher.fetch(&load)),
    );
    // Dereferenced, because Leptos warns about reading the resource itself outside `<Suspense>`.
    if let Some(Some(payload)) = (*resource).try_get_untracked() {
        query.on_ssr_payload(&payload);
    }
    let handle = query.handle(resource);
    let leaving = Arc::clone(&query);
    on_cleanup(move || leaving.on_cleanup());
    if let Some(caches) = caches {
        caches.register_query(move |event| query.on_event(event));
    }
    handle
}
