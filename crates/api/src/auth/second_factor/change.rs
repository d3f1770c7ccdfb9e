//! Changes of the ways to sign in: the owner is told by mail, and the security log has them.

use contract::UserId;
use sqlx::PgConnection;

use crate::Api;
use crate::auth::account;
use crate::auth::write_limits::WriteTransaction;
use crate::error::ApiFailure;
use crate::mail::{SignInChange, queue};
use crate::security_log::{self, Event};

/// Commits a transaction that changes how an account signs in, with the message to its owner.
///
/// # Errors
/// 401 if the account was deleted, and when the database can't be written.
pub async fn commit(
    api: &Api,
    mut transaction: WriteTransaction,
    user: UserId,
    change: SignInChange,
) -> Result<(), ApiFailure> {
    tell_owner(&mut transaction, user, change).await?;
    transaction.commit().await?;
    record(api, user, change);
    Ok(())
}

/// Queues the message to the owner.
///
/// # Errors
/// 401 if the account was deleted, and when the database can't be written.
pub async fn tell_owner(
    connection: &mut PgConnection,
    user: UserId,
    change: SignInChange,
) -> Result<(), ApiFailure> {
    let email = account::lock_email(&mut *connection, user).await?;
    let email = email.ok_or(ApiFailure::NotSignedIn)?;
    queue::sign_in_changed(connection, &email, change).await?;
    Ok(())
}

/// Records a change that was committed, and has its message sent.
pub fn record(api: &Api, user: UserId, change: SignInChange) {
    security_log::record(Event::SignInChanged(user, change));
    api.mail.wake();
}
