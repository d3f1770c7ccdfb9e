//! The current time, which is the database's.
//!
//! Every node reads the database's clock and measures only how much time has passed since. So nodes
//! agree on what has expired, whatever their own clocks say.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use contract::Timestamp;
use sqlx::PgExecutor;
use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::warn;

/// How often the database's clock is read. In between, clocks drift by less than a millisecond.
const SYNCHRONIZE_INTERVAL: Duration = Duration::from_secs(10);

/// A change of the difference to the database's clock that is logged.
const NOTABLE_STEP: time::Duration = time::Duration::seconds(1);

/// Returns the database's time. Clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<RwLock<Reading>>);

/// The database's time at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Timestamp,
    read_at: Instant,
}

impl Reading {
    async fn from(executor: impl PgExecutor<'_>) -> Result<Self, sqlx::Error> {
        let asked_at = Instant::now();
        let at: Timestamp =
            sqlx::query_scalar("select clock_timestamp()").fetch_one(executor).await?;
        // Postgres read its clock halfway between question and answer.
        Ok(Self { at, read_at: asked_at + asked_at.elapsed() / 2 })
    }

    fn now(self) -> Timestamp {
        let passed = self.read_at.elapsed().as_micros();
        // In whole microseconds. Postgres stores no finer resolution, so a stored time reads back
        // equal.
        self.at.plus(time::Duration::microseconds(i64::try_from(passed).unwrap_or(i64::MAX)))
    }
}

impl Clock {
    /// Reads the database's clock.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn of_database(executor: impl PgExecutor<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self(Arc::new(RwLock::new(Reading::from(executor).await?))))
    }

    /// Returns the current time, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.reading().now()
    }

    /// Reads the database's clock again every 10 s. Without an answer the time passes on.
    pub async fn synchronize_periodically(&self, pool: &PgPool) -> Infallible {
        let mut ticks = interval(SYNCHRONIZE_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Ok(Ok(reading)) = timeout(SYNCHRONIZE_INTERVAL, Reading::from(pool)).await {
                self.set(reading);
            }
        }
    }

    /// Moves this clock and its clones forward until the database's clock is read again, for tests
    /// of what expires.
    pub fn advance(&self, by: time::Duration) {
        let reading = self.reading();
        self.set(Reading { at: reading.at.plus(by), ..reading });
    }

    fn reading(&self) -> Reading {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, reading: Reading) {
        let step = reading.now().inner() - self.now().inner();
        if step.abs() >= NOTABLE_STEP {
            warn!(seconds = step.as_seconds_f64(), "The database's clock was set");
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = reading;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::{TestDatabase, eventually};
    use time::macros::datetime;

    fn clock_at(at: Timestamp) -> Clock {
        Clock(Arc::new(RwLock::new(Reading { at, read_at: Instant::now() })))
    }

    #[tokio::test]
    async fn clock_follows_the_database_and_not_this_machine() {
        let database = TestDatabase::create().await;
        // This schema comes before Postgres' own, so that the database's clock seems to be ahead.
        let sql = "create schema ahead;
                   create function ahead.clock_timestamp() returns timestamptz language sql
                       as $$ select pg_catalog.clock_timestamp() + interval '40 days' $$";
        sqlx::raw_sql(sql).execute(&database.pool).await.unwrap();
        let mut connection = database.pool.acquire().await.unwrap();
        sqlx::raw_sql("set search_path = ahead, pg_catalog")
            .execute(&mut *connection)
            .await
            .unwrap();
        let ahead = Clock::of_database(&mut *connection).await.unwrap();
        // A connection with this setting must not return to the pool.
        connection.close().await.unwrap();
        let difference = ahead.now().inner() - database.clock.now().inner();
        assert!((difference - time::Duration::days(40)).abs() < time::Duration::seconds(5));

        database.clock.advance(time::Duration::hours(1));
        let drifted = database.clock.now();
        let pool = database.pool.clone();
        let clock = database.clock.clone();
        tokio::select! {
            never = clock.synchronize_periodically(&pool) => match never {},
            () = eventually("the clock is set", async || database.clock.now() < drifted) => {}
        }
    }

    #[test]
    fn clones_advance_together() {
        let start = Timestamp::new(datetime!(2030-01-01 0:00 UTC));
        let clock = clock_at(start);
        let clone = clock.clone();
        clock.advance(time::Duration::hours(2));
        let passed = clone.now().inner() - start.inner();
        assert!((time::Duration::hours(2)..time::Duration::hours(3)).contains(&passed));
    }

    #[test]
    fn time_passes_from_the_database_s_time_on() {
        let start = Timestamp::new(datetime!(2030-01-01 0:00 UTC));
        let clock = clock_at(start);
        let first = clock.now();
        let second = std::iter::repeat_with(|| clock.now()).find(|now| *now > first).unwrap();
        assert!(start <= first && second < start.plus(time::Duration::minutes(1)));
        assert_eq!(second.inner().nanosecond() % 1_000, 0, "the resolution of the database");
    }
}
