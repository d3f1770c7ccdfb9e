//! A worker crashes at a crash point, and the next one resumes. The log must have neither a gap nor a
//! duplicate.

use std::pin::pin;

use futures::FutureExt;
use uuid::Uuid;

use super::*;

/// The number of rows of the large transaction: more than a batch.
const LARGE: u128 = 1_500;

/// The action and the subject of an activity.
type Change = (Action, Uuid);

/// Commits transactions of every size and kind, with ids that start at `base`. Returns the changes
/// that the log must contain, in order.
async fn commit_changes(database: &TestDatabase, base: u128) -> Vec<Change> {
    let id = |n: u128| Uuid::from_u128(base + n);
    let insert = |n: u128| {
        format!("insert into users (id, email, name) values ('{0}', '{0}@example.com', 'U')", id(n))
    };
    let pool = &database.pool;
    let mut expected = Vec::new();
    // Transactions of one row.
    for n in 0..3 {
        execute(pool, &insert(n)).await;
        expected.push((Action::Created, id(n)));
    }
    // A transaction of several rows.
    let (three, four) = (insert(3), insert(4));
    let several = format!(
        "begin; {three}; {four}; update users set name = 'V' where id = '{}';
         delete from users where id = '{}'; commit",
        id(0),
        id(1),
    );
    execute(pool, &several).await;
    expected.extend([
        (Action::Created, id(3)),
        (Action::Created, id(4)),
        (Action::Updated, id(0)),
        (Action::Deleted, id(1)),
    ]);
    // A transaction larger than a batch.
    let mut rows = Vec::new();
    for n in 10..10 + LARGE {
        rows.push(format!("('{0}', '{0}@example.com', 'L')", id(n)));
        expected.push((Action::Created, id(n)));
    }
    execute(pool, &format!("insert into users (id, email, name) values {}", rows.join(", "))).await;
    // A transaction that is rolled back.
    execute(pool, &format!("begin; {}; rollback", insert(5))).await;
    execute(pool, &insert(6)).await;
    expected.push((Action::Created, id(6)));
    expected
}

fn changes(log: &[Activity]) -> Vec<Change> {
    log.iter().map(|activity| (activity.change.action, activity.change.subject_id)).collect()
}

fn difference(logged: &[Change], expected: &[Change]) -> String {
    let same = logged.iter().zip(expected).take_while(|(a, b)| a == b).count();
    format!(
        "{} changes instead of {}; first difference at {same}: {:?} instead of {:?}",
        logged.len(),
        expected.len(),
        logged.get(same),
        expected.get(same),
    )
}

/// Crashes a worker when it reaches the point for the first, second and third time.
async fn check_log_after_crash_at(point: CrashPoint) {
    for nth in 1..=3 {
        let database = TestDatabase::create().await;
        // Creates the slot before the first change.
        Worker::start_active(&database).await.stop().await;
        wait_for_free_slot(&database).await;
        let mut expected = Vec::new();
        let mut crash = pin!(Worker::crashing_at(&database, point, nth).wait_for_crash());
        let mut bases = (1..).map(|round| round << 64);
        let mut has_crashed = false;
        while !has_crashed {
            expected.extend(commit_changes(&database, bases.next().unwrap()).await);
            has_crashed = crash.as_mut().now_or_never().is_some();
        }
        expected.extend(commit_changes(&database, bases.next().unwrap()).await);
        let worker = Worker::start(&database);
        let logged = changes(&current_log(&database).await);
        assert!(logged == expected, "after {point:?}, {nth}: {}", difference(&logged, &expected));
        worker.stop().await;
    }
}

#[tokio::test]
async fn crash_after_acquiring_the_slot_loses_nothing() {
    let database = TestDatabase::create().await;
    Worker::crashing_at(&database, CrashPoint::SlotAcquired, 1).wait_for_crash().await;
    let expected = commit_changes(&database, 1 << 64).await;
    let worker = Worker::start(&database);
    assert_eq!(changes(&wait_for_log(&database, expected.len()).await), expected);
    worker.stop().await;
}

#[tokio::test]
async fn crash_within_a_transaction_leaves_neither_gap_nor_duplicate() {
    check_log_after_crash_at(CrashPoint::TransactionPartiallyRead).await;
}

#[tokio::test]
async fn crash_before_writing_leaves_neither_gap_nor_duplicate() {
    check_log_after_crash_at(CrashPoint::TransactionsRead).await;
}

#[tokio::test]
async fn crash_before_commit_leaves_neither_gap_nor_duplicate() {
    check_log_after_crash_at(CrashPoint::ActivitiesInserted).await;
}

#[tokio::test]
async fn crash_before_acknowledgement_leaves_neither_gap_nor_duplicate() {
    check_log_after_crash_at(CrashPoint::ActivitiesCommitted).await;
}

#[tokio::test]
async fn crash_after_acknowledgement_leaves_neither_gap_nor_duplicate() {
    check_log_after_crash_at(CrashPoint::PositionAcknowledged).await;
}

/// Crashes a worker while it replaces a lost slot. The next worker must begin a new epoch, even if
/// that has already happened, and the log must contain everything that follows.
async fn check_new_epoch_after_crash_at(point: CrashPoint) {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = wait_for_log(&database, 1).await;
    worker.stop().await;
    let former = epoch(&database).await;
    database.drop_slot().await;
    Worker::crashing_at(&database, point, 1).wait_for_crash().await;
    // It may be in the log or not, because every reader is reset in either case. But at most once.
    add_user(&database.pool, "Lost").await;

    let worker = Worker::start_active(&database).await;
    let new = epoch(&database).await;
    assert_ne!(new, former);
    let expected = commit_changes(&database, 1 << 64).await;
    let log = current_log(&database).await;
    let after: Vec<Activity> =
        log[before.len()..].iter().filter(|activity| name(activity) != "Lost").cloned().collect();
    assert_eq!(changes(&after), expected, "after {point:?}");
    assert!(log.len() - before.len() - after.len() <= 1, "a duplicate: {log:#?}");
    assert_eq!(epoch(&database).await, new);
    let temporary: i64 = sqlx::query_scalar(
        "select count(*) from pg_replication_slots where database = $1 and slot_name <> $2",
    )
    .bind(&database.endpoint.database)
    .bind(database.slot())
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(temporary, 0, "a temporary slot remains");
    worker.stop().await;
}

#[tokio::test]
async fn crash_before_the_new_epoch_is_recovered_by_the_next_worker() {
    check_new_epoch_after_crash_at(CrashPoint::NewEpochRequested).await;
}

#[tokio::test]
async fn crash_between_epoch_and_slot_is_recovered_by_the_next_worker() {
    check_new_epoch_after_crash_at(CrashPoint::EpochCommitted).await;
}

#[tokio::test]
async fn crash_after_creating_the_slot_is_recovered_by_the_next_worker() {
    check_new_epoch_after_crash_at(CrashPoint::SlotCreated).await;
}
