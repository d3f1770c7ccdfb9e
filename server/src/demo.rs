//! The demo workspace: four users, two organizations, notes and an invitation.

use contract::note::CreateNote;
use contract::request::CreateOrganization;
use contract::{Email, Name, NoteBody, NoteTitle, OrganizationId, Password, Role, Slug, UserId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use api::auth::account;
use api::auth::password::{self, Verdict};
use api::error::ApiFailure;
use api::invitations::invite::{InviteParameters, invite};
use api::memberships::join::join;
use api::notes;
use api::organizations::create::create;
use api::quotas::Quotas;
use api::repeated_request::Attempt;
use db::actor::{self, Actor};
use db::clock::Clock;
use db::transaction::begin;

/// The password of all demo accounts.
const PASSWORD: &str = "tributary-demo";

/// A demo account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name.
    pub name: &'static str,
    /// The email address to sign in with.
    pub email: &'static str,
    /// The password to sign in with.
    pub password: &'static str,
    /// The user's roles, for people who choose an account.
    pub about: &'static str,
}

impl Account {
    const fn new(name: &'static str, email: &'static str, about: &'static str) -> Self {
        Self { name, email, password: PASSWORD, about }
    }
}

const ADA: Account = Account::new(
    "Ada Lovelace",
    "ada@example.com",
    "admin of North Wind, member of Harbour Lab, system admin",
);
const GRACE: Account = Account::new(
    "Grace Hopper",
    "grace@example.com",
    "admin of Harbour Lab, invited to North Wind",
);
const LINUS: Account = Account::new("Linus Pauling", "linus@example.com", "member of North Wind");
const MARY: Account =
    Account::new("Mary Jackson", "mary@example.com", "member of North Wind, admin of Harbour Lab");
const ACCOUNTS: [Account; 4] = [ADA, GRACE, LINUS, MARY];

/// Why the demo workspace can't be created.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A statement failed.
    #[error("can't create the demo workspace: {0}")]
    Database(#[from] sqlx::Error),
    /// A password couldn't be hashed.
    #[error("can't create the demo workspace: {0}")]
    Password(#[from] password::PasswordError),
    /// The database has accounts of people.
    #[error(
        "DEMO fills an empty database, and this one has accounts: start without DEMO, or with another \
         database"
    )]
    NotEmpty,
    /// Other machines could sign in with the published password.
    #[error(
        "the database has the demo account {0} with its published password, so only this machine may reach \
         the server: set ADDRESS to 127.0.0.1:3000 and no public PUBLIC_URL, or delete the demo accounts"
    )]
    Published(&'static str),
    /// An API operation refused, for example because a slug is taken.
    #[error("can't create the demo workspace: {0:?}")]
    Refused(#[from] ApiFailure),
}

/// Creates the demo workspace in an empty database. If its users exist already, what people changed in it
/// since stays. Returns the accounts.
///
/// # Errors
/// When the database has other accounts, or the workspace can't be created. What was created is deleted
/// then.
pub async fn seed(pool: &PgPool, clock: &Clock) -> Result<Vec<Account>, DemoError> {
    let mut transaction = begin(pool).await?;
    // A lock, because two servers may start on the same database at the same time.
    sqlx::query("select pg_advisory_xact_lock(hashtext('tributary demo'))")
        .execute(&mut *transaction)
        .await?;
    if !exists(&mut transaction).await? {
        if has_accounts(&mut transaction).await? {
            return Err(DemoError::NotEmpty);
        }
        if let Err(error) = create_workspace(pool, clock).await {
            delete_workspace(pool).await?;
            return Err(error);
        }
    }
    transaction.commit().await?;
    Ok(ACCOUNTS.to_vec())
}

/// Refuses a database with demo accounts that still have their published password.
///
/// # Errors
/// When there is one, or the database can't be read.
pub async fn require_absent(pool: &PgPool) -> Result<(), DemoError> {
    for account in ACCOUNTS {
        let Some(credentials) = account::find_credentials(pool, &email(account)).await? else {
            continue;
        };
        let verdict =
            password::verify(published_password(), Some(credentials.password_hash)).await?;
        if verdict == Verdict::Correct {
            return Err(DemoError::Published(account.email));
        }
    }
    Ok(())
}

fn published_password() -> Password {
    Password::parse(PASSWORD).expect("the demo password is long enough")
}

async fn has_accounts(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from users)").fetch_one(connection).await
}

async fn exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from users where email = any($1))")
        .bind(ACCOUNTS.map(|account| account.email))
        .fetch_one(connection)
        .await
}

/// Creates the workspace in one transaction for each actor, so that the audit log names them.
async fn create_workspace(pool: &PgPool, clock: &Clock) -> Result<(), DemoError> {
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
async fn delete_workspace(pool: &PgPool) -> Result<(), sqlx::Error> {
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
    Ok(create(connection, &request, admin).await?.id)
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("the demo names are valid")
}

fn email(account: Account) -> Email {
    Email::parse(account.email).expect("the demo addresses are valid")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contract::activity::AuditLog;
    use contract::note::NoteView;
    use contract::view::{InvitationView, List, Me, MembershipView};
    use serde_json::json;

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
        let (users, organizations): (i64, i64) = sqlx::query_as(
            "select (select count(*) from users), (select count(*) from organizations)",
        )
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
}
