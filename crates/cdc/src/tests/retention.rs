//! The log stays small, and says so to whoever stood where nothing is left.

use super::*;

/// As if the partitions had been opened that much earlier.
async fn age(database: &TestDatabase, age: &str) {
    let sql = format!("update activity_partitions set opened_at = opened_at - interval '{age}'");
    execute(&database.pool, &sql).await;
}

async fn partitions(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("select count(*) from pg_inherits where inhparent = 'activities'::regclass")
        .fetch_one(&database.pool)
        .await
        .unwrap()
}

async fn horizon(database: &TestDatabase) -> Position {
    log::extent(&database.pool).await.unwrap().horizon
}

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A round, while the log is at rest.
async fn retain(database: &TestDatabase) -> log::Retained {
    loop {
        match log::retain(&database.pool, MONTH).await.unwrap() {
            log::Retained::Busy => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

#[tokio::test]
async fn what_is_younger_than_the_retention_stays() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = log_of(&database, 1).await;
    age(&database, "29 days").await;
    // Closed now: what is in it may be as young as that.
    assert_eq!(retain(&database).await, log::Retained::Everything);
    age(&database, "29 days").await;
    assert_eq!(retain(&database).await, log::Retained::Everything);
    assert_eq!(whole_log(&database).await, before);
    worker.stop().await;
}

#[tokio::test]
async fn what_is_older_than_the_retention_is_dropped_and_the_log_goes_on() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    let old = log_of(&database, 1).await;
    age(&database, "4 days").await;
    retain(&database).await;
    add_user(&database.pool, "Grace").await;
    let young = log_of(&database, 2).await.pop().unwrap();
    assert!(young.position > old[0].position, "{young:?}");

    age(&database, "31 days").await;
    assert_eq!(retain(&database).await, log::Retained::After(old[0].position));
    assert_eq!(whole_log(&database).await, [young]);
    assert_eq!(horizon(&database).await, old[0].position);
    add_user(&database.pool, "Linus").await;
    log_of(&database, 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn an_idle_log_gets_no_partitions() {
    let database = TestDatabase::create().await;
    for _ in 0..3 {
        age(&database, "31 days").await;
        assert_eq!(retain(&database).await, log::Retained::Everything);
    }
    assert_eq!(partitions(&database).await, 1);
}

#[tokio::test]
async fn a_transaction_larger_than_its_partition_is_kept_whole() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    execute(&database.pool, "update cdc_state set last_position = 999990").await;
    execute(
        &database.pool,
        "insert into users (id, email, name)
         select gen_random_uuid(), 'u' || n || '@example.com', 'U' || n
           from generate_series(1, 3000) n",
    )
    .await;
    let log = log_of(&database, 3_000).await;
    let positions: Vec<i64> = log.iter().map(|activity| activity.position.0).collect();
    assert_eq!(positions, (999_991..=1_002_990).collect::<Vec<i64>>());
    assert_eq!(partitions(&database).await, 2);
    worker.stop().await;
}

/// The worker's own rounds, on a log that is written without a pause.
#[tokio::test]
async fn the_log_stays_small_under_steady_writes() {
    let database = TestDatabase::create().await;
    let worker = Worker::retaining(&database, Duration::from_millis(400));
    worker.becomes(Role::Holder).await;
    let (mut written, mut largest, mut most_partitions) = (0, 0, 0);
    let started = Instant::now();
    while written < 6_000 {
        for _ in 0..20 {
            add_user(&database.pool, &format!("User{written}")).await;
            written += 1;
        }
        let rows: i64 = sqlx::query_scalar("select count(*) from activities")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        largest = largest.max(rows);
        most_partitions = most_partitions.max(partitions(&database).await);
        assert!(started.elapsed() < Duration::from_secs(120), "{written} written, {largest} kept");
    }
    assert!(largest < written / 3, "{largest} rows of {written} were there at once");
    assert!(most_partitions <= 20, "{most_partitions} partitions at once");
    worker.stop().await;
}

#[tokio::test]
async fn nothing_is_dropped_under_a_reader_that_catches_up() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    age(&database, "4 days").await;
    retain(&database).await;
    age(&database, "31 days").await;

    let mut reading = log::hold(&database.pool).await.unwrap();
    assert_eq!(log::extent(&mut *reading).await.unwrap().horizon, Position(0));
    assert_eq!(log::retain(&database.pool, MONTH).await.unwrap(), log::Retained::Busy);
    assert_eq!(log::after(&mut *reading, Position(0), 10).await.unwrap().len(), 1);
    reading.commit().await.unwrap();
    assert_eq!(retain(&database).await, log::Retained::After(Position(1)));
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_dies_while_it_drops_has_dropped_nothing() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = log_of(&database, 1).await;
    worker.stop().await;
    age(&database, "4 days").await;
    retain(&database).await;
    age(&database, "31 days").await;

    let pool = database.pool.clone();
    let drops = async move {
        log::retain(&pool, MONTH).await.unwrap();
    };
    Doomed::run(CrashPoint::PartitionDropped, 1, drops).dies().await;
    assert_eq!(whole_log(&database).await, before);
    assert_eq!(horizon(&database).await, Position(0));
    assert_eq!(retain(&database).await, log::Retained::After(Position(1)));
    assert_eq!(whole_log(&database).await, []);
}
