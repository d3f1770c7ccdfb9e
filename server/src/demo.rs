//! The demo workspace: four users, two organizations, notes and an invitation.

mod account;
mod workspace;

use sqlx::{PgConnection, PgPool};

pub use self::account::Account;
use self::account::{ACCOUNTS, email, published_password};
use api::auth::account::find_credentials;
use api::auth::password::{self, Verdict};
use api::error::ApiFailure;
use db::clock::Clock;
use db::transaction::begin;

/// Why the demo workspace can't be created.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A statement failed.
    #[error("can't create the demo workspace: {0}")]
    Database(#[from] sqlx::Error),
    /// A password couldn't be hashed.
    #[error("can't create the demo workspace: {0}")]
    Password(#[from] password::PasswordError),
    /// The database has accounts of people.
    #[error(
        "DEMO fills an empty database, and this one has accounts: start without DEMO, or with another \
         database"
    )]
    NotEmpty,
    /// Other machines could sign in with the published password.
    #[error(
        "the database has the demo account {0} with its published password, so only this machine may reach \
         the server: set ADDRESS to 127.0.0.1:3000 and no public PUBLIC_URL, or delete the demo accounts"
    )]
    Published(&'static str),
    /// An API operation refused, for example because a slug is taken.
    #[error("can't create the demo workspace: {0:?}")]
    Refused(#[from] ApiFailure),
}

/// Creates the demo workspace in an empty database. If its users exist already, what people changed in it
/// since stays. Returns the accounts.
///
/// # Errors
/// When the database has other accounts, or the workspace can't be created. What was created is deleted
/// then.
pub async fn seed(pool: &PgPool, clock: &Clock) -> Result<Vec<Account>, DemoError> {
    let mut transaction = begin(pool).await?;
    // A lock, because two servers may start on the same database at the same time.
    sqlx::query("select pg_advisory_xact_lock(hashtext('tributary demo'))")
        .execute(&mut *transaction)
        .await?;
    if !exists(&mut transaction).await? {
        if has_accounts(&mut transaction).await? {
            return Err(DemoError::NotEmpty);
        }
        if let Err(error) = workspace::create(pool, clock).await {
            workspace::delete(pool).await?;
            return Err(error);
        }
    }
    transaction.commit().await?;
    Ok(ACCOUNTS.to_vec())
}

/// Refuses a database with demo accounts that still have their published password.
///
/// # Errors
/// When there is one, or the database can't be read.
pub async fn require_absent(pool: &PgPool) -> Result<(), DemoError> {
    for account in ACCOUNTS {
        let Some(credentials) = find_credentials(pool, &email(account)).await? else {
            continue;
        };
        let verdict =
            password::verify(published_password(), Some(credentials.password_hash)).await?;
        if verdict == Verdict::Correct {
            return Err(DemoError::Published(account.email));
        }
    }
    Ok(())
}

async fn has_accounts(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from users)").fetch_one(connection).await
}

async fn exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from users where email = any($1))")
        .bind(ACCOUNTS.map(|account| account.email))
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests;
