//! The state of one live query, and what each event does to it.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fetch_state::{FetchState, NextStep};
use super::notify_throttle::NotifyThrottle;
use super::ssr_payload::{PendingFetch, SsrPayload, SsrResource};
use super::{LiveQuery, Response};
use crate::cache::caches::{CacheEvent, Caches};
use crate::cache::patch::{Patch, Patched};
use crate::effect::effect;
use crate::retry::{self, Backoff};
use contract::{Entity, StreamMessage, UserId};

/// A query for keys `K` with values `T`. Shared by the resource that fetches, the caches that
/// deliver messages, and the component's cleanup.
pub(super) struct Query<K, T: Send + Sync + 'static> {
    /// The selected key, and whether a fetch is in flight.
    fetch_state: Mutex<FetchState<K>>,
    /// Delays between failed fetches.
    backoff: Mutex<Backoff>,
    /// The current value. This reference lives as long as a fetch is in flight, because a page
    /// title may show the value after the component was disposed of.
    value: ArcRwSignal<Option<Response<T>>>,
    /// The same signal as the component owns it: reads fail once the component is disposed of.
    owned_value: RwSignal<Option<Response<T>>>,
    refetch_requests: RwSignal<u64>,
    throttle: NotifyThrottle,
    caches: Option<Caches>,
}

impl<K, T> Query<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Patch + Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// Creates a query without a key and a value. It is owned by the current component.
    pub(super) fn new(caches: Option<Caches>) -> Self {
        let value = ArcRwSignal::new(None);
        Self {
            fetch_state: Mutex::default(),
            backoff: Mutex::new(Backoff::interactive()),
            owned_value: RwSignal::from(value.clone()),
            value,
            refetch_requests: RwSignal::new(0),
            throttle: NotifyThrottle::new(),
            caches,
        }
    }

    /// Returns the handle for components.
    pub(super) const fn handle(&self, resource: SsrResource) -> LiveQuery<T> {
        LiveQuery { resource, value: self.owned_value, refetch_requests: self.refetch_requests }
    }

    /// Makes `key` the selected one. Returns what identifies the fetch that is needed now: the
    /// resource fetches whenever this pair changes. Tracks the refetch requests.
    pub(super) fn select(&self, key: K) -> (u64, u64) {
        let generation = self.fetch_state().select(key);
        (self.refetch_requests.get(), generation)
    }

    /// Starts a fetch of the selected key. Retains the value of the key before it, if that differs.
    pub(super) fn fetch<Loading>(self: &Arc<Self>, load: impl Fn(K) -> Loading) -> PendingFetch
    where
        Loading: Future<Output = Response<T>> + Send + 'static,
    {
        let key = self.fetch_state().start().expect("the resource selects a key before it fetches");
        let replaced = self.fetch_state().replaced_by(&key).cloned();
        self.retain(replaced);
        let loading = load(key.clone());
        let query = Arc::clone(self);
        Box::pin(async move {
            let response = loading.await;
            query.on_response(key, response)
        })
    }

    /// Shows the response to the fetch of `key` with the messages that arrived meanwhile, and fetches
    /// again if needed. Returns what the server's page carries to the browser.
    fn on_response(&self, key: K, response: Response<T>) -> SsrPayload {
        let current = self.current_value();
        let retained = |key: &K| self.retained(key);
        let (response, next) = self.fetch_state().complete(key, response, current, retained);
        let payload = SsrPayload::new(&response);
        self.value.set(Some(response));
        match next {
            NextStep::RetryLater => self.retry_later(),
            NextStep::RefetchNow => {
                self.backoff().reset();
                request_refetch(self.refetch_requests);
            }
            NextStep::Done => self.backoff().reset(),
        }
        payload
    }

    /// Takes over the response that the server has rendered when the browser hydrates the page. Retries
    /// when the server could not read it, or when another release wrote it.
    pub(super) fn on_ssr_payload(self: &Arc<Self>, payload: &SsrPayload) {
        let response = payload.response::<T>();
        let is_usable = response
            .as_ref()
            .is_some_and(|read| !read.as_ref().is_err_and(|error| error.code.is_transient()));
        if !is_usable {
            let query = Arc::clone(self);
            // Effects run in the browser only.
            effect(move || query.retry_later());
        }
        self.owned_value.update_untracked(|value| *value = response);
    }

    /// Handles an event of the caches.
    pub(super) fn on_event(&self, event: CacheEvent<'_>) {
        match event {
            CacheEvent::Message(message, reader) => self.on_message(message, reader),
            CacheEvent::Refetch => request_refetch(self.refetch_requests),
        }
    }

    /// Patches the value with a message, and the response of a fetch in flight later.
    fn on_message(&self, message: &StreamMessage, reader: UserId) {
        self.fetch_state().on_message(message, reader);
        let patched = self.owned_value.try_update_untracked(|value| match value {
            Some(Ok(value)) => value.patch(message, reader),
            Some(Err(_)) if changes_access(message, reader) => Patched::Stale,
            _ => Patched::Unchanged,
        });
        if patched.is_some_and(|patched| patched != Patched::Unchanged) {
            let value = self.owned_value;
            self.throttle.notify(move || value.notify());
        }
        if patched == Some(Patched::Stale) {
            request_refetch(self.refetch_requests);
        }
    }

    /// Retains the value when the component leaves the page.
    pub(super) fn on_cleanup(&self) {
        let key = self.fetch_state().answered_key().cloned();
        self.retain(key);
    }

    /// Stores the current value in the caches, for when it can't be fetched the next time. Does
    /// nothing on the server, which renders a page once.
    fn retain(&self, key: Option<K>) {
        let caches = self.caches.filter(|_| !cfg!(feature = "ssr"));
        if let (Some(caches), Some(key), Some(value)) = (caches, key, self.current_value()) {
            caches.retain(key, value);
        }
    }

    /// Returns the value that was retained for that key.
    fn retained(&self, key: &K) -> Option<T> {
        self.caches.filter(|_| !cfg!(feature = "ssr"))?.retained(key)
    }

    fn retry_later(&self) {
        let requests = self.refetch_requests;
        let delay = self.backoff().next_delay();
        retry::schedule(delay, move || request_refetch(requests));
    }

    fn current_value(&self) -> Option<T> {
        self.owned_value.try_get_untracked().flatten().and_then(Result::ok)
    }

    fn fetch_state(&self) -> MutexGuard<'_, FetchState<K>> {
        self.fetch_state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn backoff(&self) -> MutexGuard<'_, Backoff> {
        self.backoff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for another fetch. Does nothing when the query has left the page.
pub(super) fn request_refetch(requests: RwSignal<u64>) {
    let _ = requests.try_update(|requests| *requests += 1);
}

/// Whether the reader may now be allowed to read what they were refused.
fn changes_access(message: &StreamMessage, reader: UserId) -> bool {
    matches!(message.entity, Entity::Membership(_)) && message.user_id == Some(reader)
}
