//! A defect of the worker that Tributary replaces.

use super::*;

#[tokio::test]
async fn defect_11_redelivered_change_was_logged_twice_and_failed_change_never() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    // A change that can't be written, and one after it, whose acknowledgement skipped the first.
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
    worker.wait_for_role(Role::Disconnected).await;
    assert_eq!(whole_log(&database).await, []);
    execute(&database.pool, "drop trigger refuse on activities").await;
    assert_eq!(names(&wait_for_log(&database, 2).await), ["Failed", "Next"]);
    worker.stop().await;

    // A change that is written but not acknowledged, so that Postgres sends it again.
    let crashing = Worker::crashing_at(&database, CrashPoint::ActivitiesCommitted, 1);
    add_user(&database.pool, "Redelivered").await;
    crashing.wait_for_crash().await;
    let worker = Worker::start_active(&database).await;
    let log = current_log(&database).await;
    assert_eq!(names(&log), ["Failed", "Next", "Redelivered"]);
    worker.stop().await;
}
