use std::collections::BTreeSet;

use contract::activity::AuditLog;
use contract::note::NoteView;
use contract::view::{InvitationView, List, Me, MembershipView};
use serde_json::json;

use super::account::{ACCOUNTS, ADA, GRACE, LINUS, MARY, name};
use super::*;
use crate::testing::TestServer;

async fn seed_now(pool: &PgPool) -> Result<Vec<Account>, DemoError> {
    seed(pool, &Clock::of_database(pool).await.unwrap()).await
}

#[tokio::test]
async fn all_accounts_can_sign_in_and_grace_has_an_invitation() {
    let server = TestServer::start().await;
    let accounts = seed_now(&server.database.pool).await.unwrap();
    for account in accounts {
        let visitor = server.visitor();
        let body = json!({"email": account.email, "password": account.password});
        let me: Me = visitor.post("/auth/sign-in", &body).await.ok();
        assert_eq!(me.user.name.as_str(), account.name);
        assert_eq!(me.system_admin, account == ADA);
        let menu: List<MembershipView> = visitor.get("/me/menu").await.ok();
        assert!(menu.total > 0, "{}", account.name);
        if account == GRACE {
            let invitations: List<InvitationView> = visitor.get("/me/invitations").await.ok();
            assert_eq!(invitations.items[0].organization.slug.as_str(), "north-wind");
        }
    }
}

#[tokio::test]
async fn north_wind_has_notes_by_three_authors() {
    let server = TestServer::start().await;
    seed_now(&server.database.pool).await.unwrap();
    let visitor = server.visitor();
    let body = json!({"email": LINUS.email, "password": LINUS.password});
    let _: Me = visitor.post("/auth/sign-in", &body).await.ok();
    let notes: List<NoteView> = visitor.get("/organizations/north-wind/notes").await.ok();
    let authors: BTreeSet<_> =
        notes.items.iter().filter_map(|note| Some(note.author.as_ref()?.id)).collect();
    assert_eq!((notes.total, authors.len()), (3, 3));
}

#[tokio::test]
async fn audit_log_names_the_actors() {
    let server = TestServer::start().await;
    seed_now(&server.database.pool).await.unwrap();
    server.database.wait_for_log().await;
    let visitor = server.visitor();
    let body = json!({"email": ADA.email, "password": ADA.password});
    let _: Me = visitor.post("/auth/sign-in", &body).await.ok();
    let log: AuditLog = visitor.get("/organizations/north-wind/activities").await.ok();
    let actors: BTreeSet<_> = log
        .items
        .iter()
        .map(|entry| entry.actor.as_ref().and_then(|actor| actor.name.clone()))
        .collect();
    let people = [ADA, LINUS, MARY].map(|account| Some(name(account.name)));
    assert_eq!(actors, BTreeSet::from(people));
}

#[tokio::test]
async fn failed_seeding_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let pool = &server.database.pool;
    sqlx::query(
        "insert into organizations (id, name, slug) values (gen_random_uuid(), 'Mine', 'harbour-lab')",
    )
    .execute(pool)
    .await
    .unwrap();
    seed_now(pool).await.unwrap_err();
    let (users, organizations): (i64, i64) =
        sqlx::query_as("select (select count(*) from users), (select count(*) from organizations)")
            .fetch_one(pool)
            .await
            .unwrap();
    assert_eq!((users, organizations), (0, 1));
}

#[tokio::test]
async fn database_with_accounts_is_refused() {
    let server = TestServer::start().await;
    server.person("Ada King").await;
    let error = seed_now(&server.database.pool).await.unwrap_err();
    assert!(matches!(error, DemoError::NotEmpty), "{error}");
}

#[tokio::test]
async fn published_password_is_refused_on_a_server_that_others_reach() {
    let server = TestServer::start().await;
    let pool = &server.database.pool;
    require_absent(pool).await.unwrap();
    seed_now(pool).await.unwrap();
    let error = require_absent(pool).await.unwrap_err();
    assert!(error.to_string().contains("ada@example.com"), "{error}");
    sqlx::query("delete from credentials").execute(pool).await.unwrap();
    require_absent(pool).await.unwrap();
}

#[tokio::test]
async fn seeding_again_keeps_changes() {
    let server = TestServer::start().await;
    let pool = &server.database.pool;
    seed_now(pool).await.unwrap();
    sqlx::query("delete from organizations where slug = 'harbour-lab'")
        .execute(pool)
        .await
        .unwrap();
    let accounts = seed_now(pool).await.unwrap();
    assert_eq!(accounts.len(), ACCOUNTS.len());
    let left: i64 =
        sqlx::query_scalar("select count(*) from organizations").fetch_one(pool).await.unwrap();
    assert_eq!(left, 1);
}
