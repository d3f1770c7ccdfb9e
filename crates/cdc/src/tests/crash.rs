//! The worker dies, exactly at one point; the next one goes on. Neither a hole nor a duplicate is in
//! the log then.

use std::pin::pin;

use futures::FutureExt;
use uuid::Uuid;

use super::*;

/// How many rows the large transaction has: more than the worker reads at once.
const LARGE: u128 = 1_500;

/// A change that the log must tell, once and in this order.
type Expected = (Action, Uuid);

/// Changes of every size and kind, with ids that are known: what the log must have of them.
async fn history(database: &TestDatabase, base: u128) -> Vec<Expected> {
    let id = |n: u128| Uuid::from_u128(base + n);
    let insert = |n: u128| {
        format!("insert into users (id, email, name) values ('{0}', '{0}@example.com', 'U')", id(n))
    };
    let pool = &database.pool;
    let mut expected = Vec::new();
    // One row a transaction.
    for n in 0..3 {
        execute(pool, &insert(n)).await;
        expected.push((Action::Created, id(n)));
    }
    // Several rows in one.
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
    // More than fit into the worker's hands.
    let mut rows = Vec::new();
    for n in 10..10 + LARGE {
        rows.push(format!("('{0}', '{0}@example.com', 'L')", id(n)));
        expected.push((Action::Created, id(n)));
    }
    execute(pool, &format!("insert into users (id, email, name) values {}", rows.join(", "))).await;
    // And one that is rolled back.
    execute(pool, &format!("begin; {}; rollback", insert(5))).await;
    execute(pool, &insert(6)).await;
    expected.push((Action::Created, id(6)));
    expected
}

fn told(log: &[Activity]) -> Vec<Expected> {
    log.iter().map(|activity| (activity.change.action, activity.change.subject_id)).collect()
}

fn difference(told: &[Expected], expected: &[Expected]) -> String {
    let same = told.iter().zip(expected).take_while(|(a, b)| a == b).count();
    format!(
        "{} told of {}, different at {same}: {:?} instead of {:?}",
        told.len(),
        expected.len(),
        told.get(same),
        expected.get(same),
    )
}

/// Dies the first, second and third time that it gets to the point.
async fn survives(point: CrashPoint) {
    for nth in 1..=3 {
        let database = TestDatabase::create().await;
        // There is a slot from the first moment.
        Worker::holding(&database).await.stop().await;
        becomes_free(&database).await;
        let mut expected = Vec::new();
        let mut dies = pin!(Worker::doomed(&database, point, nth).dies());
        // Things go on changing until it dies of it.
        let mut era = 1..;
        let mut is_dead = false;
        while !is_dead {
            expected.extend(history(&database, era.next().unwrap() << 64).await);
            is_dead = dies.as_mut().now_or_never().is_some();
        }
        expected.extend(history(&database, era.next().unwrap() << 64).await);
        let worker = Worker::start(&database);
        let told = told(&log_up_to_now(&database).await);
        assert!(told == expected, "after {point:?}, {nth}: {}", difference(&told, &expected));
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_worker_that_dies_with_the_slot_in_its_hands_is_followed_by_another() {
    let database = TestDatabase::create().await;
    Worker::doomed(&database, CrashPoint::SlotTaken, 1).dies().await;
    let expected = history(&database, 1 << 64).await;
    let worker = Worker::start(&database);
    assert_eq!(told(&log_of(&database, expected.len()).await), expected);
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_dies_within_a_transaction_leaves_neither_a_hole_nor_a_duplicate() {
    survives(CrashPoint::PartRead).await;
}

#[tokio::test]
async fn a_worker_that_dies_with_what_it_has_read_leaves_neither_a_hole_nor_a_duplicate() {
    survives(CrashPoint::Read).await;
}

#[tokio::test]
async fn a_worker_that_dies_before_it_commits_leaves_neither_a_hole_nor_a_duplicate() {
    survives(CrashPoint::Inserted).await;
}

#[tokio::test]
async fn a_worker_that_dies_before_it_acknowledges_leaves_neither_a_hole_nor_a_duplicate() {
    survives(CrashPoint::Durable).await;
}

#[tokio::test]
async fn a_worker_that_dies_while_it_acknowledges_leaves_neither_a_hole_nor_a_duplicate() {
    survives(CrashPoint::Acknowledged).await;
}

/// Whatever is left half done, another epoch begins, once more if need be, and what follows is told.
async fn begins_a_new_epoch(point: CrashPoint) {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = log_of(&database, 1).await;
    worker.stop().await;
    let former = epoch(&database).await;
    database.drop_slot().await;
    Worker::doomed(&database, point, 1).dies().await;
    // Told or not: a reader is reset in either case. But told at most once.
    add_user(&database.pool, "Lost").await;

    let worker = Worker::holding(&database).await;
    let new = epoch(&database).await;
    assert_ne!(new, former);
    let expected = history(&database, 1 << 64).await;
    let log = log_up_to_now(&database).await;
    let after: Vec<Activity> =
        log[before.len()..].iter().filter(|activity| name(activity) != "Lost").cloned().collect();
    assert_eq!(told(&after), expected, "after {point:?}");
    assert!(log.len() - before.len() - after.len() <= 1, "told twice: {log:#?}");
    assert_eq!(epoch(&database).await, new);
    let temporary: i64 = sqlx::query_scalar(
        "select count(*) from pg_replication_slots where database = $1 and slot_name <> $2",
    )
    .bind(&database.endpoint.database)
    .bind(database.slot())
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(temporary, 0, "a slot is left behind");
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_dies_before_the_new_epoch_leaves_it_to_the_next() {
    begins_a_new_epoch(CrashPoint::PlaceMarked).await;
}

#[tokio::test]
async fn a_worker_that_dies_between_epoch_and_slot_leaves_both_to_the_next() {
    begins_a_new_epoch(CrashPoint::EpochBegun).await;
}

#[tokio::test]
async fn a_worker_that_dies_with_a_new_slot_leaves_it_to_the_next() {
    begins_a_new_epoch(CrashPoint::SlotCreated).await;
}
