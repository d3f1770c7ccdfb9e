//! The live queries of one page, and who else listens to the stream.

use std::sync::Arc;

use leptos::prelude::*;

use super::applied_positions::AppliedPositions;
use super::patch::Patch;
use super::retained_queries::RetainedQueries;
use contract::{StreamMessage, UserId};

/// An event that the caches report to each live query.
#[derive(Clone, Copy)]
pub(super) enum CacheEvent<'a> {
    /// Something changed, as that reader sees it.
    Message(&'a StreamMessage, UserId),
    /// Messages may have been missed: fetch again.
    Refetch,
}

type Query = Arc<dyn Fn(CacheEvent<'_>) + Send + Sync>;
type Listener = Arc<dyn Fn(&StreamMessage) + Send + Sync>;

#[derive(Default)]
struct Registry {
    /// The signed-in user. `None` until known.
    reader: Option<UserId>,
    applied: AppliedPositions,
    /// The number of the latest registration.
    registrations: u64,
    /// In order of registration, each with its number.
    queries: Vec<(u64, Query)>,
    listeners: Vec<(u64, Listener)>,
    retained: RetainedQueries,
}

/// Delivers the stream's messages to every live query below the component that provides it. Each
/// signed-in page has one.
#[derive(Clone, Copy)]
pub struct Caches {
    registry: StoredValue<Registry>,
}

impl Caches {
    /// Provides new caches to everything below the current component.
    pub fn provide() -> Self {
        let caches = Self { registry: StoredValue::new(Registry::default()) };
        provide_context(caches);
        caches
    }

    /// Sets who is signed in. Messages before that are ignored.
    pub fn set_reader(self, reader: UserId) {
        let _ = self.registry.try_update_value(|registry| registry.reader = Some(reader));
    }

    /// Applies a message: calls the listeners first, then patches the queries. A message that was
    /// applied before is ignored.
    pub fn apply(self, message: &StreamMessage) {
        let accepted = self.registry.try_update_value(|registry| {
            let reader = registry.reader?;
            registry.applied.advance(message).then(|| {
                registry.retained.on_message(message, reader);
                let listeners: Vec<_> = callbacks(&registry.listeners);
                (reader, listeners)
            })
        });
        let Some((reader, listeners)) = accepted.flatten() else { return };
        for listener in listeners {
            listener(message);
        }
        self.notify_queries(CacheEvent::Message(message, reader));
    }

    /// Fetches every live query again and drops the retained values.
    pub fn reset(self) {
        let _ = self.registry.try_update_value(|registry| {
            registry.applied.clear();
            registry.retained.clear();
        });
        self.notify_queries(CacheEvent::Refetch);
    }

    /// Calls `listener` with each message until the current component is disposed of. Listeners run
    /// before the queries are patched, so they can still name what a message deletes.
    pub fn on_message(self, listener: impl Fn(&StreamMessage) + Send + Sync + 'static) {
        self.register(|registry, number| {
            registry.listeners.push((number, Arc::new(listener)));
        });
    }

    /// Stores a value that is no longer shown, for [`retained`](Self::retained).
    pub(super) fn retain<K, T>(self, key: K, value: T)
    where
        K: PartialEq + Send + Sync + 'static,
        T: Patch + Send + Sync + 'static,
    {
        let _ = self.registry.try_update_value(|registry| registry.retained.insert(key, value));
    }

    /// Returns the value last shown for that key, with all messages since applied.
    pub(super) fn retained<K, T>(self, key: &K) -> Option<T>
    where
        K: PartialEq + 'static,
        T: Clone + 'static,
    {
        self.registry.try_with_value(|registry| registry.retained.get(key)).flatten()
    }

    /// Calls `query` with each event until the current component is disposed of.
    pub(super) fn register_query(self, query: impl Fn(CacheEvent<'_>) + Send + Sync + 'static) {
        self.register(|registry, number| {
            registry.queries.push((number, Arc::new(query)));
        });
    }

    fn register(self, insert: impl FnOnce(&mut Registry, u64)) {
        let number = self.registry.try_update_value(|registry| {
            registry.registrations += 1;
            insert(registry, registry.registrations);
            registry.registrations
        });
        on_cleanup(move || {
            let _ = self.registry.try_update_value(|registry| {
                registry.queries.retain(|(other, _)| Some(*other) != number);
                registry.listeners.retain(|(other, _)| Some(*other) != number);
            });
        });
    }

    fn notify_queries(self, event: CacheEvent<'_>) {
        let queries = self.registry.try_with_value(|registry| callbacks(&registry.queries));
        for query in queries.unwrap_or_default() {
            query(event);
        }
    }
}

/// Copies of what is registered: a callback may register or remove others while it runs.
fn callbacks<T: Clone>(registered: &[(u64, T)]) -> Vec<T> {
    registered.iter().map(|(_, callback)| callback.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::cache::fixtures::*;

    #[derive(Clone, Default)]
    struct EventLog(Arc<Mutex<Vec<&'static str>>>);

    impl EventLog {
        fn push(&self, what: &'static str) {
            self.0.lock().unwrap().push(what);
        }

        fn take(&self) -> Vec<&'static str> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    fn observed(caches: Caches) -> EventLog {
        let log = EventLog::default();
        let (query, listener) = (log.clone(), log.clone());
        caches.register_query(move |event| match event {
            CacheEvent::Message(..) => query.push("query patched"),
            CacheEvent::Refetch => query.push("query refetched"),
        });
        caches.on_message(move |_| listener.push("listener called"));
        log
    }

    #[test]
    fn listeners_get_a_message_before_queries_and_both_get_it_once() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.set_reader(READER);
            let log = observed(caches);
            let message = created(in_menu(1, "Alpha", 1.0));
            caches.apply(&message);
            caches.apply(&message);
            assert_eq!(log.take(), ["listener called", "query patched"]);
        });
    }

    #[test]
    fn reset_refetches_every_query_and_forgets_positions() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.set_reader(READER);
            let log = observed(caches);
            let message = created(in_menu(1, "Alpha", 1.0));
            caches.apply(&message);
            caches.reset();
            caches.apply(&message);
            let applied = ["listener called", "query patched"];
            assert_eq!(log.take(), [&applied[..], &["query refetched"], &applied].concat());
        });
    }

    #[test]
    fn disposed_component_gets_no_events() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.set_reader(READER);
            let component = owner.child();
            let log = component.with(|| observed(caches));
            component.cleanup();
            caches.apply(&created(in_menu(1, "Alpha", 1.0)));
            caches.reset();
            assert_eq!(log.take(), [""; 0]);
        });
    }
}
