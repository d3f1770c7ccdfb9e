//! Proofs that a sensitive change comes from the session's user and not from someone at an unattended
//! browser.
//!
//! Signing in is a proof, and so is `POST /me/proof`. A request to a handler that takes
//! [`RecentlyProven`] is refused with 403 (`proof_required`) when the last proof of the session is older than [`VALIDITY`].

use std::ops::Deref;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use contract::{FieldProblem, Password, SessionId, Timestamp};
use sqlx::{PgConnection, PgExecutor};
use time::Duration;

use crate::Api;
use crate::auth::account;
use crate::auth::password::{self, Verdict};
use crate::auth::request_actor::RequestActor;
use crate::auth::second_factor;
use crate::error::ApiFailure;
use crate::security_log::{self, Event};
use db::clock::Clock;

/// How long a proof counts.
pub const VALIDITY: Duration = Duration::minutes(10);

/// A [`RequestActor`] who has proved recently who they are. Sensitive changes take it.
#[derive(Clone, Debug)]
pub struct RecentlyProven(RequestActor);

impl Deref for RecentlyProven {
    type Target = RequestActor;

    fn deref(&self) -> &RequestActor {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RecentlyProven
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let actor = RequestActor::from_request_parts(parts, state).await?;
        let api = Api::from_ref(state);
        Self::by_session(&api, actor).await
    }
}

impl RecentlyProven {
    /// # Errors
    /// 403 if the session's last proof is too old.
    async fn by_session(api: &Api, actor: RequestActor) -> Result<Self, ApiFailure> {
        match is_proven(&api.pool, &api.clock, actor.person.session_id).await? {
            true => Ok(Self(actor)),
            false => Err(ApiFailure::ProofRequired),
        }
    }

    /// Checks the account's password in the request itself; `field` is its name there. The password
    /// alone isn't enough for an account with two-factor authentication: its session must be proven
    /// too. An account without a password needs only the session's proof.
    ///
    /// # Errors
    /// 422 for that field if the password is wrong or missing, 403 if the session's last proof is too old,
    /// 429 after too many attempts.
    pub async fn by_password(
        api: &Api,
        actor: RequestActor,
        password: Option<Password>,
        field: &str,
    ) -> Result<Self, ApiFailure> {
        if account::password_hash(&api.pool, actor.user_id()).await?.is_none() {
            return Self::by_session(api, actor).await;
        }
        let password = password.ok_or_else(|| {
            ApiFailure::field(
                field,
                FieldProblem {
                    code: "required".to_owned(),
                    message: "Enter your password.".to_owned(),
                },
            )
        })?;
        check_password(api, &actor, password, field).await?;
        if second_factor::is_enabled(&api.pool, actor.user_id()).await? {
            return Self::by_session(api, actor).await;
        }
        Ok(Self(actor))
    }
}

/// Checks the user's password. `field` is the name of the request's field with the password.
///
/// # Errors
/// 422 for that field if the password is wrong, 429 after too many attempts.
pub async fn check_password(
    api: &Api,
    actor: &RequestActor,
    password: Password,
    field: &str,
) -> Result<(), ApiFailure> {
    api.limits.count_step_up(actor.user_id())?;
    let stored = account::password_hash(&api.pool, actor.user_id()).await?;
    match password::verify(password, stored).await? {
        Verdict::Correct => Ok(()),
        Verdict::Incorrect => {
            security_log::record(Event::PasswordRefused(actor.user_id()));
            let message = "Incorrect password.".to_owned();
            Err(ApiFailure::field(field, FieldProblem { code: "wrong".to_owned(), message }))
        }
    }
}

/// Whether the session's user has proved recently who they are.
///
/// # Errors
/// When the database can't be read.
pub async fn is_proven(
    executor: impl PgExecutor<'_>,
    clock: &Clock,
    session: SessionId,
) -> Result<bool, sqlx::Error> {
    let proven_at: Option<Option<Timestamp>> =
        sqlx::query_scalar("select proven_at from session_tokens where session_id = $1")
            .bind(session)
            .fetch_optional(executor)
            .await?;
    Ok(proven_at.flatten().is_some_and(|at| clock.now() < at.plus(VALIDITY)))
}

/// Records that the session's user has proved who they are.
///
/// # Errors
/// When the database can't be written.
pub async fn record(
    connection: &mut PgConnection,
    clock: &Clock,
    session: SessionId,
) -> Result<(), sqlx::Error> {
    sqlx::query("update session_tokens set proven_at = $2 where session_id = $1")
        .bind(session)
        .bind(clock.now())
        .execute(connection)
        .await?;
    Ok(())
}
