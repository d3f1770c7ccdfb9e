//! The accounts that belong to people at a provider: the table `external_identities`.
//!
//! A person at a provider is known by the issuer and the subject (OpenID Connect Core 1.0, section 5.7),
//! never by an email address, which may change its owner.

use contract::sign_in_methods::IdentityId;
use contract::{Email, Timestamp, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};
use uuid::Uuid;

/// A person at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's address.
    pub issuer: String,
    /// The provider's name for the person.
    pub subject: String,
}

/// An identity that is linked to an account.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LinkedIdentity {
    /// The link's id.
    pub id: IdentityId,
    /// The provider's address.
    pub issuer: String,
    /// The confirmed address by which it was linked.
    pub email: Email,
    /// When it was linked.
    pub linked_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Timestamp,
}

/// The relation of an identity to Tributary's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// It is linked to this account.
    Linked(UserId),
    /// The owner of an account has unlinked it.
    Unlinked,
    /// Nothing.
    Unknown,
}

/// Finds the account of the identity.
///
/// # Errors
/// When the database can't be read.
pub async fn find(
    executor: impl PgExecutor<'_>,
    identity: &Identity,
) -> Result<Knowledge, sqlx::Error> {
    let found: Option<(UserId, bool)> = sqlx::query_as(
        "select user_id, unlinked_at is null from external_identities
          where issuer = $1 and subject = $2",
    )
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .fetch_optional(executor)
    .await?;
    Ok(match found {
        Some((user, true)) => Knowledge::Linked(user),
        Some((_, false)) => Knowledge::Unlinked,
        None => Knowledge::Unknown,
    })
}

/// Whether a change found the identity as it expected it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did, and was made.
    Done,
    /// The identity was linked or unlinked meanwhile, or is another account's.
    Changed,
}

impl Outcome {
    const fn of(rows: u64) -> Self {
        if rows == 0 { Self::Changed } else { Self::Done }
    }
}

/// Records that somebody signs in with the identity, which stays linked until the transaction ends.
///
/// # Errors
/// When the database can't be written.
pub async fn record_use(
    connection: &mut PgConnection,
    user: UserId,
    identity: &Identity,
) -> Result<Outcome, sqlx::Error> {
    let used = sqlx::query(
        "update external_identities set last_used_at = now()
          where user_id = $1 and issuer = $2 and subject = $3 and unlinked_at is null",
    )
    .bind(user)
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .execute(connection)
    .await?;
    Ok(Outcome::of(used.rows_affected()))
}

/// Links the identity to the account, if it is linked to none.
///
/// # Errors
/// When the database can't be written.
pub async fn link(
    connection: &mut PgConnection,
    user: UserId,
    identity: &Identity,
    email: &Email,
) -> Result<Outcome, sqlx::Error> {
    let linked = sqlx::query(
        "insert into external_identities (id, user_id, issuer, subject, email)
         values ($1, $2, $3, $4, $5)
         on conflict (issuer, subject)
         do update set user_id = excluded.user_id, email = excluded.email, linked_at = now(),
                       last_used_at = now(), unlinked_at = null
          where external_identities.unlinked_at is not null",
    )
    .bind(Uuid::now_v7())
    .bind(user)
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(email)
    .execute(connection)
    .await?;
    Ok(Outcome::of(linked.rows_affected()))
}

/// Unlinks one of the account's identities. The row stays, so that the address doesn't link it again.
///
/// # Errors
/// When the database can't be written.
pub async fn unlink(
    connection: &mut PgConnection,
    user: UserId,
    id: IdentityId,
) -> Result<Outcome, sqlx::Error> {
    let unlinked = sqlx::query(
        "update external_identities set unlinked_at = now()
          where user_id = $1 and id = $2 and unlinked_at is null",
    )
    .bind(user)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(Outcome::of(unlinked.rows_affected()))
}

/// Returns the account's identities, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<LinkedIdentity>, sqlx::Error> {
    sqlx::query_as(
        "select id, issuer, email, linked_at, last_used_at from external_identities
          where user_id = $1 and unlinked_at is null order by id",
    )
    .bind(user)
    .fetch_all(executor)
    .await
}
