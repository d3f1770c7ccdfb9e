//! Order and completeness of the log.

use super::*;

#[tokio::test]
async fn log_is_in_commit_order() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;

    let mut first = begin(&database.pool).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Ada"))).execute(&mut *first).await.unwrap();
    let mut second = begin(&database.pool).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Bob"))).execute(&mut *second).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Cleo"))).execute(&mut *first).await.unwrap();
    second.commit().await.unwrap();
    let early = wait_for_log(&database, 1).await;
    first.commit().await.unwrap();
    let log = wait_for_log(&database, 3).await;

    assert_eq!(names(&log), ["Bob", "Ada", "Cleo"]);
    assert_eq!(log[0], early[0]);
    assert!(log.is_sorted_by_key(|activity| activity.position));
    assert!(log.is_sorted_by_key(|activity| activity.committed_at));
    worker.stop().await;
}

#[tokio::test]
async fn transaction_is_complete_and_numbered_in_the_log() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;

    execute(
        &database.pool,
        &format!("begin; {}; {}; {}; commit", user("Ada"), user("Bob"), user("Cleo")),
    )
    .await;
    wait_for_log(&database, 3).await;

    let rows: Vec<(i32, String)> =
        sqlx::query_as("select ordinal, commit_lsn::text from activities order by id")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    let ordinals: Vec<i32> = rows.iter().map(|(ordinal, _)| *ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
    assert!(rows.iter().all(|(_, lsn)| *lsn == rows[0].1), "{rows:?}");
    worker.stop().await;
}

#[tokio::test]
async fn transaction_larger_than_a_batch_is_complete_in_the_log() {
    const ROWS: usize = 5_000;
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;

    execute(
        &database.pool,
        &format!(
            "insert into users (id, email, name)
             select gen_random_uuid(), n || '@example.com', n::text
               from generate_series(1, {ROWS}) n"
        ),
    )
    .await;
    // The first query that sees any of it must see all of it.
    eventually("the log has activities", async || !whole_log(&database).await.is_empty()).await;
    let log = whole_log(&database).await;

    let numbers: Vec<usize> = log.iter().map(|activity| name(activity).parse().unwrap()).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
    worker.stop().await;
}

#[tokio::test]
async fn rolled_back_transaction_is_not_in_the_log() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(&database.pool, &format!("begin; {}; rollback", user("Ada"))).await;
    assert_eq!(current_log(&database).await, []);
    worker.stop().await;
}

#[tokio::test]
async fn redelivered_change_is_in_the_log_once() {
    let database = TestDatabase::create().await;
    let slot = database.slot();
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    worker.stop().await;
    wait_for_free_slot(&database).await;
    // A slot that never receives the worker's acknowledgements.
    let stale = format!("{slot}_stale");
    execute(
        &database.pool,
        &format!("select pg_copy_logical_replication_slot('{slot}', '{stale}')"),
    )
    .await;

    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Bob").await;
    execute(&database.pool, "update users set name = 'Bea' where name = 'Bob'").await;
    let before = wait_for_log(&database, 3).await;
    worker.crash().await;
    wait_for_free_slot(&database).await;
    execute(
        &database.pool,
        &format!(
            "select pg_drop_replication_slot('{slot}');
             select pg_copy_logical_replication_slot('{stale}', '{slot}');
             select pg_drop_replication_slot('{stale}')"
        ),
    )
    .await;

    let worker = Worker::start_active(&database).await;
    assert_eq!(current_log(&database).await, before);
    worker.stop().await;
}

#[tokio::test]
async fn changes_committed_without_a_worker_reach_the_log_later() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    worker.stop().await;

    add_user(&database.pool, "Bob").await;
    execute(&database.pool, "delete from users where name = 'Ada'").await;
    let worker = Worker::start_active(&database).await;
    let log = wait_for_log(&database, 3).await;

    assert_eq!(names(&log), ["Ada", "Bob", "Ada"]);
    assert_eq!(actions(&log), [Action::Created, Action::Created, Action::Deleted]);
    worker.stop().await;
}
