//! Accounts and their credentials: the tables `users` and `credentials`.

use activity::row::UserRow;
use contract::view::UserView;
use contract::{Email, Name, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// An account with all its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The user, with the email address.
    pub user: UserView,
    /// Whether the user may open `/system`.
    pub system_admin: bool,
}

#[derive(FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    system_admin: bool,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self { user: row.user.into(), system_admin: row.system_admin }
    }
}

/// The account and the hash that a sign-in is checked against.
#[derive(Clone, FromRow)]
pub struct Credentials {
    /// The account's id.
    pub user_id: UserId,
    /// The Argon2id hash in PHC string format.
    pub password_hash: String,
}

/// Generates an id for [`create`].
#[must_use]
pub fn new_id() -> UserId {
    UserId::from_uuid(Uuid::now_v7())
}

/// Inserts an account with a password.
///
/// # Errors
/// When another account has the email address (`users_email_unique`), or the database fails.
pub async fn create(
    connection: &mut PgConnection,
    id: UserId,
    name: &Name,
    email: &Email,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    create_without_password(&mut *connection, id, name, email).await?;
    set_password(connection, id, password_hash).await
}

/// Inserts an account whose owner signs in otherwise.
///
/// # Errors
/// When another account has the email address (`users_email_unique`), or the database fails.
pub async fn create_without_password(
    connection: &mut PgConnection,
    id: UserId,
    name: &Name,
    email: &Email,
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into users (id, email, name) values ($1, $2, $3)")
        .bind(id)
        .bind(email)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the account with the address. `None` if there is none.
///
/// # Errors
/// When the database can't be read.
pub async fn find_by_email(
    executor: impl PgExecutor<'_>,
    email: &Email,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_optional(executor)
        .await
}

/// Records that the owner of the address has confirmed it. It counts while it is the account's address.
/// The invitations to the address now reach the account, those to a former address don't.
///
/// # Errors
/// When the database can't be written.
pub async fn confirm_email(
    connection: &mut PgConnection,
    id: UserId,
    email: &Email,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into confirmed_emails (user_id, email) values ($1, $2)
         on conflict (user_id) do update set email = excluded.email, confirmed_at = now()
          where confirmed_emails.email <> excluded.email",
    )
    .bind(id)
    .bind(email)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update invitations set user_id = case when email = $2 then $1 end
          where (email = $2 and user_id is distinct from $1) or (email <> $2 and user_id = $1)",
    )
    .bind(id)
    .bind(email)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the account's present address is confirmed.
///
/// # Errors
/// When the database can't be read.
pub async fn is_email_confirmed(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from confirmed_emails c
                          join users u on u.id = c.user_id and u.email = c.email
                         where c.user_id = $1)",
    )
    .bind(id)
    .fetch_one(executor)
    .await
}

/// Reads the address, and keeps it as it is until the transaction ends. `None` if the account was deleted.
///
/// # Errors
/// When the database can't be read.
pub async fn lock_email(
    connection: &mut PgConnection,
    id: UserId,
) -> Result<Option<Email>, sqlx::Error> {
    sqlx::query_scalar("select email from users where id = $1 for update")
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Changes the address.
///
/// # Errors
/// When another account has it (`users_email_unique`), or the database can't be written.
pub async fn change_email(
    connection: &mut PgConnection,
    id: UserId,
    email: &Email,
) -> Result<(), sqlx::Error> {
    sqlx::query("update users set email = $2 where id = $1")
        .bind(id)
        .bind(email)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the user a system admin. No endpoint does this.
///
/// # Errors
/// When the database can't be written.
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

/// Reads the account. `None` if it was deleted.
///
/// # Errors
/// When the database can't be read.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select id, name, email, email_version, picture, version, system_admin
           from users where id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Account::from))
}

/// Reads the password's hash in PHC string format. `None` if the account has no password, or was deleted.
///
/// # Errors
/// When the database can't be read.
pub async fn password_hash(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("select password_hash from credentials where user_id = $1")
        .bind(id)
        .fetch_optional(executor)
        .await
}

/// Whether the account's hash is still `password_hash`. It stays so until the transaction ends.
///
/// # Errors
/// When the database can't be read.
pub async fn lock_password_hash(
    connection: &mut PgConnection,
    id: UserId,
    password_hash: &str,
) -> Result<bool, sqlx::Error> {
    let stored: Option<String> =
        sqlx::query_scalar("select password_hash from credentials where user_id = $1 for update")
            .bind(id)
            .fetch_optional(connection)
            .await?;
    Ok(stored.as_deref() == Some(password_hash))
}

/// Stores the hash of a new password, also for an account that had none.
///
/// # Errors
/// When the database can't be written.
pub async fn set_password(
    connection: &mut PgConnection,
    id: UserId,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into credentials (user_id, password_hash) values ($1, $2)
         on conflict (user_id) do update set password_hash = excluded.password_hash, updated_at = now()",
    )
    .bind(id)
    .bind(password_hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// Reads the credentials for an email address. `None` if it has no account with a password.
///
/// # Errors
/// When the database can't be read.
pub async fn find_credentials(
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
