//! Delivers messages that are due. Each node runs one delivery.
//!
//! A node claims one message at a time, for [`LEASE`], in a transaction of its own: no transaction is open
//! while a mail server answers. If the node stops before it has recorded the outcome, another node
//! delivers the message again after that time.

use std::time::Duration;

use ::mail::{Delivery, DeliveryError, Mailer};
use contract::Email;
use contract::account_link::LinkPurpose;
use serde::Deserialize;
use sqlx::{FromRow, PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::text::{self, Content};
use super::{Mail, MailKind, SignInChange};
use crate::auth::account;
use crate::auth::account_link::{self, AccountLink};
use crate::error::ApiFailure;
use db::transaction::begin;

/// How long a node has for an attempt. Longer than an attempt takes at most.
const LEASE: Duration = Duration::from_secs(60);

/// How often a node looks for messages that others queued, or whose time has come.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The delay after the first attempt; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(30);

/// The longest delay between two attempts.
const MAX_RETRY: Duration = Duration::from_secs(60 * 60);

/// The attempts before a message counts as failed: about five hours.
const MAX_ATTEMPTS: i32 = 12;

/// The task that delivers messages.
#[derive(Clone, Debug)]
pub struct MailDelivery {
    /// The connections.
    pub pool: PgPool,
    /// How messages are delivered.
    pub mailer: Mailer,
    /// The address of the server in links, without a trailing slash.
    pub origin: String,
    /// Says when a message was queued.
    pub mail: Mail,
}

/// A message that this node delivers.
#[derive(Debug, FromRow)]
struct Claimed {
    id: Uuid,
    kind: MailKind,
    recipient: Email,
    link_id: Option<Uuid>,
    details: sqlx::types::Json<Details>,
    attempts: i32,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    former: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    change: Option<SignInChange>,
}

impl MailDelivery {
    /// Delivers messages until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        if let Mailer::Folder(folder) = &self.mailer {
            info!(
                "No mail server is configured (SMTP_URL); messages are written to {}",
                folder.path().display()
            );
        }
        while !stop.is_cancelled() {
            match self.deliver_next().await {
                Ok(Attempted::Message) => continue,
                Ok(Attempted::Nothing) => {}
                Err(error) => warn!(?error, "Messages can't be delivered now"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.mail.queued() => {}
                () = sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Delivers one message, if one is due.
    ///
    /// # Errors
    /// When the database can't be used. A failed delivery isn't an error: it is recorded.
    pub async fn deliver_next(&self) -> Result<Attempted, ApiFailure> {
        let mut transaction = begin(&self.pool).await?;
        let Some(claimed) = claim(&mut transaction).await? else { return Ok(Attempted::Nothing) };
        let content = content(&mut transaction, &claimed).await?;
        transaction.commit().await?;
        let Some(content) = content else {
            self.discard(claimed.id).await?;
            return Ok(Attempted::Message);
        };
        let message = text::write(&content, claimed.recipient.clone(), &self.origin);
        let outcome = self.mailer.deliver(claimed.id, &message).await;
        self.record(&claimed, outcome).await?;
        Ok(Attempted::Message)
    }

    /// Deletes a message that nobody needs: its link was used, or has expired, or has no account.
    async fn discard(&self, id: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query("delete from mail_messages where id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    async fn record(
        &self,
        claimed: &Claimed,
        outcome: Result<Delivery, DeliveryError>,
    ) -> Result<(), sqlx::Error> {
        let (id, attempts) = (claimed.id, claimed.attempts);
        match outcome {
            Ok(delivery) => {
                let file_name = match delivery {
                    Delivery::Smtp => None,
                    Delivery::File(name) => Some(name),
                };
                sqlx::query(
                    "update mail_messages set sent_at = now(), last_error = null, file_name = $2
                      where id = $1",
                )
                .bind(id)
                .bind(file_name)
                .execute(&self.pool)
                .await?;
            }
            Err(DeliveryError::Transient(reason)) if attempts < MAX_ATTEMPTS => {
                warn!(message.id = %id, attempts, "A message can't be delivered; retrying: {reason}");
                sqlx::query(
                    "update mail_messages
                        set last_error = $2, next_attempt_at = now() + make_interval(secs => $3)
                      where id = $1",
                )
                .bind(id)
                .bind(reason)
                .bind(retry_delay(attempts).as_secs_f64())
                .execute(&self.pool)
                .await?;
            }
            Err(DeliveryError::Transient(reason) | DeliveryError::Permanent(reason)) => {
                error!(message.id = %id, attempts, "A message can't be delivered: {reason}");
                sqlx::query(
                    "update mail_messages set failed_at = now(), last_error = $2 where id = $1",
                )
                .bind(id)
                .bind(reason)
                .execute(&self.pool)
                .await?;
            }
        }
        Ok(())
    }
}

/// The result of [`MailDelivery::deliver_next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// A message was delivered, or its failure was recorded.
    Message,
    /// No message is due.
    Nothing,
}

fn retry_delay(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_RETRY * 2_u32.pow(doublings)).min(MAX_RETRY)
}

/// Claims the message that is due for the longest time. Messages that another node is claiming are
/// skipped.
async fn claim(connection: &mut PgConnection) -> Result<Option<Claimed>, sqlx::Error> {
    sqlx::query_as(
        "update mail_messages
            set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $1)
          where id = (select id from mail_messages
                       where sent_at is null and failed_at is null and next_attempt_at <= now()
                       order by next_attempt_at
                       limit 1
                         for update skip locked)
         returning id, kind, recipient, link_id, details, attempts",
    )
    .bind(LEASE.as_secs_f64())
    .fetch_optional(connection)
    .await
}

/// Returns the content of the message. `None` when nobody needs it any more.
async fn content(
    connection: &mut PgConnection,
    claimed: &Claimed,
) -> Result<Option<Content>, ApiFailure> {
    match claimed.kind {
        MailKind::PasswordChanged => Ok(Some(Content::PasswordChanged)),
        MailKind::EmailChanged => {
            let Details { former, new, .. } = &claimed.details.0;
            Ok(Some(Content::EmailChanged { former: former.clone(), new: new.clone() }))
        }
        MailKind::SignInChanged => Ok(claimed.details.change.map(Content::SignInChanged)),
        MailKind::Link => {
            let Some(link_id) = claimed.link_id else { return Ok(None) };
            match account_link::find_by_id(&mut *connection, link_id).await? {
                Some(link) => link_content(connection, link).await,
                None => Ok(None),
            }
        }
    }
}

async fn link_content(
    connection: &mut PgConnection,
    link: AccountLink,
) -> Result<Option<Content>, ApiFailure> {
    let owner = account::find_by_email(&mut *connection, &link.email).await?;
    let user_id = match (link.purpose, owner) {
        (LinkPurpose::SignUp, Some(_)) => return Ok(Some(Content::HasAccount)),
        (LinkPurpose::SignUp, None) => None,
        (LinkPurpose::ConfirmEmail, owner) => {
            if owner.is_some() && owner != link.user_id {
                return Ok(Some(Content::AddressInUse));
            }
            None
        }
        (LinkPurpose::ResetPassword, Some(owner)) => Some(owner),
        (LinkPurpose::ResetPassword, None) => return Ok(None),
    };
    let token = account_link::issue_token(connection, link.id, user_id).await?;
    Ok(token.map(|token| Content::Link(link.purpose, link.purpose.link(&token.reveal()))))
}

#[cfg(test)]
mod tests;
