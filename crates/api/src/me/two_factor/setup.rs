//! `POST /me/two-factor/setup` and `POST /me/two-factor/confirm`: turning two-factor authentication on.

use axum::extract::State;
use axum::response::Response;
use contract::second_factor::{EnterCode, RecoveryCodes};
use tracing::instrument;

use super::recovery_codes::respond_with_codes;
use super::{FormOfUser, PAGE};
use crate::Api;
use crate::auth::second_factor::{self, change, recovery_codes};
use crate::auth::session::proof::RecentlyProven;
use crate::auth::submission::Submission;
use crate::error::ApiFailure;
use crate::mail::SignInChange;

/// Makes a secret for an app; `GET /me/two-factor` returns it. Nothing changes until one of the app's codes
/// was entered.
#[instrument(skip_all)]
pub async fn begin(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<FormOfUser>,
) -> Response {
    let outcome = async {
        content?.require(proven.user_id())?;
        let mut transaction = proven.begin(&api.pool).await?;
        second_factor::begin_setup(&mut transaction, proven.user_id()).await?;
        transaction.commit().await?;
        Ok(())
    };
    kind.or_next(PAGE).respond_done(PAGE, outcome.await)
}

/// Turns two-factor authentication on, if the code is one of the app's. Responds with the recovery codes.
#[instrument(skip_all)]
pub async fn confirm(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<EnterCode>,
) -> Response {
    let outcome = async { turn_on(&api, &proven, content?).await };
    respond_with_codes(kind, outcome.await)
}

async fn turn_on(
    api: &Api,
    proven: &RecentlyProven,
    EnterCode { code }: EnterCode,
) -> Result<RecoveryCodes, ApiFailure> {
    let user_id = proven.user_id();
    api.limits.count_step_up(user_id)?;
    let mut transaction = proven.begin(&api.pool).await?;
    second_factor::finish_setup(&mut transaction, &api.clock, user_id, &code).await?;
    let recovery_codes = recovery_codes::replace(&mut transaction, user_id).await?;
    change::commit(api, transaction, user_id, SignInChange::TwoFactorOn).await?;
    Ok(RecoveryCodes { recovery_codes })
}
