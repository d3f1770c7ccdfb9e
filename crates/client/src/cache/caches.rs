//! The live queries of one page, and whoever else wants to hear the stream.

use std::sync::Arc;

use leptos::prelude::*;

use super::kept::Kept;
use super::patch::Patch;
use super::seen::Seen;
use contract::{StreamMessage, UserId};

/// What a live query is told.
#[derive(Clone, Copy)]
pub(super) enum Cue<'a> {
    /// Something changed, as that reader sees it.
    Message(&'a StreamMessage, UserId),
    /// What is held may have missed changes.
    ReadAgain,
}

type Query = Arc<dyn Fn(Cue<'_>) + Send + Sync>;
type Listener = Arc<dyn Fn(&StreamMessage) + Send + Sync>;

#[derive(Default)]
struct Registry {
    reader: Option<UserId>,
    seen: Seen,
    registered: u64,
    /// In the order in which they were registered, each by its number.
    queries: Vec<(u64, Query)>,
    listeners: Vec<(u64, Listener)>,
    kept: Kept,
}

/// Hands the stream's messages to every live query below. One for each signed-in page.
#[derive(Clone, Copy)]
pub struct Caches {
    registry: StoredValue<Registry>,
}

impl Caches {
    /// Provides them to everything below the current component.
    pub fn provide() -> Self {
        let caches = Self { registry: StoredValue::new(Registry::default()) };
        provide_context(caches);
        caches
    }

    /// Says whose caches these are. Before that, messages mean nothing.
    pub fn belong_to(self, reader: UserId) {
        let _ = self.registry.try_update_value(|registry| registry.reader = Some(reader));
    }

    /// Applies a message: first those who listen hear it, then the queries are patched. One that
    /// was applied already does nothing.
    pub fn apply(self, message: &StreamMessage) {
        let admitted = self.registry.try_update_value(|registry| {
            let reader = registry.reader?;
            registry.seen.admits(message).then(|| {
                registry.kept.hear(message, reader);
                let listeners: Vec<_> = all(&registry.listeners);
                (reader, listeners)
            })
        });
        let Some((reader, listeners)) = admitted.flatten() else { return };
        for listener in listeners {
            listener(message);
        }
        self.cue(Cue::Message(message, reader));
    }

    /// Reads every live query again.
    pub fn reset(self) {
        let _ = self.registry.try_update_value(|registry| {
            registry.seen.forget();
            registry.kept.forget();
        });
        self.cue(Cue::ReadAgain);
    }

    /// Calls `listen` with each message until the current component goes, always before the
    /// queries are patched: what goes away can still be named.
    pub fn on_message(self, listen: impl Fn(&StreamMessage) + Send + Sync + 'static) {
        self.register(|registry, number| {
            registry.listeners.push((number, Arc::new(listen)));
        });
    }

    /// Keeps what is no longer shown, for [`kept`](Self::kept).
    pub(super) fn keep<K, T>(self, key: K, value: T)
    where
        K: PartialEq + Send + Sync + 'static,
        T: Patch + Send + Sync + 'static,
    {
        let _ = self.registry.try_update_value(|registry| registry.kept.keep(key, value));
    }

    /// What was shown for that key once, as messages have left it.
    pub(super) fn kept<K, T>(self, key: &K) -> Option<T>
    where
        K: PartialEq + 'static,
        T: Clone + 'static,
    {
        self.registry.try_with_value(|registry| registry.kept.find(key)).flatten()
    }

    pub(super) fn register_query(self, query: impl Fn(Cue<'_>) + Send + Sync + 'static) {
        self.register(|registry, number| {
            registry.queries.push((number, Arc::new(query)));
        });
    }

    /// Registers something until the current component goes.
    fn register(self, insert: impl FnOnce(&mut Registry, u64)) {
        let number = self.registry.try_update_value(|registry| {
            registry.registered += 1;
            insert(registry, registry.registered);
            registry.registered
        });
        on_cleanup(move || {
            let _ = self.registry.try_update_value(|registry| {
                registry.queries.retain(|(its, _)| Some(*its) != number);
                registry.listeners.retain(|(its, _)| Some(*its) != number);
            });
        });
    }

    fn cue(self, cue: Cue<'_>) {
        // A copy, as a query or a listener may well register or drop another one.
        let queries = self.registry.try_with_value(|registry| all(&registry.queries));
        for query in queries.unwrap_or_default() {
            query(cue);
        }
    }
}

/// A copy of what is registered.
fn all<T: Clone>(registered: &[(u64, T)]) -> Vec<T> {
    registered.iter().map(|(_, its)| its.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::cache::fixtures::*;

    #[derive(Clone, Default)]
    struct Diary(Arc<Mutex<Vec<&'static str>>>);

    impl Diary {
        fn note(&self, what: &'static str) {
            self.0.lock().unwrap().push(what);
        }

        fn take(&self) -> Vec<&'static str> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    fn observed(caches: Caches) -> Diary {
        let diary = Diary::default();
        let (query, listener) = (diary.clone(), diary.clone());
        caches.register_query(move |cue| match cue {
            Cue::Message(..) => query.note("query patched"),
            Cue::ReadAgain => query.note("query read again"),
        });
        caches.on_message(move |_| listener.note("listener told"));
        diary
    }

    #[test]
    fn listeners_hear_a_message_before_the_queries_and_both_hear_it_once() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.belong_to(READER);
            let diary = observed(caches);
            let message = created(in_menu(1, "Alpha", 1.0));
            caches.apply(&message);
            caches.apply(&message);
            assert_eq!(diary.take(), ["listener told", "query patched"]);
        });
    }

    #[test]
    fn a_reset_reads_every_query_again_and_forgets_positions() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.belong_to(READER);
            let diary = observed(caches);
            let message = created(in_menu(1, "Alpha", 1.0));
            caches.apply(&message);
            caches.reset();
            caches.apply(&message);
            let again = ["listener told", "query patched"];
            assert_eq!(diary.take(), [&again[..], &["query read again"], &again].concat());
        });
    }

    #[test]
    fn what_is_gone_from_the_page_hears_nothing() {
        let owner = Owner::new();
        owner.with(|| {
            let caches = Caches::provide();
            caches.belong_to(READER);
            let component = owner.child();
            let diary = component.with(|| observed(caches));
            component.cleanup();
            caches.apply(&created(in_menu(1, "Alpha", 1.0)));
            caches.reset();
            assert_eq!(diary.take(), [""; 0]);
        });
    }
}
