//! The content of activities.

use contract::{MutationId, OrganizationId, ResourceKind, UserId};
use serde_json::json;
use uuid::Uuid;

use super::*;
use activity::ActivityKind;
use db::actor::{Actor, begin_as};

#[tokio::test]
async fn activity_names_actor_and_mutation() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    let actor = Actor {
        user_id: Some(UserId::from_uuid(Uuid::now_v7())),
        mutation_id: Some(MutationId::from_uuid(Uuid::now_v7())),
    };

    let mut transaction = begin_as(&database.pool, &actor).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Ada"))).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    add_user(&database.pool, "Bob").await;
    let log = wait_for_log(&database, 2).await;

    let by = |activity: &Activity| (activity.change.actor_id, activity.change.mutation_id);
    assert_eq!(by(&log[0]), (actor.user_id, actor.mutation_id));
    assert_eq!(by(&log[1]), (None, None), "plain SQL has no actor");
    worker.stop().await;
}

#[tokio::test]
async fn malformed_actor_is_ignored() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(
        &database.pool,
        &format!(
            "begin; select pg_logical_emit_message(true, 'tributary', 'not json'); {}; commit;
             select pg_logical_emit_message(false, 'tributary', 'outside')",
            user("Ada")
        ),
    )
    .await;
    let log = wait_for_log(&database, 1).await;
    assert_eq!((name(&log[0]), log[0].change.actor_id), ("Ada", None));
    worker.stop().await;
}

#[tokio::test]
async fn only_published_tables_are_in_the_log() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(
        &database.pool,
        "insert into users (id, email, name) values
            ('00000000-0000-0000-0000-000000000001', 'ada@example.com', 'Ada');
         insert into credentials (user_id, password_hash) values
            ('00000000-0000-0000-0000-000000000001', 'secret');
         insert into sessions (id, user_id, created_at, expires_at) values
            ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001',
             '2026-11-24 08:00:00.25+02', '2026-12-24 08:00:00+00');
         insert into session_tokens (session_id, token_hash) values
            ('00000000-0000-0000-0000-000000000002', 'secret');
         insert into organizations (id, name, slug) values
            ('00000000-0000-0000-0000-000000000003', 'Orchard', 'orchard');
         insert into memberships (id, organization_id, user_id, role, display_order) values
            ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000003',
             '00000000-0000-0000-0000-000000000001', 'admin', 0.5);
         insert into invitations (id, organization_id, email, role, expires_at) values
            ('00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000003',
             'bob@example.com', 'member', '8999-12-31 00:00:00+00');
         insert into notes (id, organization_id, author, title) values
            ('00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000003',
             '00000000-0000-0000-0000-000000000001', 'Plan');
         insert into invitation_tokens (invitation_id, token_hash) values
            ('00000000-0000-0000-0000-000000000005', 'secret')",
    )
    .await;
    let log = wait_for_log(&database, 6).await;

    let id = |number: u128| Uuid::from_u128(number);
    let about: Vec<_> = log
        .iter()
        .map(|Activity { change, .. }| {
            let organization = change.organization_id.map(OrganizationId::uuid);
            (change.kind, change.subject_id, organization, change.user_id.map(UserId::uuid))
        })
        .collect();
    assert_eq!(
        about,
        [
            (ActivityKind::User, id(1), None, Some(id(1))),
            (ActivityKind::Session, id(2), None, Some(id(1))),
            (ActivityKind::Organization, id(3), Some(id(3)), None),
            (ActivityKind::Membership, id(4), Some(id(3)), Some(id(1))),
            (ActivityKind::Invitation, id(5), Some(id(3)), None),
            (ActivityKind::Resource(ResourceKind::Note), id(6), Some(id(3)), None),
        ]
    );
    assert_eq!(
        log[1].change.data,
        json!({
            "id": id(2),
            "user_id": id(1),
            "created_at": "2026-11-24T06:00:00.25Z",
            "expires_at": "2026-12-24T08:00:00Z",
        })
    );
    let membership = &log[3].change.data;
    assert_eq!(membership["display_order"], json!(0.5));
    assert_eq!(membership["archived"], json!(false));
    assert_eq!(membership["version"], json!(1));
    let invitation = &log[4].change.data;
    assert_eq!(invitation["user_id"], json!(null));
    assert_eq!(invitation["expires_at"], json!("8999-12-31T00:00:00Z"));
    worker.stop().await;
}

