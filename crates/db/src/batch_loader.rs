//! Reads the values for which many tasks ask at the same time with one statement.
//!
//! While a statement runs, the tasks that ask meanwhile wait for the next one. So a single task waits for
//! nobody, and thousands that come at once, as after a restart, cost a few statements.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How many keys one statement reads.
const MAX_BATCH_SIZE: usize = 500;

/// How many statements run at the same time.
const MAX_CONCURRENT: usize = 2;

/// Reads the values of several keys.
pub trait ReadBatch: Send + Sync + 'static {
    /// The key by which a task asks for a value.
    type Key: Clone + Send + 'static;
    /// The value of a key.
    type Value: Send + 'static;
    /// Why there is no answer.
    type Error: From<sqlx::Error> + Send + Sync + 'static;

    /// Reads the values of these keys, in their order. An error is one of all of them.
    fn read(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<Vec<Self::Value>, Self::Error>> + Send;
}

/// The queue of the tasks that wait for values of one kind. Clones share it.
pub struct BatchLoader<R: ReadBatch> {
    reader: Arc<R>,
    queue: Arc<Mutex<Queue<R>>>,
}

struct Queue<R: ReadBatch> {
    waiting: Vec<Waiting<R>>,
    running: usize,
}

struct Waiting<R: ReadBatch> {
    key: R::Key,
    answer: oneshot::Sender<Result<R::Value, Arc<R::Error>>>,
}

impl<R: ReadBatch> BatchLoader<R> {
    /// Reads with `reader`.
    #[must_use]
    pub fn new(reader: R) -> Self {
        let queue = Queue { waiting: Vec::new(), running: 0 };
        Self { reader: Arc::new(reader), queue: Arc::new(Mutex::new(queue)) }
    }

    /// Reads the value of the key, in a statement that begins after this call.
    ///
    /// # Errors
    /// The error of that statement, which all of its tasks share.
    pub async fn load(&self, key: R::Key) -> Result<R::Value, Arc<R::Error>> {
        let (answer, receiver) = oneshot::channel();
        if self.enqueue(Waiting { key, answer }) {
            let turn = Turn { loader: self.clone(), has_ended: false };
            // In a task of its own, which goes on for the others when this one is dropped.
            tokio::spawn(turn.run());
        }
        receiver.await.unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed.into())))
    }

    fn lock(&self) -> MutexGuard<'_, Queue<R>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a further statement may run.
    fn enqueue(&self, waiting: Waiting<R>) -> bool {
        let mut queue = self.lock();
        queue.waiting.push(waiting);
        let may_run = queue.running < MAX_CONCURRENT;
        queue.running += usize::from(may_run);
        may_run
    }
}

impl<R: ReadBatch> Clone for BatchLoader<R> {
    fn clone(&self) -> Self {
        Self { reader: Arc::clone(&self.reader), queue: Arc::clone(&self.queue) }
    }
}

impl<R: ReadBatch> fmt::Debug for BatchLoader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.lock();
        f.debug_struct("BatchLoader")
            .field("waiting", &queue.waiting.len())
            .field("running", &queue.running)
            .finish_non_exhaustive()
    }
}

/// The right to run a statement.
struct Turn<R: ReadBatch> {
    loader: BatchLoader<R>,
    has_ended: bool,
}

impl<R: ReadBatch> Turn<R> {
    /// Takes the next keys. When there are none, the turn has ended.
    fn next_batch(&mut self) -> Vec<Waiting<R>> {
        let mut queue = self.loader.lock();
        let size = queue.waiting.len().min(MAX_BATCH_SIZE);
        if size == 0 {
            queue.running -= 1;
            self.has_ended = true;
        }
        queue.waiting.drain(..size).collect()
    }

    async fn run(mut self) {
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                return;
            }
            let keys: Vec<R::Key> = batch.iter().map(|waiting| waiting.key.clone()).collect();
            match self.loader.reader.read(&keys).await {
                Ok(values) => {
                    for (Waiting { answer, .. }, value) in batch.into_iter().zip(values) {
                        // A task that was dropped needs no answer.
                        let _ = answer.send(Ok(value));
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for Waiting { answer, .. } in batch {
                        let _ = answer.send(Err(Arc::clone(&error)));
                    }
                }
            }
        }
    }
}

/// A turn that panics gives way to another one.
impl<R: ReadBatch> Drop for Turn<R> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.loader.lock().running -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    /// Doubles numbers. Fails for 13, and panics for 99.
    #[derive(Default)]
    struct Doubling {
        statements: AtomicUsize,
    }

    impl ReadBatch for Doubling {
        type Key = u32;
        type Value = u32;
        type Error = sqlx::Error;

        async fn read(&self, keys: &[u32]) -> Result<Vec<u32>, sqlx::Error> {
            self.statements.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            assert!(!keys.contains(&99), "as a bug would");
            if keys.contains(&13) {
                return Err(sqlx::Error::PoolTimedOut);
            }
            Ok(keys.iter().map(|key| key * 2).collect())
        }
    }

    #[tokio::test]
    async fn tasks_that_ask_together_share_a_statement_and_get_their_own_answers() {
        let loader = BatchLoader::new(Doubling::default());
        let answers = join_all((100..1600).map(|key| loader.load(key))).await;
        for (key, answer) in (100..).zip(answers) {
            assert_eq!(answer.unwrap(), key * 2);
        }
        assert!(loader.reader.statements.load(Ordering::Relaxed) <= 5);
        let queue = loader.lock();
        assert_eq!((queue.running, queue.waiting.len()), (0, 0));
    }

    #[tokio::test]
    async fn failure_is_one_of_each_task_and_the_next_one_tries_again() {
        let loader = BatchLoader::new(Doubling::default());
        for _ in 0..3 {
            assert!(loader.load(13).await.is_err());
            assert!(loader.load(99).await.is_err(), "a panic ends the wait");
            assert_eq!(loader.load(1).await.unwrap(), 2);
        }
    }
}
