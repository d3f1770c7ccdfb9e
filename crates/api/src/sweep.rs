//! Deletes what has expired, by the database's clock: one task of each node for all tables.
//!
//! Nothing depends on it: expired rows count as absent wherever they are read. Without it, the tables
//! would grow for ever, and keep more about people than they need to.

use std::convert::Infallible;
use std::time::Duration;

use ::mail::MailFolder;
use db::actor::{self, Actor};
use db::clock::Clock;
use sqlx::{PgConnection, PgPool};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};

use crate::auth::oidc::authentication_request;
use crate::auth::passkey::ceremony;
use crate::auth::{account_link, pending_sign_in, session};
use crate::mail::outbox;
use crate::organizations::quarantine;
use crate::repeated_request;

/// How often the tables are swept.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How many rows one transaction deletes, so that none locks or writes much.
const BATCH: i64 = 500;

/// A kind of rows that expire. Each kind is deleted by the module that owns its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// Sessions that have ended, with their tokens.
    Sessions,
    /// Links to confirm an address, to finish a sign-up and to choose a new password.
    AccountLinks,
    /// Sign-ins whose code wasn't entered.
    PendingSignIns,
    /// Sign-ins that the OpenID provider didn't answer.
    AuthenticationRequests,
    /// Challenges for passkeys that weren't answered.
    PasskeyCeremonies,
    /// Messages, sent or not, that nobody asks for any more.
    Messages,
    /// Answers that are kept for repeated requests.
    Answers,
    /// Former slugs that everyone may have again.
    Slugs,
}

impl Swept {
    /// All kinds. Links come before messages, which refer to them.
    pub const ALL: [Self; 8] = [
        Self::Sessions,
        Self::AccountLinks,
        Self::PendingSignIns,
        Self::AuthenticationRequests,
        Self::PasskeyCeremonies,
        Self::Messages,
        Self::Answers,
        Self::Slugs,
    ];

    async fn delete_batch(
        self,
        connection: &mut PgConnection,
        limit: i64,
    ) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sessions => session::delete_expired(connection, limit).await,
            Self::AccountLinks => account_link::delete_expired(connection, limit).await,
            Self::PendingSignIns => pending_sign_in::delete_expired(connection, limit).await,
            Self::AuthenticationRequests => {
                authentication_request::delete_expired(connection, limit).await
            }
            Self::PasskeyCeremonies => ceremony::delete_expired(connection, limit).await,
            Self::Messages => outbox::delete_old(connection, limit).await,
            Self::Answers => repeated_request::delete_old(connection, limit).await,
            Self::Slugs => quarantine::delete_over(connection, limit).await,
        }
    }

    /// Deletes all expired rows of this kind, in batches. Returns how many. Rows that another node is
    /// deleting are left to it.
    ///
    /// # Errors
    /// When the database can't be written. What was deleted before stays deleted.
    pub async fn sweep(self, pool: &PgPool) -> Result<u64, sqlx::Error> {
        let mut total = 0;
        loop {
            let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
            let deleted = self.delete_batch(&mut transaction, BATCH).await?;
            transaction.commit().await?;
            total += deleted;
            if deleted < BATCH.cast_unsigned() {
                return Ok(total);
            }
        }
    }
}

/// Sweeps all tables, and the folder of messages if there is one, every ten minutes.
pub async fn run(pool: PgPool, folder: Option<MailFolder>, clock: Clock) -> Infallible {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for swept in Swept::ALL {
            match swept.sweep(&pool).await {
                Ok(0) => {}
                Ok(rows) => debug!(?swept, rows, "Deleted expired rows"),
                Err(error) => warn!(?swept, %error, "Expired rows can't be deleted now"),
            }
        }
        if let Some(folder) = &folder
            && let Err(error) = folder.delete_old(clock.now().inner().into()).await
        {
            warn!(%error, "Old files can't be deleted from {}", folder.path().display());
        }
    }
}

#[cfg(test)]
mod tests;
