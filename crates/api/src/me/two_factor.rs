//! `/me/two-factor`: the authenticator app and the recovery codes of the signed-in user.

mod recovery_codes;
mod setup;
mod turn_off;

use axum::Json;
use axum::extract::State;
use contract::UserId;
use contract::second_factor::{AppSetup, TwoFactorView};
use serde::Deserialize;
use tracing::instrument;

pub use self::recovery_codes::ShownOnce;
use crate::Api;
use crate::auth::account;
use crate::auth::second_factor::recovery_codes::in_groups;
use crate::auth::second_factor::{self, App, qr_code};
use crate::auth::session::SignedIn;
use crate::auth::session::proof;
use crate::error::ApiFailure;
use crate::routes::{Audience, Routes};

/// The page of these settings.
const PAGE: &str = "/account/two-factor";

/// `/me/two-factor` and below.
pub fn routes() -> Routes<Api> {
    use Audience::Accounts;
    Routes::new()
        .get("/me/two-factor", Accounts, two_factor)
        .post("/me/two-factor/setup", Accounts, setup::begin)
        .post("/me/two-factor/confirm", Accounts, setup::confirm)
        .post("/me/two-factor/recovery-codes", Accounts, recovery_codes::replace)
        .post("/me/two-factor/turn-off", Accounts, turn_off::turn_off)
}

/// The body of a request without content of its own.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct FormOfUser {
    /// The user for whom the page with the form was rendered, as a form can't send the header for it.
    user: Option<UserId>,
}

impl FormOfUser {
    /// # Errors
    /// 409 if the page was rendered for somebody else.
    fn require(self, user: UserId) -> Result<(), ApiFailure> {
        require_user(self.user, user)
    }
}

/// # Errors
/// 409 if the page with the form was rendered for somebody else.
pub(super) fn require_user(expected: Option<UserId>, user: UserId) -> Result<(), ApiFailure> {
    match expected {
        Some(expected) if expected != user => Err(ApiFailure::OtherAccount),
        _ => Ok(()),
    }
}

/// Returns whether two-factor authentication is on, and what an app that is being set up needs.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn two_factor(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<TwoFactorView>, ApiFailure> {
    let app = second_factor::find(&api.pool, reader.user_id).await?;
    let proven = proof::is_proven(&api.pool, &api.clock, reader.session_id).await?;
    let setup = match &app {
        Some(app) if proven && !app.confirmed => Some(app_setup(&api, &reader, app).await?),
        _ => None,
    };
    let recovery_codes_left =
        second_factor::recovery_codes::count(&api.pool, reader.user_id).await?;
    let enabled = app.is_some_and(|app| app.confirmed);
    Ok(Json(TwoFactorView { enabled, recovery_codes_left, proven, setup }))
}

async fn app_setup(api: &Api, reader: &SignedIn, app: &App) -> Result<AppSetup, ApiFailure> {
    let account = account::find(&api.pool, reader.user_id).await?;
    let email = account.and_then(|account| account.user.email).ok_or(ApiFailure::NotSignedIn)?;
    let qr_code = qr_code::data_url(&app.secret.uri(&email))?;
    Ok(AppSetup { secret: in_groups(&app.secret.base32()).replace('-', " "), qr_code })
}

#[cfg(test)]
mod tests;
