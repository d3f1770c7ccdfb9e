//! A query that the stream keeps true.

mod reading;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::reading::{Carried, Reading, reading};
use super::caches::{Caches, Cue};
use super::flight::{Flight, Next};
use super::pace::Pace;
use super::patch::{Patch, Patched};
use super::retry;
use crate::effect::effect;
use contract::{ApiError, Entity, ErrorCode, StreamMessage, UserId};

type Answer<T> = Result<T, ApiError>;

/// A handle to a query of the page. Read it under `<Suspense>` or `<Transition>`.
pub struct LiveQuery<T: Send + Sync + 'static> {
    reading: Reading,
    /// What is shown: the latest answer, and what messages made of it since.
    shown: RwSignal<Option<Answer<T>>>,
    /// Counts the wishes to read it again.
    wishes: RwSignal<u64>,
    pace: Pace,
}

impl<T: Send + Sync + 'static> Clone for LiveQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for LiveQuery<T> {}

impl<T: Clone + Send + Sync + 'static> LiveQuery<T> {
    /// The value as it is now; `None` while it is read for the first time. Tracked.
    #[track_caller]
    #[must_use]
    pub fn get(&self) -> Option<Answer<T>> {
        self.wait();
        self.look(Clone::clone)
    }

    /// What `look` finds in the value as it is now; `None` while there is no value. Tracked.
    #[track_caller]
    pub fn map<U>(&self, look: impl FnOnce(&T) -> U) -> Option<U> {
        self.wait();
        self.map_shown(look)
    }

    /// What is read isn't in it, but `<Suspense>` learns from it what to wait for.
    #[track_caller]
    fn wait(&self) {
        drop(self.reading.read());
    }

    /// Like [`map_shown`](Self::map_shown), for a page's title: on the server that is written last,
    /// when the part of the page that it is of may be disposed of already.
    pub fn outliving<U, F: Fn(&T) -> U>(&self, look: F) -> impl Fn() -> Option<U> + use<T, U, F> {
        let shown = ArcRwSignal::from(self.shown);
        move || with(&shown, |shown| shown.as_ref()?.as_ref().ok().map(&look))
    }

    /// Like [`map`](Self::map), but no `<Suspense>` waits for it: for what is rendered after all
    /// data is there. Tracked.
    pub fn map_shown<U>(&self, look: impl FnOnce(&T) -> U) -> Option<U> {
        self.look(|shown| shown.as_ref()?.as_ref().ok().map(look))
    }

    fn look<U>(&self, look: impl FnOnce(&Option<Answer<T>>) -> U) -> U {
        with(&ArcRwSignal::from(self.shown), look)
    }

    /// Like [`map`](Self::map), for where nothing follows: handlers and listeners.
    pub fn map_untracked<U>(&self, look: impl FnOnce(&T) -> U) -> Option<U> {
        self.shown.try_with_untracked(|shown| shown.as_ref()?.as_ref().ok().map(look)).flatten()
    }

    /// The value after the read that is under way. For a query that builds on this one.
    ///
    /// # Errors
    /// Those of reading, and `unreachable` once the query is gone from the page.
    pub async fn ready(self) -> Answer<T> {
        let shown = ArcRwSignal::from(self.shown);
        self.reading.await;
        let gone = || ApiError::new(ErrorCode::Unreachable, "The page was left.");
        shown.get_untracked().unwrap_or_else(|| Err(gone()))
    }

    /// Changes the value in place, before the server has answered. Does nothing without a value.
    pub fn update_with(&self, change: impl FnOnce(&mut T)) {
        let _ = self.shown.try_maybe_update(|shown| match shown {
            Some(Ok(value)) => {
                change(value);
                (true, ())
            }
            _ => (false, ()),
        });
    }

    /// Reads it again. What is shown stays until the answer is there, and when there is none.
    pub fn refetch(&self) {
        wish(self.wishes);
    }
}