#[tokio::test]
async fn update_lists_changed_fields_and_update_without_change_is_no_activity() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    execute(&database.pool, "update users set name = name").await;
    execute(&database.pool, "update users set name = 'Augusta', system_admin = true").await;
    let log = wait_for_log(&database, 2).await;

    assert_eq!(log[1].change.action, Action::Updated);
    assert_eq!(log[1].change.changed, ["name", "systemAdmin"]);
    assert_eq!(log[1].change.data["version"], json!(2));
    worker.stop().await;
}

#[tokio::test]
async fn unchanged_large_value_is_in_the_activity_of_an_update() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    // Incompressible and larger than a page, so that Postgres stores it as a TOAST value and doesn't
    // send it with the update.
    execute(
        &database.pool,
        "alter table organizations add column charter text;
         insert into organizations (id, name, slug, charter)
         select gen_random_uuid(), 'Orchard', 'orchard', string_agg(md5(random()::text), '')
           from generate_series(1, 1000);
         update organizations set slug = 'grove'",
    )
    .await;
    let log = wait_for_log(&database, 2).await;

    let charter = |activity: &Activity| activity.change.data["charter"].clone();
    assert_eq!(charter(&log[0]).as_str().map(str::len), Some(32_000));
    assert_eq!(charter(&log[1]), charter(&log[0]));
    assert_eq!(log[1].change.changed, ["slug"]);
    worker.stop().await;
}

#[tokio::test]
async fn deletion_has_the_deleted_row_and_cascaded_deletions() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(
        &database.pool,
        "insert into users (id, email, name) values
            ('00000000-0000-0000-0000-000000000001', 'ada@example.com', 'Ada');
         insert into organizations (id, name, slug) values
            ('00000000-0000-0000-0000-000000000003', 'Orchard', 'orchard');
         insert into memberships (id, organization_id, user_id, role) values
            ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000003',
             '00000000-0000-0000-0000-000000000001', 'admin')",
    )
    .await;
    execute(&database.pool, "delete from organizations").await;
    let log = wait_for_log(&database, 5).await;

    let deleted: Vec<_> = log[3..].iter().map(|activity| activity.change.kind).collect();
    assert_eq!(deleted, [ActivityKind::Organization, ActivityKind::Membership]);
    assert_eq!(actions(&log[3..]), [Action::Deleted; 2]);
    assert_eq!(log[4].change.data, log[2].change.data);
    assert_eq!(log[4].change.user_id, log[2].change.user_id);
    worker.stop().await;
}

#[tokio::test]
async fn schema_changes_take_effect_without_restart() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(&database.pool, "alter table users add column motto text default 'carpe diem'").await;
    add_user(&database.pool, "Ada").await;
    execute(&database.pool, "alter table users rename column motto to device").await;
    add_user(&database.pool, "Bob").await;
    execute(&database.pool, "alter table users drop column device").await;
    add_user(&database.pool, "Cleo").await;
    let log = wait_for_log(&database, 3).await;

    assert_eq!(log[0].change.data["motto"], json!("carpe diem"));
    assert_eq!(log[1].change.data["device"], json!("carpe diem"));
    assert_eq!(log[2].change.data.get("device"), None);
    worker.stop().await;
}

#[tokio::test]
async fn truncation_is_recorded_with_the_names_of_the_tables() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(&database.pool, "truncate users cascade").await;
    assert_eq!(current_log(&database).await, []);

    let (kind, detail): (String, String) = sqlx::query_as("select kind, detail from cdc_incidents")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(kind, "new_epoch");
    for table in ["users", "sessions", "memberships", "invitations", "notes"] {
        assert!(detail.contains(table), "{detail}");
    }
    worker.stop().await;
}
