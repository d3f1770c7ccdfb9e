//! A workspace to look at, for a database that nobody has used yet.

use contract::note::CreateNote;
use contract::request::CreateOrganization;
use contract::{Email, Name, NoteBody, NoteTitle, OrganizationId, Password, Role, Slug, UserId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use api::auth::{account, password};
use api::error::ApiFailure;
use api::invitations::invite::{Asking, invite};
use api::memberships::join::join;
use api::notes;
use api::organizations::create::create;
use db::actor::{self, Actor};
use db::clock::Clock;
use db::transaction::begin;

/// Everybody's password in the demo workspace.
const PASSWORD: &str = "tributary-demo";

/// Somebody to sign in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// What they are called.
    pub name: &'static str,
    /// What they sign in with.
    pub email: &'static str,
    /// What they prove it with.
    pub password: &'static str,
    /// Who they are in the workspace.
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

/// Why the demo workspace can't be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database refused.
    #[error("can't create the demo workspace: {0}")]
    Database(#[from] sqlx::Error),
    /// A password couldn't be hashed.
    #[error("can't create the demo workspace: {0}")]
    Password(#[from] password::PasswordError),
    /// What a handler would have refused as well.
    #[error("can't create the demo workspace: {0:?}")]
    Refused(#[from] ApiFailure),
}

/// Makes the demo workspace unless it is there, and says who can sign in. What people changed in
/// it since stays as they left it.
///
/// # Errors
/// When the database refuses. Nothing is left of it then.
pub async fn seed(pool: &PgPool, clock: &Clock) -> Result<Vec<Account>, DemoError> {
    let mut turn = begin(pool).await?;
    // Two servers may start at the same moment on the same database.
    sqlx::query("select pg_advisory_xact_lock(hashtext('tributary demo'))")
        .execute(&mut *turn)
        .await?;
    if !is_there(&mut turn).await?
        && let Err(error) = fill(pool, clock).await
    {
        clear(pool).await?;
        return Err(error);
    }
    turn.commit().await?;
    Ok(ACCOUNTS.to_vec())
}

async fn is_there(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from users where email = any($1))")
        .bind(ACCOUNTS.map(|account| account.email))
        .fetch_one(connection)
        .await
}

/// What people did, each in transactions of their own: the organization's activity names them.
async fn fill(pool: &PgPool, clock: &Clock) -> Result<(), DemoError> {
    let [ada, grace, linus, mary] = sign_everybody_up(pool).await?;

    let mut its_founder = by(pool, ada).await?;
    let north_wind = found(&mut its_founder, "North Wind", ada).await?;
    join(&mut its_founder, north_wind, linus, Role::Member).await?;
    join(&mut its_founder, north_wind, mary, Role::Member).await?;
    let asking = Asking { organization_id: north_wind, invited_by: ada, role: Role::Member };
    invite(&mut its_founder, clock, asking, &[email(GRACE)]).await?;
    its_founder.commit().await?;

    let mut its_founder = by(pool, grace).await?;
    let harbour_lab = found(&mut its_founder, "Harbour Lab", grace).await?;
    join(&mut its_founder, harbour_lab, ada, Role::Member).await?;
    join(&mut its_founder, harbour_lab, mary, Role::Admin).await?;
    its_founder.commit().await?;

    for (author, title, body) in [
        (mary, "Winter timetable", "From 1 December, boats leave at 7:00, 11:00 and 16:00."),
        (
            linus,
            "Where the gauges are",
            "Upper weir, mill bridge and harbour mouth.\nMary has the keys.",
        ),
        (ada, "Meeting on Thursday", "1. New gauge\n2. Trip to the harbour: who joins?"),
    ] {
        let mut its_author = by(pool, author).await?;
        write(&mut its_author, north_wind, author, title, body).await?;
        its_author.commit().await?;
    }
    Ok(())
}

/// Takes away what was made before something was refused.
async fn clear(pool: &PgPool) -> Result<(), sqlx::Error> {
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

async fn by(pool: &PgPool, user: UserId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    actor::begin_as(pool, &Actor { user_id: Some(user), mutation_id: None }).await
}

async fn sign_everybody_up(pool: &PgPool) -> Result<[UserId; 4], DemoError> {
    let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
    let ids = [
        sign_up(&mut transaction, ADA).await?,
        sign_up(&mut transaction, GRACE).await?,
        sign_up(&mut transaction, LINUS).await?,
        sign_up(&mut transaction, MARY).await?,
    ];
    account::make_system_admin(&mut transaction, ids[0]).await?;
    transaction.commit().await?;
    Ok(ids)
}

async fn write(
    connection: &mut PgConnection,
    organization: OrganizationId,
    author: UserId,
    title: &str,
    body: &str,
) -> Result<(), DemoError> {
    let title = NoteTitle::parse(title).expect("the demo titles are titles");
    let body = NoteBody::parse(body).expect("the demo texts are texts");
    let note = CreateNote { title, body: Some(body) };
    notes::create::insert(connection, organization, author, &note).await?;
    Ok(())
}

async fn sign_up(connection: &mut PgConnection, account: Account) -> Result<UserId, DemoError> {
    let password = Password::parse(account.password).expect("the demo password is long enough");
    let hash = password::hash(password).await?;
    let id = account::new_id();
    account::create(connection, id, &name(account.name), &email(account), &hash).await?;
    Ok(id)
}

async fn found(
    connection: &mut PgConnection,
    called: &str,
    admin: UserId,
) -> Result<OrganizationId, DemoError> {
    let slug = Slug::suggested_by(called).expect("the demo names are made of letters");
    let request = CreateOrganization { name: name(called), slug };
    Ok(create(connection, &request, admin).await?.id)
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("the demo names are names")
}

fn email(account: Account) -> Email {
    Email::parse(account.email).expect("the demo addresses are addresses")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contract::activity::AuditLog;
    use contract::note::NoteView;
    use contract::view::{InvitationView, List, Me, MembershipView};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn everybody_can_sign_in_and_grace_has_an_invitation() {
        let server = TestServer::start().await;
        let accounts = seed(&server.database.pool, &Clock::system()).await.unwrap();
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
    async fn north_wind_has_notes_of_several_people() {
        let server = TestServer::start().await;
        seed(&server.database.pool, &Clock::system()).await.unwrap();
        let visitor = server.visitor();
        let body = json!({"email": LINUS.email, "password": LINUS.password});
        let _: Me = visitor.post("/auth/sign-in", &body).await.ok();
        let notes: List<NoteView> = visitor.get("/organizations/north-wind/notes").await.ok();
        let authors: BTreeSet<_> =
            notes.items.iter().filter_map(|note| Some(note.author.as_ref()?.id)).collect();
        assert_eq!((notes.total, authors.len()), (3, 3));
    }

    #[tokio::test]
    async fn its_activity_names_who_did_what() {
        let server = TestServer::start().await;
        seed(&server.database.pool, &Clock::system()).await.unwrap();
        server.database.settled().await;
        let visitor = server.visitor();
        let body = json!({"email": ADA.email, "password": ADA.password});
        let _: Me = visitor.post("/auth/sign-in", &body).await.ok();
        let trail: AuditLog = visitor.get("/organizations/north-wind/activities").await.ok();
        let actors: BTreeSet<_> = trail
            .items
            .iter()
            .map(|its| its.actor.as_ref().and_then(|who| who.name.clone()))
            .collect();
        let people = [ADA, LINUS, MARY].map(|account| Some(name(account.name)));
        assert_eq!(actors, BTreeSet::from(people));
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_workspace_that_is_refused_half_way() {
        let server = TestServer::start().await;
        let pool = &server.database.pool;
        let ada = server.person("Ada King").await;
        let _: Value =
            ada.post("/organizations", json!({"name": "Mine", "slug": "harbour-lab"})).await.ok();
        seed(pool, &Clock::system()).await.unwrap_err();
        let (people, organizations): (i64, i64) = sqlx::query_as(
            "select (select count(*) from users), (select count(*) from organizations)",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        assert_eq!((people, organizations), (1, 1));
    }

    #[tokio::test]
    async fn seeding_again_leaves_what_people_changed() {
        let server = TestServer::start().await;
        let pool = &server.database.pool;
        seed(pool, &Clock::system()).await.unwrap();
        sqlx::query("delete from organizations where slug = 'harbour-lab'")
            .execute(pool)
            .await
            .unwrap();
        let accounts = seed(pool, &Clock::system()).await.unwrap();
        assert_eq!(accounts.len(), ACCOUNTS.len());
        let left: i64 =
            sqlx::query_scalar("select count(*) from organizations").fetch_one(pool).await.unwrap();
        assert_eq!(left, 1);
    }
}
