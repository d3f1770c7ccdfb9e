//! Queues messages.

use contract::Email;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{MailKind, SignInChange};
use crate::auth::account_link::{self, AccountLink};

/// Stores the link and queues the message that contains it.
///
/// # Errors
/// When the database can't be written.
pub async fn send_link(
    connection: &mut PgConnection,
    link: &AccountLink,
) -> Result<(), sqlx::Error> {
    account_link::insert(&mut *connection, link).await?;
    insert(connection, MailKind::Link, &link.email, Some(link.id), json!({})).await
}

/// Queues the message that the password was changed.
///
/// # Errors
/// When the database can't be written.
pub async fn password_changed(
    connection: &mut PgConnection,
    email: &Email,
) -> Result<(), sqlx::Error> {
    insert(connection, MailKind::PasswordChanged, email, None, json!({})).await
}

/// Queues the messages to both addresses that the account's address was changed.
///
/// # Errors
/// When the database can't be written.
pub async fn email_changed(
    connection: &mut PgConnection,
    former: &Email,
    new: &Email,
) -> Result<(), sqlx::Error> {
    for recipient in [former, new] {
        let details = json!({ "former": former, "new": new });
        insert(&mut *connection, MailKind::EmailChanged, recipient, None, details).await?;
    }
    Ok(())
}

/// Queues the message that a way to sign in was changed.
///
/// # Errors
/// When the database can't be written.
pub async fn sign_in_changed(
    connection: &mut PgConnection,
    email: &Email,
    change: SignInChange,
) -> Result<(), sqlx::Error> {
    let details = json!({ "change": change });
    insert(connection, MailKind::SignInChanged, email, None, details).await
}

async fn insert(
    connection: &mut PgConnection,
    kind: MailKind,
    recipient: &Email,
    link_id: Option<Uuid>,
    details: Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into mail_messages (id, kind, recipient, link_id, details)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(kind)
    .bind(recipient)
    .bind(link_id)
    .bind(details)
    .execute(connection)
    .await?;
    Ok(())
}
