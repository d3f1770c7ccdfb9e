//! The result of the first step of a sign-in, such as a right password: a session, or the second step.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use contract::view::Me;
use contract::{Timestamp, UserId};
use sqlx::PgConnection;

use super::session::{self, SignedIn};
use super::{cookie, device, pending_sign_in, second_factor};
use crate::error::ApiFailure;
use crate::security_log::event::SignInMethod;
use crate::security_log::{self, Event};
use crate::token::Token;
use crate::{Api, me};

/// The result of a step of a sign-in.
#[derive(Debug)]
pub enum SignInOutcome {
    /// The user is signed in. The jar sets the session's cookie.
    SignedIn(CookieJar, Box<Me>),
    /// The account has a second factor. The jar sets the cookie of the sign-in that waits for a code.
    CodeRequired(CookieJar),
}

/// The session or the pending sign-in that a transaction has stored for the browser.
#[derive(Debug)]
pub enum Issued {
    /// A session.
    Session(Token),
    /// A sign-in that waits for a code.
    PendingSignIn(Token),
}

/// Creates a session and ends the browser's former one; or, if the account has a second factor, a sign-in
/// that waits for a code. `proven_at` is when the first step has proved who the user is, if that is known.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn issue(
    connection: &mut PgConnection,
    api: &Api,
    user: UserId,
    former: Option<SignedIn>,
    proven_at: Option<Timestamp>,
    headers: &HeaderMap,
) -> Result<Issued, ApiFailure> {
    if second_factor::is_enabled(&mut *connection, user).await? {
        return Ok(Issued::PendingSignIn(pending_sign_in::insert(connection, user).await?));
    }
    issue_session(connection, api, user, former, proven_at, headers).await.map(Issued::Session)
}

/// Creates a session and ends the browser's former one. For users who have passed all steps.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn issue_session(
    connection: &mut PgConnection,
    api: &Api,
    user: UserId,
    former: Option<SignedIn>,
    proven_at: Option<Timestamp>,
    headers: &HeaderMap,
) -> Result<Token, ApiFailure> {
    if let Some(former) = former {
        session::end(&mut *connection, former.user_id, former.session_id).await?;
    }
    let user_agent = device::user_agent(headers);
    session::create(connection, &api.clock, user, proven_at, user_agent).await
}

impl Issued {
    /// Returns the answer, once the transaction is committed.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn into_outcome(
        self,
        api: &Api,
        user: UserId,
        method: SignInMethod,
    ) -> Result<SignInOutcome, ApiFailure> {
        Ok(match self {
            Self::Session(token) => {
                security_log::record(Event::SignedIn(user, method));
                SignInOutcome::SignedIn(
                    cookie::set(&token, api.settings),
                    Box::new(me::read(&api.pool, user).await?),
                )
            }
            Self::PendingSignIn(token) => {
                SignInOutcome::CodeRequired(cookie::set_pending(&token, api.settings))
            }
        })
    }
}
