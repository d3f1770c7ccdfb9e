//! Browsers that were sent to the provider: the table `authentication_requests`.
//!
//! A cookie binds a request to its browser, and everything that the provider sends back is checked against
//! it: [`Secrets`] are derived from the cookie's token, of which the database has only the hash. So a
//! callback with another person's code does nothing in this browser (login CSRF), and each counts once.

use contract::{SessionId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use sha2::Sha256;
use sqlx::{FromRow, PgConnection, PgPool};
use time::Duration;

use crate::auth::local_path::LocalPath;
use crate::error::ApiFailure;
use crate::token::Token;

/// How long a person may take at the provider.
pub const LIFETIME: Duration = Duration::minutes(10);

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody signs in.
    SignIn,
    /// The session's user proves again who they are.
    Proof(SessionId),
    /// The session's user links the person at the provider to their account.
    Link(SessionId),
}

impl Purpose {
    const fn kind(self) -> Kind {
        match self {
            Self::SignIn => Kind::SignIn,
            Self::Proof(_) => Kind::Proof,
            Self::Link(_) => Kind::Link,
        }
    }

    const fn session(self) -> Option<SessionId> {
        match self {
            Self::SignIn => None,
            Self::Proof(session) | Self::Link(session) => Some(session),
        }
    }
}

/// A purpose as it is stored, without its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Kind {
    SignIn,
    Proof,
    Link,
}

/// A request whose answer has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationRequest {
    /// The purpose.
    pub purpose: Purpose,
    /// The page that follows.
    pub next: Option<LocalPath>,
    /// When the browser was sent to the provider.
    pub started_at: Timestamp,
}

/// The values that the provider sends back, or must be shown.
#[derive(Debug)]
pub struct Secrets {
    /// Comes back with the code.
    pub state: CsrfToken,
    /// Comes back in the token.
    pub nonce: Nonce,
    /// Proves to the provider that this server asked for the code.
    pub pkce_verifier: PkceCodeVerifier,
}

impl Secrets {
    /// Derives the values of a request from its token.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        Self {
            state: CsrfToken::new(derive(token, "state")),
            nonce: Nonce::new(derive(token, "nonce")),
            pkce_verifier: PkceCodeVerifier::new(derive(token, "code_verifier")),
        }
    }
}

/// Derives 256 bits as 64 hexadecimal digits, which all three values may consist of. None of them tells
/// another one, or the token.
fn derive(token: &Token, label: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.reveal().as_bytes())
        .expect("a key for HMAC may have any length");
    mac.update(label.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Stores a request. Returns the token for the browser's cookie.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn insert(
    pool: &PgPool,
    purpose: Purpose,
    next: Option<&LocalPath>,
) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    sqlx::query(
        "insert into authentication_requests (token_hash, purpose, session_id, next, expires_at)
         values ($1, $2, $3, $4, now() + make_interval(secs => $5))",
    )
    .bind(token.hash())
    .bind(purpose.kind())
    .bind(purpose.session())
    .bind(next.map(LocalPath::as_str))
    .bind(LIFETIME.as_seconds_f64())
    .execute(pool)
    .await?;
    Ok(token)
}

#[derive(FromRow)]
struct Row {
    purpose: Kind,
    session_id: Option<SessionId>,
    next: Option<String>,
    started_at: Timestamp,
}

/// Uses the request up. Only one of two answers at the same time gets it. `None` if it was used or has
/// expired.
///
/// # Errors
/// When the database can't be written.
pub async fn take(
    pool: &PgPool,
    token: &Token,
) -> Result<Option<AuthenticationRequest>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "delete from authentication_requests where token_hash = $1 and expires_at > now()
         returning purpose, session_id, next, started_at",
    )
    .bind(token.hash())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|Row { purpose, session_id, next, started_at }| AuthenticationRequest {
        purpose: match (purpose, session_id) {
            (Kind::Proof, Some(session)) => Purpose::Proof(session),
            (Kind::Link, Some(session)) => Purpose::Link(session),
            // A constraint refuses the others without a session.
            (Kind::SignIn | Kind::Proof | Kind::Link, _) => Purpose::SignIn,
        },
        next: next.as_deref().and_then(LocalPath::parse),
        started_at,
    }))
}

/// Deletes up to `limit` requests that have expired. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_expired(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from authentication_requests
          where token_hash in (select token_hash from authentication_requests
                                where expires_at <= now() limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_values_belong_to_one_token_and_differ() {
        let token = Token::generate().unwrap();
        let all = |token: &Token| {
            let Secrets { state, nonce, pkce_verifier } = Secrets::of(token);
            [state.secret().clone(), nonce.secret().clone(), pkce_verifier.secret().clone()]
        };
        let [state, nonce, verifier] = all(&token);
        assert_eq!([state.clone(), nonce.clone(), verifier.clone()], all(&token));
        assert!(state != nonce && nonce != verifier && verifier != state);
        assert!(![&state, &nonce, &verifier].contains(&&token.reveal()));
        let other = all(&Token::generate().unwrap());
        assert!(![state, nonce, verifier].iter().any(|value| other.contains(value)));
    }
}
