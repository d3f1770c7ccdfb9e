//! Reads the states of readers that connect at the same time with one statement.
//!
//! While a statement runs, the readers that connect meanwhile wait for the next one. So a single reader
//! waits for nobody, and thousands that come back after a restart cost a few statements.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::PgPool;
use tokio::sync::oneshot;

use crate::catch_up::CatchUpError;
use crate::reader_state::{self, ReaderState};
use activity::log::LogError;
use api::auth::session::SignedIn;

/// How many readers one statement is for.
const MAX_BATCH_SIZE: usize = 500;

/// How many statements run at the same time.
const MAX_CONCURRENT: usize = 2;

/// Clones share the queue.
#[derive(Clone, Debug)]
pub struct ReaderLoader {
    pool: PgPool,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    running: usize,
}

#[derive(Debug)]
struct Waiting {
    reader: SignedIn,
    answer: oneshot::Sender<Result<ReaderState, Arc<LogError>>>,
}

impl ReaderLoader {
    /// Reads from this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, queue: Arc::default() }
    }

    /// Reads the state of the reader, in a statement that begins after this call.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn load(&self, reader: &SignedIn) -> Result<ReaderState, CatchUpError> {
        let (answer, receiver) = oneshot::channel();
        if self.enqueue(Waiting { reader: *reader, answer }) {
            let turn = Turn { loader: self.clone(), has_ended: false };
            // In a task of its own, which goes on for the others when this reader leaves.
            tokio::spawn(turn.run());
        }
        let answer =
            receiver.await.unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed.into())));
        answer.map_err(CatchUpError::Reader)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a further statement may run.
    fn enqueue(&self, waiting: Waiting) -> bool {
        let mut queue = self.lock();
        queue.waiting.push(waiting);
        let may_run = queue.running < MAX_CONCURRENT;
        queue.running += usize::from(may_run);
        may_run
    }

    async fn read(&self, readers: &[SignedIn]) -> Result<Vec<ReaderState>, LogError> {
        let mut connection = self.pool.acquire().await?;
        reader_state::read(&mut connection, readers).await
    }
}

/// The right to run a statement.
struct Turn {
    loader: ReaderLoader,
    has_ended: bool,
}

impl Turn {
    /// Takes the next readers. When there are none, the turn has ended.
    fn next_batch(&mut self) -> Vec<Waiting> {
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
            let readers: Vec<SignedIn> = batch.iter().map(|waiting| waiting.reader).collect();
            match self.loader.read(&readers).await {
                Ok(states) => {
                    for (Waiting { answer, .. }, state) in batch.into_iter().zip(states) {
                        // A reader that has left needs no answer.
                        let _ = answer.send(Ok(state));
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
impl Drop for Turn {
    fn drop(&mut self) {
        if !self.has_ended {
            self.loader.lock().running -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::{Role, SessionId, Timestamp, UserId};
    use futures::future::join_all;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use testing::TestDatabase;

    fn reader(user: u128, session: u128) -> SignedIn {
        SignedIn {
            user_id: UserId::from_uuid(Uuid::from_u128(user)),
            session_id: SessionId::from_uuid(Uuid::from_u128(session)),
            system_admin: false,
            expires_at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
        }
    }

    #[tokio::test]
    async fn readers_who_connect_together_share_a_statement_and_get_their_own_answers() {
        let database = TestDatabase::create().await;
        database
            .execute(
                "insert into users (id, email, name)
                 select lpad(to_hex(n), 32, '0')::uuid, 'u' || n || '@example.com', 'U'
                   from generate_series(1, 300) n;
                 insert into sessions (id, user_id, expires_at)
                 select id, id, now() + interval '1 day' from users where email <> 'u7@example.com';
                 insert into organizations (id, name, slug)
                 select gen_random_uuid(), 'O', 'o-' || n from generate_series(1, 3) n;
                 insert into memberships (id, organization_id, user_id, role)
                 select gen_random_uuid(), o.id, u.id, 'admin'
                   from users u, organizations o where u.email like 'u1%'",
            )
            .await;
        let loader = ReaderLoader::new(database.new_pool(2));
        let readers: Vec<_> = (1..=300).map(|number| reader(number, number)).collect();
        let states = join_all(readers.iter().map(|reader| loader.load(reader))).await;
        for (number, state) in (1..).zip(states) {
            let state = state.unwrap();
            assert_eq!(state.is_session_alive, number != 7, "{number}");
            let memberships = if number.to_string().starts_with('1') { 3 } else { 0 };
            assert_eq!(state.memberships.len(), memberships, "{number}");
            assert!(state.memberships.iter().all(|(_, role)| *role == Role::Admin));
        }
        let queue = loader.lock();
        assert_eq!((queue.running, queue.waiting.len()), (0, 0));
    }

    #[tokio::test]
    async fn session_of_another_user_is_not_alive() {
        let database = TestDatabase::create().await;
        database
            .execute(
                "insert into users (id, email, name)
                 select lpad(to_hex(n), 32, '0')::uuid, 'u' || n || '@example.com', 'U'
                   from generate_series(1, 2) n;
                 insert into sessions (id, user_id, expires_at)
                 select id, id, now() + interval '1 day' from users",
            )
            .await;
        let loader = ReaderLoader::new(database.new_pool(1));
        assert!(loader.load(&reader(1, 1)).await.unwrap().is_session_alive);
        assert!(!loader.load(&reader(1, 2)).await.unwrap().is_session_alive);
    }

    #[tokio::test]
    async fn unreachable_database_is_an_error_for_each_reader_and_the_next_one_tries_again() {
        let database = TestDatabase::create().await;
        let pool = database.new_pool(1);
        pool.close().await;
        let loader = ReaderLoader::new(pool);
        for _ in 0..3 {
            let (one, two) = (reader(1, 1), reader(2, 2));
            let (one, two) = tokio::join!(loader.load(&one), loader.load(&two));
            assert!(matches!((one, two), (Err(CatchUpError::Reader(_)), Err(_))));
        }
    }
}
