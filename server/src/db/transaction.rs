//! Beginning a transaction in a way that can be given up.

use sqlx::{PgPool, Postgres, Transaction};

/// Begins a transaction. It is rolled back unless it is committed, also when whoever asked for it is
/// gone before it has begun, such as a request whose client hung up.
///
/// # Errors
/// When the database can't be reached.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    begin_with(pool, "begin").await
}

/// The same, by that statement.
///
/// # Errors
/// When the database can't be reached.
pub async fn begin_with(
    pool: &PgPool,
    statement: &'static str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    // In a task of its own, which goes on when it isn't waited for: sqlx 0.9.0 counts a transaction
    // only once the answer to `begin` is read. One that is given up before goes back to the pool
    // begun, and what the next user writes there is committed by nobody.
    #[expect(clippy::disallowed_methods, reason = "here it isn't given up")]
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::testing::TestDatabase;

    /// The connections on which a transaction is open and nothing happens.
    async fn left_open(database: &TestDatabase) -> i64 {
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity
              where datname = current_database() and state like 'idle in transaction%'",
        )
        .fetch_one(&database.pool)
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn a_transaction_that_is_given_up_while_it_begins_is_not_left_to_the_next_user() {
        let database = TestDatabase::create().await;
        // At every moment of its beginning.
        for microseconds in (0..3_000).step_by(20) {
            let patience = Duration::from_micros(microseconds);
            let _ = tokio::time::timeout(patience, begin(&database.pool)).await;
            tokio::task::yield_now().await;
        }
        for number in 0..20 {
            sqlx::query(
                "insert into users (id, email, name) values (gen_random_uuid(), $1, 'Ada')",
            )
            .bind(format!("ada{number}@example.com"))
            .execute(&database.pool)
            .await
            .unwrap();
        }
        let elsewhere = crate::db::pool(&database.endpoint, 1);
        let written: i64 =
            sqlx::query_scalar("select count(*) from users").fetch_one(&elsewhere).await.unwrap();
        assert_eq!(written, 20, "what was written is committed");
        let deadline = Instant::now() + Duration::from_secs(10);
        while left_open(&database).await > 0 {
            assert!(Instant::now() < deadline, "transactions are left open");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
