//! The contents of the demo workspace.

use contract::note::CreateNote;
use contract::request::CreateOrganization;
use contract::{NoteBody, NoteTitle, OrganizationId, Role, Slug, UserId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::DemoError;
use super::account::{ACCOUNTS, ADA, Account, GRACE, LINUS, MARY, email, name, published_password};
use api::auth::account;
use api::auth::password;
use api::invitations::invite::{InviteParameters, invite};
use api::memberships::join::join;
use api::notes;
use api::organizations;
use api::quotas::Quotas;
use api::repeated_request::Attempt;
use db::actor::{self, Actor};
use db::clock::Clock;

/// Creates the workspace in one transaction for each actor, so that the audit log names them.
pub(super) async fn create(pool: &PgPool, clock: &Clock) -> Result<(), DemoError> {
    let [ada, grace, linus, mary] = create_users(pool).await?;

    let mut transaction = begin_as_user(pool, ada).await?;
    let north_wind = create_organization(&mut transaction, "North Wind", ada).await?;
    join(&mut transaction, north_wind, linus, Role::Member).await?;
    join(&mut transaction, north_wind, mary, Role::Member).await?;
    let invitation = InviteParameters {
        organization_id: north_wind,
        invited_by: ada,
        role: Role::Member,
        attempt: Attempt::First,
    };
    let quotas = Quotas::default();
    invite(&mut transaction, clock, quotas, invitation, &[email(GRACE)]).await?;
    transaction.commit().await?;

    let mut transaction = begin_as_user(pool, grace).await?;
    let harbour_lab = create_organization(&mut transaction, "Harbour Lab", grace).await?;
    join(&mut transaction, harbour_lab, ada, Role::Member).await?;
    join(&mut transaction, harbour_lab, mary, Role::Admin).await?;
    transaction.commit().await?;

    for (author, title, body) in [
        (mary, "Winter timetable", "From 1 December, boats leave at 7:00, 11:00 and 16:00."),
        (
            linus,
            "Where the gauges are",
            "Upper weir, mill bridge and harbour mouth.\nMary has the keys.",
        ),
        (ada, "Meeting on Thursday", "1. New gauge\n2. Trip to the harbour: who joins?"),
    ] {
        let mut transaction = begin_as_user(pool, author).await?;
        create_note(&mut transaction, north_wind, author, title, body).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Deletes the demo users and their organizations.
pub(super) async fn delete(pool: &PgPool) -> Result<(), sqlx::Error> {
    let emails = ACCOUNTS.map(|account| account.email);
    let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
    sqlx::query(
        "delete from organizations where id in (
             select organization_id from memberships join users on users.id = user_id
              where email = any($1))",
    )
    .bind(emails)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("delete from users where email = any($1)")
        .bind(emails)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn begin_as_user(
    pool: &PgPool,
    user: UserId,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    actor::begin_as(pool, &Actor { user_id: Some(user), mutation_id: None }).await
}

async fn create_users(pool: &PgPool) -> Result<[UserId; 4], DemoError> {
    let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
    let ids = [
        create_user(&mut transaction, ADA).await?,
        create_user(&mut transaction, GRACE).await?,
        create_user(&mut transaction, LINUS).await?,
        create_user(&mut transaction, MARY).await?,
    ];
    account::make_system_admin(&mut transaction, ids[0]).await?;
    transaction.commit().await?;
    Ok(ids)
}

async fn create_note(
    connection: &mut PgConnection,
    organization: OrganizationId,
    author: UserId,
    title: &str,
    body: &str,
) -> Result<(), DemoError> {
    let title = NoteTitle::parse(title).expect("the demo titles are valid");
    let body = NoteBody::parse(body).expect("the demo texts are valid");
    let note = CreateNote { title, body: Some(body) };
    notes::create::insert(connection, organization, author, &note).await?;
    Ok(())
}

async fn create_user(connection: &mut PgConnection, account: Account) -> Result<UserId, DemoError> {
    let hash = password::hash(published_password()).await?;
    let (id, email) = (account::new_id(), email(account));
    account::create(connection, id, &name(account.name), &email, &hash).await?;
    account::confirm_email(connection, id, &email).await?;
    Ok(id)
}

async fn create_organization(
    connection: &mut PgConnection,
    text: &str,
    admin: UserId,
) -> Result<OrganizationId, DemoError> {
    let slug = Slug::from_name(text).expect("the demo names contain letters");
    let request = CreateOrganization { name: name(text), slug };
    Ok(organizations::create::create(connection, &request, admin).await?.id)
}
