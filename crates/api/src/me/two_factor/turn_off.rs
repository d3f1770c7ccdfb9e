//! `POST /me/two-factor/turn-off`

use axum::extract::State;
use axum::response::Response;
use tracing::instrument;

use super::{FormOfUser, PAGE};
use crate::Api;
use crate::auth::pending_sign_in;
use crate::auth::second_factor::{self, Removal, change};
use crate::auth::session::proof::RecentlyProven;
use crate::auth::submission::Submission;
use crate::mail::SignInChange;

/// Turns two-factor authentication off, or gives up setting it up. Responds with 204, or redirects a form.
#[instrument(skip_all)]
pub async fn turn_off(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<FormOfUser>,
) -> Response {
    let outcome = async {
        let user_id = proven.user_id();
        content?.require(user_id)?;
        let mut transaction = proven.begin(&api.pool).await?;
        match second_factor::remove(&mut transaction, user_id).await? {
            Removal::TurnedOff => {
                pending_sign_in::delete_for_user(&mut transaction, user_id).await?;
                change::commit(&api, transaction, user_id, SignInChange::TwoFactorOff).await
            }
            Removal::WasOff => Ok(transaction.commit().await?),
        }
    };
    kind.or_next(PAGE).respond_done(PAGE, outcome.await)
}
