//! Damage that an operator or a backup does to what the worker relies on. Each is noticed by itself:
//! a new epoch begins, it is recorded as an incident, and the log goes on.

use super::*;
use contract::event::Health;

/// Waits until a new epoch has begun, and checks that later changes reach the log.
async fn check_recovery(database: &TestDatabase, worker: &Worker, before: Epoch, damage: &str) {
    eventually(&format!("a new epoch has begun after: {damage}"), async || {
        epoch(database).await != before
    })
    .await;
    worker.wait_for_role(Role::Active).await;
    add_user(&database.pool, "After").await;
    eventually(&format!("the log goes on after: {damage}"), async || {
        names(&whole_log(database).await).last() == Some(&"After")
    })
    .await;
    let incidents = database.incidents().await;
    assert!(!incidents.is_empty() && incidents.len() <= 2, "{damage}: {incidents:?}");
    eventually(&format!("the worker is healthy after: {damage}"), async || {
        let health = worker.health.report();
        health.status == Health::Ok && health.problem.is_none()
    })
    .await;
}

/// A worker that has written an activity, and the log's epoch.
async fn start_with_activity() -> (TestDatabase, Worker, Epoch) {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let before = epoch(&database).await;
    (database, worker, before)
}

async fn check_damage_under_a_running_worker(damage: &str) {
    let (database, worker, before) = start_with_activity().await;
    execute(&database.pool, damage).await;
    add_user(&database.pool, "Meanwhile").await;
    execute(&database.pool, "update users set name = name || '!' where name = 'Meanwhile'").await;
    check_recovery(&database, &worker, before, damage).await;
    worker.stop().await;
}

async fn check_damage_while_stopped(damage: &str) {
    let (database, worker, before) = start_with_activity().await;
    worker.stop().await;
    wait_for_free_slot(&database).await;
    execute(&database.pool, damage).await;

    let worker = Worker::start_active(&database).await;
    check_recovery(&database, &worker, before, damage).await;
    worker.stop().await;
}

#[tokio::test]
async fn dropped_publication_is_created_again() {
    let drop = "drop publication tributary";
    check_damage_under_a_running_worker(drop).await;
    check_damage_while_stopped(drop).await;
}

/// As `pg_restore --clean` does it: the worker still reads WAL from before the new publication.
#[tokio::test]
async fn publication_dropped_and_created_again_does_not_stop_the_worker() {
    let tables = "users, sessions, organizations, memberships, invitations, notes";
    let restored = format!(
        "drop publication tributary; insert into users (id, email, name)
            values (gen_random_uuid(), 'bob@example.com', 'Bob');
            create publication tributary for table {tables}"
    );
    let (database, worker, before) = start_with_activity().await;
    for statement in restored.split(';') {
        execute(&database.pool, statement).await;
    }
    check_recovery(&database, &worker, before, &restored).await;
    worker.stop().await;
}

#[tokio::test]
async fn publication_that_was_changed_for_a_while_begins_a_new_epoch() {
    for damage in [
        "alter publication tributary drop table users;
         alter publication tributary add table users",
        "alter publication tributary set (publish = 'insert');
         alter publication tributary set (publish = 'insert, update, delete, truncate')",
    ] {
        check_damage_while_stopped(damage).await;
        check_damage_under_a_running_worker(damage).await;
    }
}

#[tokio::test]
async fn damaged_publication_is_repaired_at_the_start() {
    for damage in [
        "alter publication tributary drop table memberships",
        "alter publication tributary set (publish = 'insert, update')",
        "alter table memberships replica identity default",
        "alter table notes replica identity nothing",
    ] {
        check_damage_while_stopped(damage).await;
    }
}

/// Row filters and column lists exist since Postgres 15.
#[tokio::test]
async fn publication_of_a_part_of_a_table_is_repaired() {
    let database = TestDatabase::create().await;
    let sql = "select current_setting('server_version_num')::int >= 150000";
    let exist: bool = sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap();
    if !exist {
        return;
    }
    for damage in [
        "alter publication tributary set table users, sessions, organizations, memberships,
                invitations, notes where (version > 0)",
        "alter publication tributary set table users (id, name), sessions, organizations,
                memberships, invitations, notes",
    ] {
        check_damage_while_stopped(damage).await;
    }
}

