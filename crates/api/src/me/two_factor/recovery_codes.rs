//! `POST /me/two-factor/recovery-codes`, and the answers that contain recovery codes.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use contract::second_factor::RecoveryCodes;
use tracing::instrument;

use super::{FormOfUser, PAGE};
use crate::Api;
use crate::auth::second_factor::{self, change, recovery_codes};
use crate::auth::session::proof::RecentlyProven;
use crate::auth::submission::{Submission, SubmissionKind};
use crate::error::ApiFailure;
use crate::mail::SignInChange;
use crate::repeated_request::NotStored;

/// An extension of an answer with recovery codes. For the browser of a form, the server renders them as a
/// page: a redirect to one would need the codes again, and they aren't stored.
#[derive(Clone, Debug)]
pub struct ShownOnce(pub RecoveryCodes);

/// Replaces the recovery codes; the former ones stop working. Responds with the new ones.
#[instrument(skip_all)]
pub async fn replace(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<FormOfUser>,
) -> Response {
    let outcome = async {
        content?.require(proven.user_id())?;
        let mut transaction = proven.begin(&api.pool).await?;
        if !second_factor::is_enabled(&mut *transaction, proven.user_id()).await? {
            return Err(ApiFailure::Conflict);
        }
        let codes = recovery_codes::replace(&mut transaction, proven.user_id()).await?;
        let change = SignInChange::RecoveryCodesReplaced;
        change::commit(&api, transaction, proven.user_id(), change).await?;
        Ok(RecoveryCodes { recovery_codes: codes })
    };
    respond_with_codes(kind, outcome.await)
}

/// Responds with the codes, or redirects a form whose code was wrong.
pub(super) fn respond_with_codes(
    kind: SubmissionKind,
    outcome: Result<RecoveryCodes, ApiFailure>,
) -> Response {
    match outcome {
        Ok(codes) => {
            let shown_once = Extension(ShownOnce(codes.clone()));
            (Extension(NotStored), shown_once, Json(codes)).into_response()
        }
        Err(failure) => kind.respond_done(PAGE, Err(failure)),
    }
}
