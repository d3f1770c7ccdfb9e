//! Old activities are dropped.

use super::*;

/// Makes the partitions look older, as if they had been opened that much earlier.
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
    log::bounds(&database.pool).await.unwrap().horizon
}

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Enforces the retention once the log isn't in use.
async fn enforce_retention(database: &TestDatabase) -> log::Retention {
    loop {
        match log::enforce_retention(&database.pool, MONTH).await.unwrap() {
            log::Retention::Busy => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

#[tokio::test]
async fn activities_younger_than_the_retention_are_kept() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = wait_for_log(&database, 1).await;
    age(&database, "29 days").await;
    // The partition is closed only now, so its activities may still be young.
    assert_eq!(enforce_retention(&database).await, log::Retention::NothingToDrop);
    age(&database, "29 days").await;
    assert_eq!(enforce_retention(&database).await, log::Retention::NothingToDrop);
    assert_eq!(whole_log(&database).await, before);
    worker.stop().await;
}

#[tokio::test]
async fn activities_older_than_the_retention_are_dropped() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    let old = wait_for_log(&database, 1).await;
    age(&database, "4 days").await;
    enforce_retention(&database).await;
    add_user(&database.pool, "Grace").await;
    let young = wait_for_log(&database, 2).await.pop().unwrap();
    assert!(young.position > old[0].position, "{young:?}");
    for position in [old[0].position, young.position] {
        sqlx::query("insert into activity_invited_users values ($1, gen_random_uuid())")
            .bind(position)
            .execute(&database.pool)
            .await
            .unwrap();
    }

    age(&database, "31 days").await;
    assert_eq!(enforce_retention(&database).await, log::Retention::DroppedUpTo(old[0].position));
    let recorded: Vec<Position> =
        sqlx::query_scalar("select activity_id from activity_invited_users")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    assert_eq!(recorded, [young.position]);
    let log = whole_log(&database).await;
    assert_eq!(log.iter().map(|activity| activity.position).collect::<Vec<_>>(), [young.position]);
    assert_eq!(horizon(&database).await, old[0].position);
    add_user(&database.pool, "Linus").await;
    wait_for_log(&database, 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn idle_log_opens_no_partitions() {
    let database = TestDatabase::create().await;
    for _ in 0..3 {
        age(&database, "31 days").await;
        assert_eq!(enforce_retention(&database).await, log::Retention::NothingToDrop);
    }
    assert_eq!(partitions(&database).await, 1);
}

#[tokio::test]
async fn transaction_may_exceed_its_partition() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(&database.pool, "update cdc_state set last_position = 999990").await;
    execute(
        &database.pool,
        "insert into users (id, email, name)
         select gen_random_uuid(), 'u' || n || '@example.com', 'U' || n
           from generate_series(1, 3000) n",
    )
    .await;
    let log = wait_for_log(&database, 3_000).await;
    let positions: Vec<i64> = log.iter().map(|activity| activity.position.0).collect();
    assert_eq!(positions, (999_991..=1_002_990).collect::<Vec<i64>>());
    assert_eq!(partitions(&database).await, 2);
    worker.stop().await;
}

#[tokio::test]
async fn worker_keeps_the_log_small_under_steady_writes() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_with_retention(&database, Duration::from_millis(400));
    worker.wait_for_role(Role::Active).await;
    let (mut written, mut kept, mut most_partitions) = (0_i64, 0_i64, 0);
    let started = Instant::now();
    // How many rows a slow machine writes within the retention isn't known, so the writes go on until
    // the log is small against all that was written.
    while written < 6_000 || kept >= written / 3 {
        for _ in 0..20 {
            add_user(&database.pool, &format!("User{written}")).await;
            written += 1;
        }
        kept = sqlx::query_scalar("select count(*) from activities")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        most_partitions = most_partitions.max(partitions(&database).await);
        assert!(started.elapsed() < Duration::from_secs(300), "{written} written, {kept} kept");
    }
    assert!(most_partitions <= 20, "{most_partitions} partitions at once");
    worker.stop().await;
}

#[tokio::test]
async fn nothing_is_dropped_during_a_snapshot() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    age(&database, "4 days").await;
    enforce_retention(&database).await;
    age(&database, "31 days").await;

    let mut snapshot = log::begin_snapshot(&database.pool).await.unwrap();
    assert_eq!(log::bounds(&mut *snapshot).await.unwrap().horizon, Position(0));
    assert_eq!(log::enforce_retention(&database.pool, MONTH).await.unwrap(), log::Retention::Busy);
    assert_eq!(log::activities_after(&mut *snapshot, Position(0), 10).await.unwrap().len(), 1);
    snapshot.commit().await.unwrap();
    assert_eq!(enforce_retention(&database).await, log::Retention::DroppedUpTo(Position(1)));
    worker.stop().await;
}

#[tokio::test]
async fn crash_while_dropping_a_partition_drops_nothing() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    let before = wait_for_log(&database, 1).await;
    worker.stop().await;
    age(&database, "4 days").await;
    enforce_retention(&database).await;
    age(&database, "31 days").await;

    let pool = database.pool.clone();
    let drop_partition = async move {
        log::enforce_retention(&pool, MONTH).await.unwrap();
    };
    CrashingTask::spawn(CrashPoint::PartitionDropped, 1, drop_partition).wait_for_crash().await;
    assert_eq!(whole_log(&database).await, before);
    assert_eq!(horizon(&database).await, Position(0));
    assert_eq!(enforce_retention(&database).await, log::Retention::DroppedUpTo(Position(1)));
    assert_eq!(whole_log(&database).await, []);
}
