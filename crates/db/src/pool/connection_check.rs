//! Decides whether a pooled connection can still be used.
//!
//! A connection is replaced when it was closed, when the tables were created again since it was opened, and
//! when its session began while the database was read-only. The check is one more query before a request's
//! first, so it is left out where nothing can have changed: a connection that was in use a moment ago, of a
//! pool of which another was checked a moment ago.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::types::Oid;
use sqlx::{Executor, PgConnection, Row};

/// For how long a check of one connection stands for those that are in use. A connection that breaks
/// within this time after its last use fails the next request, which answers 503.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// For how long each connection is checked after one was read-only. A connection that isn't used for so
/// long is checked before it is used again.
const READ_ONLY_WATCH: Duration = Duration::from_secs(60);

/// The age at which a connection that only reads is replaced. `default_transaction_read_only` is read
/// when a session begins, so a session from a read-only phase would stay read-only after it.
const READ_ONLY_LIFETIME: Duration = Duration::from_secs(2);

/// Reads the state that decides whether a connection can still be used.
const CONNECTION_STATE: &str =
    "select current_setting('transaction_read_only') = 'on', to_regclass('users')::oid";

/// The state of the database, as the connections of one pool have shown it.
#[derive(Debug, Default)]
pub(super) struct ConnectionCheck(Mutex<Observed>);

/// Tables that were dropped and created again, as by a restore in place, show as another identity. The
/// prepared statements of earlier connections fail from then on ("cached plan must not change result type").
/// A restore drops all tables before it creates the first one, so one table stands for all.
#[derive(Debug, Default)]
struct Observed {
    /// The table as it was last seen; none before the first look.
    table: Option<Option<Oid>>,
    /// When the table was seen to be another one.
    tables_changed_at: Option<Instant>,
    /// When a connection was last checked.
    checked_at: Option<Instant>,
    /// When a connection was last read-only.
    read_only_at: Option<Instant>,
}

impl ConnectionCheck {
    /// Looks at a connection that was just opened.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) async fn observe_new(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        self.check(connection, Duration::ZERO).await.map(|_| ())
    }

    /// Whether a connection of the pool can be used.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) async fn is_usable(
        &self,
        connection: &mut PgConnection,
        metadata: &PoolConnectionMetadata,
    ) -> sqlx::Result<bool> {
        if !self.observed().is_check_due(metadata.idle_for, metadata.age, Instant::now()) {
            return Ok(true);
        }
        self.check(connection, metadata.age).await
    }

    async fn check(&self, connection: &mut PgConnection, age: Duration) -> sqlx::Result<bool> {
        let row = connection.fetch_one(CONNECTION_STATE).await?;
        let (is_read_only, table) = (row.try_get(0)?, row.try_get(1)?);
        Ok(self.observed().record(is_read_only, table, age, Instant::now()))
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observed {
    /// Whether a connection has to be checked before it is used.
    fn is_check_due(&self, idle_for: Duration, age: Duration, now: Instant) -> bool {
        let is_within = |at: Option<Instant>, time| at.is_some_and(|at| now - at < time);
        idle_for >= CHECK_INTERVAL
            || !is_within(self.checked_at, CHECK_INTERVAL)
            || is_within(self.read_only_at, READ_ONLY_WATCH)
            || self.is_older_than_tables(age, now)
    }

    /// Records the state of a connection of this age. Returns whether it can be used.
    fn record(
        &mut self,
        is_read_only: bool,
        table: Option<Oid>,
        age: Duration,
        now: Instant,
    ) -> bool {
        if self.table.is_some_and(|known| known != table) {
            self.tables_changed_at = Some(now);
        }
        self.table = Some(table);
        self.checked_at = Some(now);
        if is_read_only {
            self.read_only_at = Some(now);
        }
        let is_expired = is_read_only && age > READ_ONLY_LIFETIME;
        !self.is_older_than_tables(age, now) && !is_expired
    }

    fn is_older_than_tables(&self, age: Duration, now: Instant) -> bool {
        self.tables_changed_at.is_some_and(|at| age > now - at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TestDatabase;

    const FIRST: Option<Oid> = Some(Oid(1));
    const SECOND: Option<Oid> = Some(Oid(2));
    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn connections_from_before_a_restore_in_place_are_replaced() {
        let database = TestDatabase::create().await;
        let pool = database.new_pool(2);
        let count = || sqlx::query("select * from users").fetch_all(&pool);
        count().await.unwrap();

        // What `pg_restore --clean` does. The types of the columns change too, as domains are new.
        let recreate = "drop table users cascade; create table users (id bigint)";
        sqlx::raw_sql(recreate).execute(&database.pool).await.unwrap();
        tokio::time::sleep(CHECK_INTERVAL).await;

        for _ in 0..5 {
            count().await.unwrap();
        }
        pool.close().await;
    }

    #[test]
    fn connections_that_are_younger_than_the_tables_are_used() {
        let now = Instant::now();
        let mut observed = Observed::default();
        assert!(observed.record(false, FIRST, MINUTE, now));
        assert!(observed.record(false, FIRST, Duration::ZERO, now));
        assert!(!observed.record(false, SECOND, MINUTE, now));
        assert!(observed.record(false, SECOND, Duration::ZERO, now));
    }

    #[test]
    fn connections_that_were_read_only_for_a_while_are_replaced() {
        let mut observed = Observed::default();
        assert!(observed.record(true, FIRST, Duration::ZERO, Instant::now()));
        assert!(!observed.record(true, FIRST, MINUTE, Instant::now()));
    }

    #[test]
    fn connection_in_use_is_checked_once_in_an_interval() {
        let now = Instant::now();
        let mut observed = Observed::default();
        let is_due =
            |observed: &Observed, idle_for, now| observed.is_check_due(idle_for, MINUTE, now);
        assert!(is_due(&observed, Duration::ZERO, now), "none was checked yet");
        observed.record(false, FIRST, MINUTE, now);
        assert!(!is_due(&observed, Duration::ZERO, now));
        assert!(is_due(&observed, CHECK_INTERVAL, now), "it wasn't in use");
        assert!(is_due(&observed, Duration::ZERO, now + CHECK_INTERVAL));
    }

    #[test]
    fn every_connection_is_checked_after_one_was_read_only_or_the_tables_changed() {
        let now = Instant::now();
        let mut read_only = Observed::default();
        read_only.record(true, FIRST, Duration::ZERO, now);
        assert!(read_only.is_check_due(Duration::ZERO, MINUTE, now));

        let mut restored = Observed::default();
        restored.record(false, FIRST, MINUTE, now);
        restored.record(false, SECOND, MINUTE, now);
        assert!(restored.is_check_due(Duration::ZERO, MINUTE, now), "it is older than the tables");
        assert!(!restored.is_check_due(Duration::ZERO, Duration::ZERO, now));
    }
}
