//! What comes into the log, and where.

use super::*;

#[tokio::test]
async fn the_log_is_in_commit_order_and_not_in_the_order_of_beginnings() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;

    let mut first = begin(&database.pool).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Ada"))).execute(&mut *first).await.unwrap();
    let mut second = begin(&database.pool).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Bob"))).execute(&mut *second).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Cleo"))).execute(&mut *first).await.unwrap();
    second.commit().await.unwrap();
    let early = log_of(&database, 1).await;
    first.commit().await.unwrap();
    let log = log_of(&database, 3).await;

    assert_eq!(names(&log), ["Bob", "Ada", "Cleo"]);
    assert_eq!(log[0], early[0]);
    assert!(log.is_sorted_by_key(|activity| activity.position));
    assert!(log.is_sorted_by_key(|activity| activity.committed_at));
    worker.stop().await;
}

#[tokio::test]
async fn a_transaction_is_whole_and_numbered_in_the_log() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;

    execute(
        &database.pool,
        &format!("begin; {}; {}; {}; commit", user("Ada"), user("Bob"), user("Cleo")),
    )
    .await;
    log_of(&database, 3).await;

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
async fn a_transaction_too_large_for_memory_is_whole_in_the_log() {
    const ROWS: usize = 5_000;
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;

    execute(
        &database.pool,
        &format!(
            "insert into users (id, email, name)
             select gen_random_uuid(), n || '@example.com', n::text
               from generate_series(1, {ROWS}) n"
        ),
    )
    .await;
    // The first look that sees any of it sees all of it.
    eventually("the log has something", async || !whole_log(&database).await.is_empty()).await;
    let log = whole_log(&database).await;

    let numbers: Vec<usize> = log.iter().map(|activity| name(activity).parse().unwrap()).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
    worker.stop().await;
}

#[tokio::test]
async fn what_is_rolled_back_never_happened() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    execute(&database.pool, &format!("begin; {}; rollback", user("Ada"))).await;
    assert_eq!(log_up_to_now(&database).await, []);
    worker.stop().await;
}

#[tokio::test]
async fn a_change_read_twice_is_in_the_log_once() {
    let database = TestDatabase::create().await;
    let slot = database.slot();
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    worker.stop().await;
    becomes_free(&database).await;
    // A slot that was never told of the worker's progress.
    let stale = format!("{slot}_stale");
    execute(
        &database.pool,
        &format!("select pg_copy_logical_replication_slot('{slot}', '{stale}')"),
    )
    .await;

    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Bob").await;
    execute(&database.pool, "update users set name = 'Bea' where name = 'Bob'").await;
    let before = log_of(&database, 3).await;
    worker.crash().await;
    becomes_free(&database).await;
    execute(
        &database.pool,
        &format!(
            "select pg_drop_replication_slot('{slot}');
             select pg_copy_logical_replication_slot('{stale}', '{slot}');
             select pg_drop_replication_slot('{stale}')"
        ),
    )
    .await;

    let worker = Worker::holding(&database).await;
    assert_eq!(log_up_to_now(&database).await, before);
    worker.stop().await;
}

#[tokio::test]
async fn what_is_committed_while_nobody_works_comes_later() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    worker.stop().await;

    add_user(&database.pool, "Bob").await;
    execute(&database.pool, "delete from users where name = 'Ada'").await;
    let worker = Worker::holding(&database).await;
    let log = log_of(&database, 3).await;

    assert_eq!(names(&log), ["Ada", "Bob", "Ada"]);
    assert_eq!(actions(&log), [Action::Created, Action::Created, Action::Deleted]);
    worker.stop().await;
}