#[tokio::test]
async fn former_row_without_all_columns_is_noticed_at_once() {
    check_damage_under_a_running_worker("alter table users replica identity default").await;
}

#[tokio::test]
async fn complete_publication_has_no_faults() {
    let database = TestDatabase::create().await;
    let mut connection = database.pool.acquire().await.unwrap();
    assert_eq!(crate::publication::inspect(&mut connection).await.unwrap().faults, []);
}

#[tokio::test]
async fn changes_while_triggers_are_off_begin_a_new_epoch() {
    let in_a_session = "set session_replication_role = replica;
                        update users set name = 'Bea' where name = 'Ada';
                        reset session_replication_role";
    check_damage_under_a_running_worker(in_a_session).await;
    check_damage_under_a_running_worker("alter table users disable trigger user").await;
    check_damage_while_stopped("alter table notes disable trigger notes_bump_version").await;
}

#[tokio::test]
async fn lists_are_complete_again_after_triggers_were_off() {
    let (database, worker, before) = start_with_activity().await;
    let damage = "insert into organizations (id, name, slug)
                  values (gen_random_uuid(), 'North Wind', 'north-wind');
                  set session_replication_role = replica;
                  insert into memberships (id, organization_id, user_id, role)
                  select gen_random_uuid(), o.id, u.id, 'admin' from organizations o, users u;
                  insert into notes (id, organization_id, title, body)
                  select gen_random_uuid(), id, 'Plan', '' from organizations;
                  update organizations set name = 'South Wind';
                  reset session_replication_role";
    execute(&database.pool, damage).await;
    check_recovery(&database, &worker, before, damage).await;
    let lists = "select (select array_agg(m.role || ' ' || n.name) from memberships m
                           join member_names n on n.membership_id = m.id),
                        (select array_agg(kind || ' ' || rows order by kind) from row_counts)";
    let (names, counts): (Vec<String>, Vec<String>) =
        sqlx::query_as(lists).fetch_one(&database.pool).await.unwrap();
    assert_eq!(names, ["admin ada"]);
    assert_eq!(counts, ["admin 1", "note 1"]);
    worker.stop().await;
}

#[tokio::test]
async fn truncation_of_a_tracked_table_begins_a_new_epoch() {
    check_damage_under_a_running_worker("truncate notes").await;
    check_damage_under_a_running_worker("truncate users cascade").await;
}

#[tokio::test]
async fn log_restored_from_a_backup_is_noticed() {
    // What a data-only restore leaves: the epoch and everything else as it was in the backup.
    let restore = "update cdc_state set recorded_lsn = backup.recorded_lsn,
                          last_position = backup.last_position from backup";
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    execute(&database.pool, "create table backup as select * from cdc_state").await;
    add_user(&database.pool, "Bob").await;
    wait_for_log(&database, 2).await;
    let before = epoch(&database).await;

    // Under a running worker, with and without changes after it.
    execute(&database.pool, restore).await;
    check_recovery(&database, &worker, before, "restore under a running worker").await;
    worker.stop().await;
    wait_for_free_slot(&database).await;

    // While no worker runs.
    let before = epoch(&database).await;
    execute(&database.pool, restore).await;
    let worker = Worker::start_active(&database).await;
    assert_ne!(epoch(&database).await, before);
    worker.stop().await;
}

#[tokio::test]
async fn slot_advanced_by_something_else_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let advance = format!(
        "insert into users (id, email, name) values (gen_random_uuid(), 'x@example.com', 'Lost');
         select pg_replication_slot_advance('{}', pg_current_wal_flush_lsn())",
        database.slot()
    );
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let before = epoch(&database).await;
    worker.stop().await;
    wait_for_free_slot(&database).await;
    for statement in advance.split(';') {
        execute(&database.pool, statement).await;
    }
    let worker = Worker::start_active(&database).await;
    check_recovery(&database, &worker, before, &advance).await;
    worker.stop().await;
}
