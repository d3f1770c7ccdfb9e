//! `tributary create-admin` and `tributary reset-password`: one-time links from the command line, for the
//! first admin and where there is no mail. `tributary sign-out` ends sessions.

use std::fmt::Write;

use contract::account_link::LinkPurpose;
use contract::{Email, Name, UserId};
use sqlx::PgPool;

use crate::config::{Config, DatabaseConfig};
use crate::database::{OpenDatabase, OpenError};
use crate::exposure;
use api::auth::account;
use api::auth::account_link::{self, AccountLink};
use api::auth::second_factor::{self, Removal};
use api::auth::{pending_sign_in, session};
use api::error::ApiFailure;
use api::mail::{SignInChange, queue};
use db::actor::{self, Actor};

/// Why the command fails.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The database can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database can't be used.
    #[error("can't use the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The link can't be made.
    #[error("can't make the link: {0:?}")]
    Link(#[from] ApiFailure),
    /// There is no such account.
    #[error("no account has the address {0}; `tributary create-admin {0}` makes one")]
    UnknownAccount(Email),
}

/// Makes the account with the address a system admin, or a link that creates it. Returns what to print.
///
/// # Errors
/// See [`AdminError`].
pub async fn create_admin(config: &Config, email: Email, name: Name) -> Result<String, AdminError> {
    with_database(&config.database, async |pool| {
        let (link, done) = match find(pool, &email).await? {
            Some(id) => {
                let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
                account::make_system_admin(&mut transaction, id).await?;
                transaction.commit().await?;
                (reset_link(&email, id), format!("{email} is a system admin now."))
            }
            None => {
                let mut link = AccountLink::by_mail(LinkPurpose::SignUp, email.clone());
                link.name = Some(name);
                link.system_admin = true;
                (link, format!("This link creates the system admin {email}."))
            }
        };
        describe(config, pool, link, done).await
    })
    .await
}

/// The effect of [`reset_password`] on two-factor authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoFactorReset {
    /// The owner has the app or a recovery code.
    Keep,
    /// The owner has lost both.
    TurnOff,
}

/// Makes a link with which the account's owner chooses a new password. Returns what to print.
///
/// # Errors
/// See [`AdminError`].
pub async fn reset_password(
    config: &Config,
    email: Email,
    two_factor: TwoFactorReset,
) -> Result<String, AdminError> {
    with_database(&config.database, async |pool| {
        let id =
            find(pool, &email).await?.ok_or_else(|| AdminError::UnknownAccount(email.clone()))?;
        let mut done = format!("This link is for the owner of {email} only.");
        if two_factor == TwoFactorReset::TurnOff {
            done += match remove_second_factor(pool, &email, id).await? {
                Removal::TurnedOff => {
                    "\nTwo-factor authentication is off now; the owner is told by mail."
                }
                Removal::WasOff => "\nTwo-factor authentication was off before.",
            };
        }
        describe(config, pool, reset_link(&email, id), done).await
    })
    .await
}

/// Ends all sessions of the account with the address, without one those of everybody, and sign-ins that wait for a
/// code. Streams end with their sessions. Returns what to print.
///
/// # Errors
/// See [`AdminError`].
pub async fn sign_out(config: &Config, email: Option<Email>) -> Result<String, AdminError> {
    with_database(&config.database, async |pool| {
        let user = match &email {
            Some(email) => {
                let id = find(pool, email).await?;
                Some(id.ok_or_else(|| AdminError::UnknownAccount(email.clone()))?)
            }
            None => None,
        };
        let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
        let ended = match user {
            Some(user) => {
                pending_sign_in::delete_for_user(&mut transaction, user).await?;
                session::end_all(&mut transaction, user).await?
            }
            None => {
                pending_sign_in::delete_all(&mut transaction).await?;
                session::end_all_of_everybody(&mut transaction).await?
            }
        };
        transaction.commit().await?;
        let whose = email.map_or_else(|| "everybody".to_owned(), |email| email.to_string());
        let sessions = if ended == 1 { "session" } else { "sessions" };
        Ok(format!("Signed {whose} out: {ended} {sessions} ended."))
    })
    .await
}

async fn remove_second_factor(
    pool: &PgPool,
    email: &Email,
    id: UserId,
) -> Result<Removal, AdminError> {
    let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
    let removal = second_factor::remove(&mut transaction, id).await?;
    if removal == Removal::TurnedOff {
        queue::sign_in_changed(&mut transaction, email, SignInChange::TwoFactorOff).await?;
    }
    transaction.commit().await?;
    Ok(removal)
}

/// Makes a link that doesn't prove the address: an operator hands it over, so its holder may not read
/// mail to the address.
fn reset_link(email: &Email, id: UserId) -> AccountLink {
    AccountLink {
        user_id: Some(id),
        proves_address: false,
        ..AccountLink::by_mail(LinkPurpose::ResetPassword, email.clone())
    }
}

async fn describe(
    config: &Config,
    pool: &PgPool,
    link: AccountLink,
    mut text: String,
) -> Result<String, AdminError> {
    let mut transaction = actor::begin_as(pool, &Actor::default()).await?;
    account_link::insert(&mut transaction, &link).await?;
    let token = account_link::issue_token(&mut transaction, link.id, None).await?;
    transaction.commit().await?;
    let token = token.ok_or(ApiFailure::LinkExpired)?;
    let url = exposure::origin(config, config.address) + &link.purpose.link(&token.reveal());
    let hours = account_link::lifetime(link.purpose).whole_hours();
    let within = if hours == 1 { "hour".to_owned() } else { format!("{hours} hours") };
    write!(text, "\nOpen it once within the next {within} to choose a password:\n\n  {url}\n")
        .expect("a string can always be written");
    Ok(text)
}

async fn find(pool: &PgPool, email: &Email) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_optional(pool)
        .await
}

/// Runs `work` on the configured database. A private Postgres that a running server has started is used,
/// otherwise it is started for as long as the work takes.
async fn with_database<T>(
    config: &DatabaseConfig,
    work: impl AsyncFnOnce(&PgPool) -> Result<T, AdminError>,
) -> Result<T, AdminError> {
    let open = OpenDatabase::open_shared(config).await?;
    let outcome = work(&open.database.pool).await;
    if let Err(error) = open.close().await {
        tracing::error!(%error, "Can't stop the private Postgres cleanly");
    }
    outcome
}

#[cfg(test)]
mod tests;