/// A query that is read with `fetch` for the key that `key` gives, read again whenever that
/// changes, and patched by the messages that the [`Caches`] above are given. Without any above it
/// is a plain query.
///
/// On the server it is read while the page is rendered; the value travels in the page.
#[track_caller]
pub fn live_query<K, T, Fetched>(
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(K) -> Fetched + Send + Sync + 'static,
) -> LiveQuery<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Patch + Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Fetched: Future<Output = Answer<T>> + Send + 'static,
{
    let flight = SharedFlight::default();
    // What is read belongs to whoever still shows it, a title for one, even when this part of the
    // page is disposed of meanwhile.
    let answered = ArcRwSignal::new(None::<Answer<T>>);
    let shown = RwSignal::from(answered.clone());
    let wishes = RwSignal::new(0);
    let (source, fetched) = (flight.clone(), flight.clone());
    // A page on the server is never left.
    let caches = use_context::<Caches>().filter(|_| !cfg!(feature = "ssr"));
    let keep = move |key: Option<K>| {
        let value = shown.try_get_untracked().flatten().and_then(Result::ok);
        if let (Some(caches), Some(key), Some(value)) = (caches, key, value) {
            caches.keep(key, value);
        }
    };
    let asked = move || {
        let key = key();
        let turn = source.with(|flight| flight.ask(key));
        (wishes.get(), turn)
    };
    let read = move || {
        let key = fetched.with(Flight::begin).expect("what is read was asked for");
        keep(fetched.with(|flight| flight.leaving(&key).cloned()));
        let fetching = fetch(key.clone());
        let (fetched, answered) = (fetched.clone(), answered.clone());
        Box::pin(async move {
            let answer = fetching.await;
            let held = shown.try_get_untracked().flatten().and_then(Result::ok);
            let kept = |key: &K| caches?.kept(key);
            let (landed, next) = fetched.with(|flight| flight.land(key, answer, held, kept));
            let carried = Carried::of(&landed);
            answered.set(Some(landed));
            match next {
                Next::Rest => {}
                Next::ReadAgain => wish(wishes),
                Next::TryLater => retry::later(move || wish(wishes)),
            }
            carried
        }) as _
    };
    let reading = reading(Box::new(asked), Box::new(read));
    // The page that the server rendered brings the value along. Dereferenced, because reading the
    // resource itself outside `<Suspense>` is warned about.
    if let Some(Some(carried)) = (*reading).try_get_untracked() {
        let brought = carried.answer();
        if brought
            .as_ref()
            .is_none_or(|read| read.as_ref().is_err_and(|error| error.code.is_transient()))
        {
            // Effects run in the browser only.
            effect(move || retry::later(move || wish(wishes)));
        }
        shown.update_untracked(|shown| *shown = brought);
    }
    let query = LiveQuery { reading, shown, wishes, pace: Pace::new() };
    let left = flight.clone();
    on_cleanup(move || keep(left.with(|flight| flight.shown().cloned())));
    if let Some(caches) = use_context::<Caches>() {
        caches.register_query(move |cue| match cue {
            Cue::Message(message, reader) => {
                flight.with(|flight| flight.hear(message, reader));
                query.hear(message, reader);
            }
            Cue::ReadAgain => query.refetch(),
        });
    }
    query
}

impl<T: Patch + Clone + Send + Sync + 'static> LiveQuery<T> {
    fn hear(&self, message: &StreamMessage, reader: UserId) {
        let patched = self.shown.try_update_untracked(|shown| match shown {
            Some(Ok(value)) => value.patch(message, reader),
            Some(Err(_)) if changes_access(message, reader) => Patched::Stale,
            _ => Patched::Unchanged,
        });
        if patched.is_some_and(|patched| patched != Patched::Unchanged) {
            let shown = self.shown;
            self.pace.change(move || shown.notify());
        }
        if patched == Some(Patched::Stale) {
            self.refetch();
        }
    }
}

/// What `look` finds in a signal. Tracked. On the server another thread may be writing the answer; for
/// that moment the signal can't be read, and Leptos takes it for disposed of and panics.
fn with<T: Clone + Send + Sync + 'static, U>(
    signal: &ArcRwSignal<T>,
    look: impl FnOnce(&T) -> U,
) -> U {
    if !cfg!(feature = "ssr") {
        return signal.with(look);
    }
    for _ in 0..MOST_READS {
        // A copy, as who reads it in `look` again must not be in the way of who writes.
        if let Some(value) = signal.try_get() {
            return look(&value);
        }
        std::thread::yield_now();
    }
    // Whoever wrote has panicked, and so does who reads.
    signal.with(look)
}

/// How often a signal is tried that is being written. Writing takes microseconds.
const MOST_READS: usize = 1_000_000;

/// Wishes for another read, unless the query is gone from the page.
fn wish(wishes: RwSignal<u64>) {
    let _ = wishes.try_update(|wishes| *wishes += 1);
}

/// Whether what the reader was refused may be had now.
fn changes_access(message: &StreamMessage, reader: UserId) -> bool {
    matches!(message.entity, Entity::Membership(_)) && message.user_id == Some(reader)
}

/// One flight, known to the read and to the messages.
struct SharedFlight<K>(Arc<Mutex<Flight<K>>>);

impl<K> SharedFlight<K> {
    fn with<R>(&self, act: impl FnOnce(&mut Flight<K>) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K> Clone for SharedFlight<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for SharedFlight<K> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Flight::default())))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_another_thread_is_writing_can_be_read() {
        let signal = ArcRwSignal::new(0);
        let written = signal.clone();
        let writing = thread::spawn(move || (0..100_000).for_each(|value| written.set(value)));
        while !writing.is_finished() {
            assert!(with(&signal, |value| *value < 100_000));
        }
        writing.join().unwrap();
    }
}
