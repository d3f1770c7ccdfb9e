//! Links that prove who opens them, and can be used once: the table `account_links`.
//!
//! A link belongs to a request to sign up, to confirm an address or to choose a new password. It gets its
//! token when the message is written ([`issue_token`]), so that no secret waits in a queue; only the
//! token's hash is stored. All times are the database's.

use contract::account_link::LinkPurpose;
use contract::{Email, Name, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};
use time::Duration;
use uuid::Uuid;

use crate::error::ApiFailure;
use crate::token::Token;

/// Returns how long a link can be used.
#[must_use]
pub const fn lifetime(purpose: LinkPurpose) -> Duration {
    match purpose {
        LinkPurpose::SignUp | LinkPurpose::ConfirmEmail => Duration::hours(24),
        LinkPurpose::ResetPassword => Duration::hours(1),
    }
}

/// A link for an account, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AccountLink {
    /// The link's id, which isn't secret.
    pub id: Uuid,
    /// The purpose of the link.
    pub purpose: LinkPurpose,
    /// The address that the link was asked for.
    pub email: Email,
    /// The account. None for a sign-up, and for a password until the message is written.
    pub user_id: Option<UserId>,
    /// The name of a sign-up.
    pub name: Option<Name>,
    /// Whether a sign-up makes a system admin.
    pub system_admin: bool,
    /// Whether opening the link proves that the person reads mail to the address.
    pub proves_address: bool,
}

impl AccountLink {
    /// Creates a link that is sent to `email`.
    #[must_use]
    pub fn by_mail(purpose: LinkPurpose, email: Email) -> Self {
        Self {
            id: Uuid::now_v7(),
            purpose,
            email,
            user_id: None,
            name: None,
            system_admin: false,
            proves_address: true,
        }
    }
}

/// Stores a link without a token.
///
/// # Errors
/// When the database can't be written.
pub async fn insert(connection: &mut PgConnection, link: &AccountLink) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into account_links
             (id, purpose, email, user_id, name, system_admin, proves_address, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))",
    )
    .bind(link.id)
    .bind(link.purpose)
    .bind(&link.email)
    .bind(link.user_id)
    .bind(&link.name)
    .bind(link.system_admin)
    .bind(link.proves_address)
    .bind(lifetime(link.purpose).as_seconds_f64())
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the link a new token; a former one stops working. `user_id` is the account, if it is known only
/// now. `None` when the link was used or has expired.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn issue_token(
    connection: &mut PgConnection,
    id: Uuid,
    user_id: Option<UserId>,
) -> Result<Option<Token>, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    let issued = sqlx::query(
        "update account_links set token_hash = $2, user_id = coalesce(user_id, $3)
          where id = $1 and expires_at > now()",
    )
    .bind(id)
    .bind(token.hash())
    .bind(user_id)
    .execute(connection)
    .await?;
    Ok((issued.rows_affected() > 0).then_some(token))
}

/// Reads a link by its id, without its token. `None` when it was used or has expired.
///
/// # Errors
/// When the database can't be read.
pub async fn find_by_id(
    executor: impl PgExecutor<'_>,
    id: Uuid,
) -> Result<Option<AccountLink>, sqlx::Error> {
    sqlx::query_as(
        "select id, purpose, email, user_id, name, system_admin, proves_address
           from account_links where id = $1 and expires_at > now()",
    )
    .bind(id)
    .fetch_optional(executor)
    .await
}

/// Reads the link of a token, without using it.
///
/// # Errors
/// 410 for an unknown or malformed token, and for a link that was used or has expired.
pub async fn find(
    executor: impl PgExecutor<'_>,
    purpose: LinkPurpose,
    text: &str,
) -> Result<AccountLink, ApiFailure> {
    let token = Token::parse(text).ok_or(ApiFailure::LinkExpired)?;
    sqlx::query_as(
        "select id, purpose, email, user_id, name, system_admin, proves_address
           from account_links
          where token_hash = $1 and purpose = $2 and expires_at > now()",
    )
    .bind(token.hash())
    .bind(purpose)
    .fetch_optional(executor)
    .await?
    .ok_or(ApiFailure::LinkExpired)
}

/// Uses the link: it is deleted, together with the other links of the same purpose for the same address or
/// account. Only one of two requests at the same time succeeds.
///
/// # Errors
/// 410 when the link was used or has expired.
pub async fn take(connection: &mut PgConnection, link: &AccountLink) -> Result<(), ApiFailure> {
    let taken = sqlx::query("delete from account_links where id = $1")
        .bind(link.id)
        .execute(&mut *connection)
        .await?;
    if taken.rows_affected() == 0 {
        return Err(ApiFailure::LinkExpired);
    }
    sqlx::query("delete from account_links where purpose = $1 and (email = $2 or user_id = $3)")
        .bind(link.purpose)
        .bind(&link.email)
        .bind(link.user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the failure of a link whose address another account has got since: it can't be used any
/// more.
#[must_use]
pub fn expired_if_taken(error: sqlx::Error) -> ApiFailure {
    match &error {
        sqlx::Error::Database(problem) if problem.is_unique_violation() => ApiFailure::LinkExpired,
        _ => error.into(),
    }
}

/// Deletes the account's links of this purpose.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_for_user(
    connection: &mut PgConnection,
    user_id: UserId,
    purpose: LinkPurpose,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_links where user_id = $1 and purpose = $2")
        .bind(user_id)
        .bind(purpose)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the address that the account asked to change to and that isn't confirmed yet.
///
/// # Errors
/// When the database can't be read.
pub async fn pending_email(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
) -> Result<Option<Email>, sqlx::Error> {
    sqlx::query_scalar(
        "select l.email
           from account_links l
           join users u on u.id = l.user_id
          where l.user_id = $1 and l.purpose = 'confirm_email' and l.expires_at > now()
            and l.email <> u.email
          order by l.created_at desc
          limit 1",
    )
    .bind(user_id)
    .fetch_optional(executor)
    .await
}

/// Deletes up to `limit` links that have expired. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_expired(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from account_links
          where id in (select id from account_links where expires_at <= now()
                        limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
