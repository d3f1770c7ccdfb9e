//! Begins transactions in a cancellation-safe way.

use sqlx::{PgPool, Postgres, Transaction};

/// Begins a transaction. It is rolled back unless it is committed, also when this future is dropped
/// before the transaction has begun, as for a request whose client disconnected.
///
/// # Errors
/// When the database can't be reached.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    begin_with(pool, "begin").await
}

/// Begins a transaction with a statement other than `begin`, such as one that sets its isolation
/// level. Cancellation-safe like [`begin`].
///
/// # Errors
/// When the database can't be reached.
pub async fn begin_with(
    pool: &PgPool,
    statement: &'static str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    // In a task of its own, which continues when this future is dropped: sqlx 0.9.0 counts a
    // transaction only once the answer to `begin` is read. A connection that is dropped before
    // returns to the pool with an open transaction, and writes of its next user are never committed.
    #[expect(clippy::disallowed_methods, reason = "the task isn't cancelled")]
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::{Duration, Instant};

    use futures::FutureExt;

    use super::*;
    use testing::TestDatabase;

    /// How many transactions are cancelled, each after one more poll.
    const CANCELLED: u32 = 300;

    /// Returns the number of connections that are idle in a transaction.
    async fn idle_in_transaction(database: &TestDatabase) -> i64 {
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity
              where datname = current_database() and state like 'idle in transaction%'",
        )
        .fetch_one(&database.pool)
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn cancelled_begin_leaves_no_open_transaction_in_the_pool() {
        let database = TestDatabase::create().await;
        // A single connection, so that each statement uses the one before it.
        let pool = database.new_pool(1);
        for polls in 0..CANCELLED {
            {
                let mut begun = pin!(begin(&pool));
                for _ in 0..polls {
                    if begun.as_mut().now_or_never().is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            sqlx::query(
                "insert into users (id, email, name) values (gen_random_uuid(), $1, 'Ada')",
            )
            .bind(format!("ada{polls}@example.com"))
            .execute(&pool)
            .await
            .unwrap();
        }
        let written: i64 = sqlx::query_scalar("select count(*) from users")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!(written, i64::from(CANCELLED), "every insert is committed");
        let deadline = Instant::now() + Duration::from_secs(10);
        while idle_in_transaction(&database).await > 0 {
            assert!(Instant::now() < deadline, "transactions are left open");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
