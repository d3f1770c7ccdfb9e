//! The defect of the worker that Tributary replaces.

use super::*;

#[tokio::test]
async fn defect_11_a_redelivered_change_was_logged_twice_and_a_failed_one_never() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    // One that can't be written down, and one after it, whose acknowledgement passed over it.
    execute(
        &database.pool,
        "create function refuse() returns trigger language plpgsql as $$
         begin raise exception 'not now'; end; $$;
         create trigger refuse before insert on activities
            for each row execute function refuse()",
    )
    .await;
    add_user(&database.pool, "Failed").await;
    add_user(&database.pool, "Next").await;
    worker.becomes(Role::Disconnected).await;
    assert_eq!(whole_log(&database).await, []);
    execute(&database.pool, "drop trigger refuse on activities").await;
    assert_eq!(names(&log_of(&database, 2).await), ["Failed", "Next"]);
    worker.stop().await;

    // One that is written down and not acknowledged: Postgres sends it again.
    let dying = Worker::doomed(&database, CrashPoint::Durable, 1);
    add_user(&database.pool, "Redelivered").await;
    dying.dies().await;
    let worker = Worker::holding(&database).await;
    let log = log_up_to_now(&database).await;
    assert_eq!(names(&log), ["Failed", "Next", "Redelivered"]);
    worker.stop().await;
}
