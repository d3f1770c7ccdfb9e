//! The second factor of an account: an authenticator app ([`totp`]) and recovery codes.
//!
//! The tables `authenticator_apps` and `recovery_codes`. Every code is accepted at most once.

pub mod change;
pub mod qr_code;
pub mod recovery_codes;
pub mod totp;

use contract::second_factor::Code;
use contract::{FieldProblem, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};

use self::totp::Secret;
use crate::error::ApiFailure;
use crate::security_log::{self, Event};
use db::clock::Clock;

/// An account's authenticator app.
#[derive(Debug)]
pub struct App {
    /// The secret that the app and the server share.
    pub secret: Secret,
    /// Whether signing in asks for its codes. Otherwise it is being set up.
    pub confirmed: bool,
    /// The time step of the last accepted code.
    last_step: Option<i64>,
}

#[derive(FromRow)]
struct AppRow {
    secret: Vec<u8>,
    confirmed: bool,
    last_step: Option<i64>,
}

/// The kind of code that passed the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedCode {
    /// A code of the app.
    App,
    /// A recovery code, which is used up now.
    Recovery,
}

/// Whether signing in asks for a code.
///
/// # Errors
/// When the database can't be read.
pub async fn is_enabled(executor: impl PgExecutor<'_>, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from authenticator_apps
                         where user_id = $1 and confirmed_at is not null)",
    )
    .bind(user)
    .fetch_one(executor)
    .await
}

/// Reads the app, confirmed or not.
///
/// # Errors
/// When the database can't be read.
pub async fn find(executor: impl PgExecutor<'_>, user: UserId) -> Result<Option<App>, ApiFailure> {
    read(
        executor,
        "select secret, confirmed_at is not null as confirmed, last_step
           from authenticator_apps where user_id = $1",
        user,
    )
    .await
}

/// Like [`find`], and nobody else uses a code of the app until the transaction ends.
async fn lock(connection: &mut PgConnection, user: UserId) -> Result<Option<App>, ApiFailure> {
    read(
        connection,
        "select secret, confirmed_at is not null as confirmed, last_step
           from authenticator_apps where user_id = $1 for update",
        user,
    )
    .await
}

async fn read(
    executor: impl PgExecutor<'_>,
    query: &'static str,
    user: UserId,
) -> Result<Option<App>, ApiFailure> {
    let row: Option<AppRow> = sqlx::query_as(query).bind(user).fetch_optional(executor).await?;
    let Some(AppRow { secret, confirmed, last_step }) = row else { return Ok(None) };
    let secret = Secret::from_bytes(&secret)
        .ok_or_else(|| ApiFailure::internal("a stored secret has another length"))?;
    Ok(Some(App { secret, confirmed, last_step }))
}

/// Stores a new secret. One that waits for its first code is replaced.
///
/// # Errors
/// 409 if the account has an app already.
pub async fn begin_setup(connection: &mut PgConnection, user: UserId) -> Result<(), ApiFailure> {
    let secret = Secret::generate().map_err(ApiFailure::internal)?;
    let stored = sqlx::query(
        "insert into authenticator_apps (user_id, secret) values ($1, $2)
         on conflict (user_id) do update set secret = excluded.secret, last_step = null
          where authenticator_apps.confirmed_at is null",
    )
    .bind(user)
    .bind(secret.as_bytes())
    .execute(connection)
    .await?;
    if stored.rows_affected() == 0 { Err(ApiFailure::Conflict) } else { Ok(()) }
}

/// Confirms the app by one of its codes. From now on signing in asks for them.
///
/// # Errors
/// 409 if no app waits for its first code, 422 for the field `code` if the code is wrong.
pub async fn finish_setup(
    connection: &mut PgConnection,
    clock: &Clock,
    user: UserId,
    code: &Code,
) -> Result<(), ApiFailure> {
    let app = lock(&mut *connection, user).await?.filter(|app| !app.confirmed);
    let app = app.ok_or(ApiFailure::Conflict)?;
    let Code::App(digits) = code else { return Err(wrong_code()) };
    let step = app.accepted_step(clock, *digits).ok_or_else(wrong_code)?;
    record_step(&mut *connection, user, step).await?;
    sqlx::query("update authenticator_apps set confirmed_at = now() where user_id = $1")
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}

/// Uses the code up.
///
/// # Errors
/// 422 for the field `code` if it is wrong or was used before.
pub async fn use_code(
    connection: &mut PgConnection,
    clock: &Clock,
    user: UserId,
    code: &Code,
) -> Result<AcceptedCode, ApiFailure> {
    let refused = || {
        security_log::record(Event::CodeRefused(user));
        wrong_code()
    };
    let app = lock(&mut *connection, user).await?.filter(|app| app.confirmed);
    let app = app.ok_or_else(refused)?;
    match code {
        Code::App(digits) => {
            let step = app.accepted_step(clock, *digits).ok_or_else(refused)?;
            record_step(connection, user, step).await?;
            Ok(AcceptedCode::App)
        }
        Code::Recovery(text) => match recovery_codes::take(connection, user, text).await? {
            true => Ok(AcceptedCode::Recovery),
            false => Err(refused()),
        },
    }
}

/// Turns two-factor authentication off: the app and the recovery codes are deleted.
///
/// # Errors
/// When the database can't be written.
pub async fn remove(connection: &mut PgConnection, user: UserId) -> Result<Removal, sqlx::Error> {
    let removed: Option<bool> = sqlx::query_scalar(
        "delete from authenticator_apps where user_id = $1 returning confirmed_at is not null",
    )
    .bind(user)
    .fetch_optional(&mut *connection)
    .await?;
    recovery_codes::delete_all(connection, user).await?;
    Ok(if removed == Some(true) { Removal::TurnedOff } else { Removal::WasOff })
}

/// The result of [`remove`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Signing in asks for no code any more.
    TurnedOff,
    /// It asked for none before either.
    WasOff,
}

impl App {
    /// Returns the time step of the code. `None` if it is wrong, or not newer than the last accepted
    /// one.
    fn accepted_step(&self, clock: &Clock, digits: u32) -> Option<i64> {
        let step = self.secret.matching_step(digits, totp::step_at(clock.now()))?;
        self.last_step.is_none_or(|last| step > last).then_some(step)
    }
}

/// Records the step as used. This transaction has locked the row.
async fn record_step(
    connection: &mut PgConnection,
    user: UserId,
    step: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update authenticator_apps set last_step = $2 where user_id = $1")
        .bind(user)
        .bind(step)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns 422 for the field `code`.
#[must_use]
pub fn wrong_code() -> ApiFailure {
    let message =
        "This code is wrong, or it was used before. Enter the one that your app shows now.";
    let problem = FieldProblem { code: "wrong".to_owned(), message: message.to_owned() };
    ApiFailure::field("code", problem)
}
