//! Work that keeps a processor busy, such as hashing passwords: on blocking threads, a few at a time.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// Lets a bounded number of jobs run at once. The others wait for a bounded time, in the order in which
/// they came.
#[derive(Clone, Debug)]
pub struct BlockingGate {
    permits: Arc<Semaphore>,
    max_wait: Duration,
}

/// Why a job didn't run to its end.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Too many other jobs came before.
    #[error("too many jobs of this kind wait for a processor")]
    Busy,
    /// The job panicked, or the runtime is shutting down.
    #[error("the job was interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

impl BlockingGate {
    /// Lets `concurrency` jobs run at once. Others wait for up to `max_wait`.
    #[must_use]
    pub fn new(concurrency: NonZero<usize>, max_wait: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(concurrency.get())), max_wait }
    }

    /// Runs the job. It goes on when the caller stops waiting for it, and counts until it has ended.
    ///
    /// # Errors
    /// [`GateError::Busy`] when it had to wait for too long, and when the job panics.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, GateError> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.max_wait, permit).await;
        let permit = permit.map_err(|_| GateError::Busy)?.expect("the semaphore is never closed");
        let job = move || {
            // Moved into the job, which can't be cancelled.
            let _permit = permit;
            job()
        };
        Ok(tokio::task::spawn_blocking(job).await?)
    }
}

/// Returns half of the processors, so that the other half serves everyone else; at least one.
#[must_use]
pub fn half_of_the_processors() -> NonZero<usize> {
    let processors = available_parallelism().map_or(1, NonZero::get);
    NonZero::new(processors / 2).unwrap_or(NonZero::<usize>::MIN)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    const ONE: NonZero<usize> = NonZero::<usize>::MIN;

    #[tokio::test]
    async fn cancelled_job_counts_until_it_has_ended() {
        let gate = BlockingGate::new(ONE, Duration::from_millis(50));
        let (started, has_started) = mpsc::channel();
        let (finish, may_finish) = mpsc::channel::<()>();
        let caller = tokio::spawn({
            let gate = gate.clone();
            async move {
                gate.run(move || {
                    started.send(()).unwrap();
                    may_finish.recv().unwrap();
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());

        assert!(matches!(gate.run(|| ()).await, Err(GateError::Busy)), "the job still runs");
        finish.send(()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while gate.run(|| ()).await.is_err() {
            assert!(Instant::now() < deadline, "the job has ended");
        }
    }

    #[tokio::test]
    async fn panicking_job_gives_its_place_back() {
        let gate = BlockingGate::new(ONE, Duration::from_secs(10));
        let panicked = gate.run(|| panic!("expected by the test")).await;
        assert!(matches!(panicked, Err::<(), _>(GateError::Interrupted(_))));
        assert_eq!(gate.run(|| 1).await.unwrap(), 1);
    }
}
