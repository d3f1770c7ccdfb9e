//! The tables `users` and `credentials`: who has an account and proves it.

use contract::view::UserView;
use contract::{Email, Name, PictureId, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// An account as its owner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The person.
    pub user: UserView,
    /// Sees how the system is doing.
    pub system_admin: bool,
}

#[derive(FromRow)]
struct AccountRow {
    id: UserId,
    name: Name,
    email: Email,
    picture: Option<PictureId>,
    version: i64,
    system_admin: bool,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { id, name, email, picture, version, system_admin } = row;
        Self { user: UserView { id, name, email: Some(email), picture, version }, system_admin }
    }
}

/// What an address signs in with.
#[derive(Clone, FromRow)]
pub struct Credentials {
    /// Whose they are.
    pub user_id: UserId,
    /// In PHC format.
    pub password_hash: String,
}

/// A new account's id. It isn't there before [`create`].
#[must_use]
pub fn new_id() -> UserId {
    UserId::from_uuid(Uuid::now_v7())
}

/// Makes an account.
///
/// # Errors
/// When the address has one (`users_email_unique`), or the database refuses otherwise.
pub async fn create(
    connection: &mut PgConnection,
    id: UserId,
    name: &Name,
    email: &Email,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into users (id, email, name) values ($1, $2, $3)")
        .bind(id)
        .bind(email)
        .bind(name)
        .execute(&mut *connection)
        .await?;
    sqlx::query("insert into credentials (user_id, password_hash) values ($1, $2)")
        .bind(id)
        .bind(password_hash)
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets the user see how the system is doing. No request asks for this.
///
/// # Errors
/// When the database refuses.
pub async fn make_system_admin(
    connection: &mut PgConnection,
    id: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("update users set system_admin = true where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account of that user, none once it is deleted.
///
/// # Errors
/// When the database can't answer.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select id, name, email, picture, version, system_admin from users where id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Account::from))
}

/// What the user's password is verified with; none once the account is deleted.
///
/// # Errors
/// When the database can't answer.
pub async fn password_hash(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("select password_hash from credentials where user_id = $1")
        .bind(id)
        .fetch_optional(executor)
        .await
}

/// Lets the user sign in with another password from now on.
///
/// # Errors
/// When the database refuses.
pub async fn set_password(
    connection: &mut PgConnection,
    id: UserId,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update credentials set password_hash = $2, updated_at = now() where user_id = $1")
        .bind(id)
        .bind(password_hash)
        .execute(connection)
        .await?;
    Ok(())
}

/// What that address signs in with, if it has an account.
///
/// # Errors
/// When the database can't answer.
pub async fn credentials_of(
    executor: impl PgExecutor<'_>,
    email: &Email,
) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as(
        "select c.user_id, c.password_hash
           from users u
           join credentials c on c.user_id = u.id
          where u.email = $1",
    )
    .bind(email)
    .fetch_optional(executor)
    .await
}
