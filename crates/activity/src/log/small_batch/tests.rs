//! A small batch is in the log as the writer would have written it, or not at all.

use contract::{Action, Cursor, ResourceKind, Timestamp};
use serde_json::json;
use sqlx::postgres::PgListener;
use time::OffsetDateTime;

use super::super::{activities_after, bounds, recorded};
use super::*;
use crate::{ActivityKind, Commit, TransactionId};
use testing::TestDatabase;

const COMMIT_LSN: Lsn = Lsn(0x1_0000_0010);
const END: Lsn = Lsn(0x1_0000_0020);

/// A source transaction that queries see.
async fn commit(database: &TestDatabase) -> Commit {
    let id: String = sqlx::query_scalar("select pg_current_xact_id()::text")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    // In microseconds, as Postgres sends it.
    let at = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
    Commit { lsn: COMMIT_LSN, at: Timestamp::new(at), id: TransactionId(id.parse().unwrap()) }
}

fn note(title: &str) -> NewActivity {
    NewActivity {
        kind: ActivityKind::Resource(ResourceKind::Note),
        action: Action::Updated,
        subject_id: Uuid::new_v4(),
        organization_id: Some(OrganizationId::from_uuid(Uuid::new_v4())),
        user_id: None,
        actor_id: Some(UserId::from_uuid(Uuid::new_v4())),
        mutation_id: None,
        changed: vec!["title".to_owned(), "body".to_owned()],
        data: json!({ "title": title, "body": "é \" \\ {}", "version": 2 }),
    }
}

fn deleted_user() -> NewActivity {
    NewActivity {
        kind: ActivityKind::User,
        action: Action::Deleted,
        user_id: Some(UserId::from_uuid(Uuid::new_v4())),
        organization_id: None,
        changed: Vec::new(),
        ..note("")
    }
}

/// Appends `changes` as one transaction, to the log that the caller knows as `epoch` and `recorded`.
async fn append(
    database: &TestDatabase,
    (epoch, recorded): (Epoch, Lsn),
    changes: &[NewActivity],
) -> SmallBatch {
    let commit = commit(database).await;
    let part = Part { commit: &commit, first_ordinal: 0, changes };
    append_small_batch(&database.pool, epoch, recorded, &[part], END).await.unwrap()
}

#[tokio::test]
async fn appended_batch_is_what_the_log_has() {
    let database = TestDatabase::create().await;
    let known = recorded(&database.pool).await.unwrap();
    let before = bounds(&database.pool).await.unwrap().head;
    let outcome = append(&database, known, &[note("One"), deleted_user(), note("Two")]).await;
    let logged = activities_after(&database.pool, before.position, 10).await.unwrap();
    assert_eq!(logged.len(), 3);
    assert_eq!(outcome, SmallBatch::Appended(logged));
    let head = bounds(&database.pool).await.unwrap().head;
    assert_eq!(head.position, Position(before.position.0 + 3));
    assert_eq!(recorded(&database.pool).await.unwrap(), (known.0, END));
}

#[tokio::test]
async fn new_name_of_an_organization_records_who_is_invited() {
    let database = TestDatabase::create().await;
    let (organization, ada): (Uuid, UserId) = sqlx::query_as(
        "with o as (insert into organizations (id, name, slug)
                    values (gen_random_uuid(), 'North Wind', 'north-wind') returning id),
              u as (insert into users (id, email, name)
                    values (gen_random_uuid(), 'ada@example.com', 'Ada') returning id, email)
         select o.id, u.id from o, u",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into invitations (id, organization_id, email, user_id, role, expires_at)
         values (gen_random_uuid(), $1, 'ada@example.com', $2, 'member', now() + interval '1 day')",
    )
    .bind(organization)
    .bind(ada)
    .execute(&database.pool)
    .await
    .unwrap();
    let renamed = NewActivity {
        kind: ActivityKind::Organization,
        subject_id: organization,
        organization_id: Some(OrganizationId::from_uuid(organization)),
        changed: vec!["name".to_owned()],
        ..note("")
    };
    let described = NewActivity { changed: vec!["description".to_owned()], ..renamed.clone() };
    let known = recorded(&database.pool).await.unwrap();
    let outcome = append(&database, known, &[note("One"), described, renamed]).await;
    let logged = activities_after(&database.pool, Position(0), 10).await.unwrap();
    assert_eq!(outcome, SmallBatch::Appended(logged.clone()));
    let invited: Vec<&[UserId]> = logged.iter().map(|it| &it.invited_users[..]).collect();
    assert_eq!(invited, [&[][..], &[], &[ada]]);
}

#[tokio::test]
async fn notification_names_the_head() {
    let database = TestDatabase::create().await;
    let mut listener = PgListener::connect_with(&database.pool).await.unwrap();
    listener.listen(CHANNEL).await.unwrap();
    let known = recorded(&database.pool).await.unwrap();
    append(&database, known, &[note("One"), note("Two")]).await;
    let head: Cursor = listener.recv().await.unwrap().payload().parse().unwrap();
    assert_eq!(head, bounds(&database.pool).await.unwrap().head);
}

#[tokio::test]
async fn unsuitable_batch_writes_nothing() {
    let database = TestDatabase::create().await;
    let (epoch, recorded_lsn) = recorded(&database.pool).await.unwrap();
    let before = bounds(&database.pool).await.unwrap();
    let renamed = NewActivity {
        kind: ActivityKind::User,
        changed: vec!["name".to_owned()],
        ..deleted_user()
    };
    let renamed = NewActivity { action: Action::Updated, ..renamed };
    let other_epoch = Epoch::new(epoch.number().wrapping_add(1));
    let many = vec![note("One"); MAX_CHANGES + 1];
    for (case, known, changes) in [
        ("no change", (epoch, recorded_lsn), vec![]),
        ("too many changes", (epoch, recorded_lsn), many),
        ("a change with recipients", (epoch, recorded_lsn), vec![note("One"), renamed]),
        ("another epoch", (other_epoch, recorded_lsn), vec![note("One")]),
        ("recorded by another worker", (epoch, Lsn(recorded_lsn.0 + 1)), vec![note("One")]),
        ("a repeated transaction", (epoch, END), vec![note("One")]),
    ] {
        assert_eq!(append(&database, known, &changes).await, SmallBatch::Unsuitable, "{case}");
    }
    sqlx::query("update cdc_state set partition_end = last_position + 2")
        .execute(&database.pool)
        .await
        .unwrap();
    let two = [note("One"), note("Two")];
    let outcome = append(&database, (epoch, recorded_lsn), &two).await;
    assert_eq!(outcome, SmallBatch::Unsuitable, "no room in the partition");
    assert_eq!(bounds(&database.pool).await.unwrap(), before);
    assert_eq!(recorded(&database.pool).await.unwrap(), (epoch, recorded_lsn));
    let logged = activities_after(&database.pool, before.head.position, 10).await.unwrap();
    assert_eq!(logged, []);
    // The last position that the partition has room for.
    let outcome = append(&database, (epoch, recorded_lsn), &two[..1]).await;
    assert!(matches!(outcome, SmallBatch::Appended(_)));
}
