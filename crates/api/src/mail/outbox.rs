//! `GET /system/mail`: the newest messages, for system admins.

use axum::Json;
use axum::extract::State;
use contract::system::{OutboxMessage, OutboxState};
use contract::view::List;
use contract::{Email, Timestamp};
use sqlx::{FromRow, PgConnection};
use tracing::instrument;
use uuid::Uuid;

use super::MailKind;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;

/// How many messages are shown.
const LIMIT: i64 = 100;

/// How long messages are listed, in days.
const KEPT_DAYS: i32 = 30;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: MailKind,
    recipient: Email,
    attempts: i32,
    sent_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    last_error: Option<String>,
    file_name: Option<String>,
    created_at: Timestamp,
}

/// Returns the newest messages. Those that were written to this node's folder have their text, because
/// nobody else brings them to their recipients.
///
/// # Errors
/// 403 for everyone except system admins.
#[instrument(skip_all)]
pub async fn outbox(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<OutboxMessage>>, ApiFailure> {
    if !reader.system_admin {
        return Err(ApiFailure::Forbidden);
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select id, kind, recipient, attempts, sent_at, failed_at, last_error, file_name, created_at
           from mail_messages order by created_at desc, id desc limit $1",
    )
    .bind(LIMIT)
    .fetch_all(&api.pool)
    .await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let text = match (&api.mail.folder, &row.file_name) {
            (Some(folder), Some(name)) => folder.read(name).await.map_err(ApiFailure::internal)?,
            _ => None,
        };
        messages.push(row.into_view(text));
    }
    Ok(Json(List::single_page(messages)))
}

impl Row {
    fn into_view(self, text: Option<String>) -> OutboxMessage {
        let state = match (self.sent_at, self.failed_at) {
            (Some(_), _) => OutboxState::Sent,
            (None, Some(_)) => OutboxState::Failed,
            (None, None) => OutboxState::Waiting,
        };
        OutboxMessage {
            id: self.id,
            subject: subject(self.kind).to_owned(),
            recipient: self.recipient,
            state,
            attempts: self.attempts,
            error: self.last_error,
            text,
            created_at: self.created_at,
        }
    }
}

const fn subject(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Link => "Link",
        MailKind::PasswordChanged => "Password changed",
        MailKind::EmailChanged => "Email address changed",
        MailKind::SignInChanged => "Way to sign in changed",
    }
}

/// Deletes up to `limit` messages that are older than 30 days. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_old(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from mail_messages
          where id in (select id from mail_messages
                        where created_at < now() - make_interval(days => $1)
                        limit $2 for update skip locked)",
    )
    .bind(KEPT_DAYS)
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
