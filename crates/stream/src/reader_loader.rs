//! Reads the states of readers who connect at the same time with one statement.

use sqlx::PgPool;

use crate::catch_up::CatchUpError;
use crate::reader_state::{self, ReaderState};
use activity::log::LogError;
use api::auth::session::SignedIn;
use db::batch_loader::{BatchLoader, ReadBatch};

/// Reads from a pool. Clones share the queue of the readers who wait.
#[derive(Clone, Debug)]
pub struct ReaderLoader(BatchLoader<ReaderStates>);

#[derive(Debug)]
struct ReaderStates(PgPool);

impl ReadBatch for ReaderStates {
    type Key = SignedIn;
    type Value = ReaderState;
    type Error = LogError;

    async fn read(&self, readers: &[SignedIn]) -> Result<Vec<ReaderState>, LogError> {
        let mut connection = self.0.acquire().await?;
        reader_state::read(&mut connection, readers).await
    }
}

impl ReaderLoader {
    /// Reads from this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self(BatchLoader::new(ReaderStates(pool)))
    }

    /// Reads the state of the reader, in a statement that begins after this call.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn load(&self, reader: &SignedIn) -> Result<ReaderState, CatchUpError> {
        self.0.load(*reader).await.map_err(CatchUpError::Reader)
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
