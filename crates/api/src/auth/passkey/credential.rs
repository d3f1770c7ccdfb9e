//! The passkeys of accounts: the table `passkeys`.

use contract::passkey::{PasskeyId, PasskeyView};
use contract::{Name, Timestamp, UserId};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgExecutor};
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, Passkey};

/// Stores a passkey.
///
/// # Errors
/// When another account has it (`passkeys_credential_id_unique`), or the database can't be written.
pub async fn insert(
    connection: &mut PgConnection,
    user: UserId,
    name: &Name,
    passkey: &Passkey,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into passkeys (id, user_id, credential_id, credential, name)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(user)
    .bind(passkey.cred_id().as_slice())
    .bind(Json(passkey))
    .bind(name)
    .execute(connection)
    .await?;
    Ok(())
}

/// A passkey that somebody uses.
#[derive(Debug, FromRow)]
pub struct StoredPasskey {
    /// The passkey's id.
    pub id: PasskeyId,
    /// Its public key and counter.
    pub credential: Json<Passkey>,
}

/// Reads one of the account's passkeys by the authenticator's name, and keeps it until the transaction
/// ends, so that uses at the same time see each other's counter.
///
/// # Errors
/// When the database can't be read.
pub async fn lock(
    connection: &mut PgConnection,
    user: UserId,
    credential_id: &[u8],
) -> Result<Option<StoredPasskey>, sqlx::Error> {
    sqlx::query_as(
        "select id, credential from passkeys where user_id = $1 and credential_id = $2 for update",
    )
    .bind(user)
    .bind(credential_id)
    .fetch_optional(connection)
    .await
}

/// Stores the counter after a use.
///
/// # Errors
/// When the database can't be written.
pub async fn record_use(
    connection: &mut PgConnection,
    user: UserId,
    passkey: &StoredPasskey,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update passkeys set credential = $3, last_used_at = now() where user_id = $1 and id = $2",
    )
    .bind(user)
    .bind(passkey.id)
    .bind(&passkey.credential)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the authenticators' names for the account's passkeys.
///
/// # Errors
/// When the database can't be read.
pub async fn credential_ids(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<CredentialID>, sqlx::Error> {
    sqlx::query_scalar("select credential_id from passkeys where user_id = $1")
        .bind(user)
        .fetch_all(executor)
        .await
}

#[derive(FromRow)]
struct Row {
    id: PasskeyId,
    name: Name,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// Returns the account's passkeys, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<PasskeyView>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, name, created_at, last_used_at from passkeys where user_id = $1 order by id",
    )
    .bind(user)
    .fetch_all(executor)
    .await?;
    let view = |Row { id, name, created_at, last_used_at }| PasskeyView {
        id,
        name,
        created_at,
        last_used_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Whether a change found its passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Done,
    /// The account has no such passkey.
    NotFound,
}

impl Outcome {
    const fn of(rows: u64) -> Self {
        if rows == 0 { Self::NotFound } else { Self::Done }
    }
}

/// Renames one of the account's passkeys.
///
/// # Errors
/// When the database can't be written.
pub async fn rename(
    connection: &mut PgConnection,
    user: UserId,
    id: PasskeyId,
    name: &Name,
) -> Result<Outcome, sqlx::Error> {
    let renamed = sqlx::query("update passkeys set name = $3 where user_id = $1 and id = $2")
        .bind(user)
        .bind(id)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(Outcome::of(renamed.rows_affected()))
}

/// Removes one of the account's passkeys.
///
/// # Errors
/// When the database can't be written.
pub async fn remove(
    connection: &mut PgConnection,
    user: UserId,
    id: PasskeyId,
) -> Result<Outcome, sqlx::Error> {
    let removed = sqlx::query("delete from passkeys where user_id = $1 and id = $2")
        .bind(user)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(Outcome::of(removed.rows_affected()))
}
