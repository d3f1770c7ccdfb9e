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
    use std::pin::pin;
    use std::time::{Duration, Instant};

    use futures::FutureExt;

    use super::*;
    use testing::TestDatabase;

    /// How many are given up, each after one more look at it.
    const GIVEN_UP: u32 = 300;

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
        // One connection, which everybody gets in turn.
        let pool = database.new_pool(1);
        // At every moment of its beginning.
        for looks in 0..GIVEN_UP {
            {
                let mut begun = pin!(begin(&pool));
                for _ in 0..looks {
                    if begun.as_mut().now_or_never().is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            sqlx::query(
                "insert into users (id, email, name) values (gen_random_uuid(), $1, 'Ada')",
            )
            .bind(format!("ada{looks}@example.com"))
            .execute(&pool)
            .await
            .unwrap();
        }
        let written: i64 = sqlx::query_scalar("select count(*) from users")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!(written, i64::from(GIVEN_UP), "what was written is committed");
        let deadline = Instant::now() + Duration::from_secs(10);
        while left_open(&database).await > 0 {
            assert!(Instant::now() < deadline, "transactions are left open");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
