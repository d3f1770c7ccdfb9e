//! `/me/passkeys`: the passkeys of the signed-in user. Adding one needs scripts; renaming and removing don't.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::passkey::{AddPasskey, MAX_PASSKEYS, PasskeyId, PasskeyOptions, UsePasskey};
use contract::{Name, UserId};
use serde::Deserialize;
use tracing::instrument;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyRegistration, RegisterPublicKeyCredential,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::sign_in_methods::require_a_way_to_sign_in;
use super::two_factor::require_user;
use crate::Api;
use crate::auth::passkey::credential::{self, Outcome};
use crate::auth::passkey::relying_party::RelyingParty;
use crate::auth::passkey::{self, ceremony};
use crate::auth::request_actor::RequestActor;
use crate::auth::second_factor::change;
use crate::auth::session::proof::{self, RecentlyProven};
use crate::auth::submission::Submission;
use crate::auth::{account, cookie};
use crate::error::ApiFailure;
use crate::extract::JsonBody;
use crate::mail::SignInChange;
use crate::quotas::ReachedQuota;
use crate::routes::{Audience, Routes};
use crate::security_log::event::PasskeyRefusal;

/// The page of these settings.
const PAGE: &str = "/account/sign-in-methods";

/// `/me/passkeys` and `/me/proof/passkey`, and below.
pub fn routes() -> Routes<Api> {
    use Audience::Accounts;
    Routes::new()
        .post("/me/passkeys/challenge", Accounts, challenge)
        .post("/me/passkeys", Accounts, add)
        .post("/me/passkeys/rename", Accounts, rename)
        .post("/me/passkeys/remove", Accounts, remove)
        .post("/me/proof/passkey/challenge", Accounts, proof_challenge)
        .post("/me/proof/passkey", Accounts, prove)
}

/// Returns the options with which the browser asks an authenticator for a new passkey.
///
/// # Errors
/// 403 if the session's last proof is too old, 409 if the account has as many as it may.
#[instrument(skip_all)]
pub async fn challenge(
    State(api): State<Api>,
    proven: RecentlyProven,
    RelyingParty(relying_party): RelyingParty,
) -> Result<(CookieJar, Json<PasskeyOptions>), ApiFailure> {
    let user = proven.user_id();
    let account = account::find(&api.pool, user).await?.ok_or(ApiFailure::NotSignedIn)?;
    let present = credential::credential_ids(&api.pool, user).await?;
    require_room(present.len())?;
    let email = account.user.email.map(String::from).unwrap_or_default();
    let name = account.user.name.as_str();
    let (mut options, state) = relying_party
        .start_passkey_registration(user.uuid(), &email, name, Some(present))
        .map_err(ApiFailure::internal)?;
    // The sign-in page doesn't know whose passkey it asks for, so the authenticator must know.
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
    }
    let session = Some(proven.person.session_id);
    let token = ceremony::insert(&api.pool, session, &state).await?;
    let options = passkey::options(&options.public_key)?;
    Ok((cookie::set_passkey(&token, api.settings), Json(options)))
}

fn require_room(present: usize) -> Result<(), ApiFailure> {
    match present < MAX_PASSKEYS {
        true => Ok(()),
        false => Err(ApiFailure::QuotaReached(ReachedQuota::Passkeys(MAX_PASSKEYS))),
    }
}

/// Adds a passkey. The owner is told by mail.
///
/// # Errors
/// 403 if the session's last proof is too old, 401 if the authenticator's answer can't be used.
#[instrument(skip_all)]
pub async fn add(
    State(api): State<Api>,
    proven: RecentlyProven,
    RelyingParty(relying_party): RelyingParty,
    jar: CookieJar,
    JsonBody(AddPasskey { name, credential }): JsonBody<AddPasskey>,
) -> Result<(CookieJar, StatusCode), ApiFailure> {
    let user = proven.user_id();
    let token = cookie::read_passkey(&jar, api.settings);
    let session = Some(proven.person.session_id);
    let state: PasskeyRegistration = ceremony::take(&api.pool, session, token).await?;
    let answer: RegisterPublicKeyCredential = passkey::parse(&credential)?;
    let passkey =
        relying_party.finish_passkey_registration(&answer, &state).map_err(passkey::refuse)?;
    let mut transaction = proven.begin(&api.pool).await?;
    // The lock lets additions at the same time count each other.
    account::lock_email(&mut transaction, user).await?.ok_or(ApiFailure::NotSignedIn)?;
    require_room(credential::credential_ids(&mut *transaction, user).await?.len())?;
    credential::insert(&mut transaction, user, &name, &passkey).await.map_err(refuse_taken)?;
    change::commit(&api, transaction, user, SignInChange::PasskeyAdded).await?;
    Ok((cookie::clear_passkey(api.settings), StatusCode::NO_CONTENT))
}

/// Converts the error of a passkey that another account has.
fn refuse_taken(error: sqlx::Error) -> ApiFailure {
    match &error {
        sqlx::Error::Database(problem) if problem.is_unique_violation() => {
            ApiFailure::PasskeyRefused(PasskeyRefusal::Answer)
        }
        _ => error.into(),
    }
}

/// `POST /me/passkeys/rename`
#[derive(Clone, Debug, Deserialize)]
pub struct Rename {
    /// The user for whom the page with the form was rendered.
    #[serde(default)]
    user: Option<UserId>,
    passkey: PasskeyId,
    name: Name,
}

/// Renames a passkey. Responds with 204, or redirects a form.
#[instrument(skip_all)]
pub async fn rename(
    State(api): State<Api>,
    request_actor: RequestActor,
    Submission { content, kind }: Submission<Rename>,
) -> Response {
    let outcome = async {
        let Rename { user, passkey, name } = content?;
        let user_id = request_actor.user_id();
        require_user(user, user_id)?;
        let mut transaction = request_actor.begin(&api.pool).await?;
        require_found(credential::rename(&mut transaction, user_id, passkey, &name).await?)?;
        Ok(transaction.commit().await?)
    };
    kind.or_next(PAGE).respond_done(PAGE, outcome.await)
}

/// `POST /me/passkeys/remove`
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Remove {
    /// The user for whom the page with the form was rendered.
    #[serde(default)]
    user: Option<UserId>,
    passkey: PasskeyId,
}

/// Removes a passkey, which then signs nobody in any more. Responds with 204, or redirects a form. 409 if
/// the account would have no way to sign in.
#[instrument(skip_all)]
pub async fn remove(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<Remove>,
) -> Response {
    let outcome = async {
        let Remove { user, passkey } = content?;
        let user_id = proven.user_id();
        require_user(user, user_id)?;
        let mut transaction = proven.begin(&api.pool).await?;
        // The lock makes two requests that each remove another way wait for each other.
        account::lock_email(&mut transaction, user_id).await?.ok_or(ApiFailure::NotSignedIn)?;
        require_found(credential::remove(&mut transaction, user_id, passkey).await?)?;
        require_a_way_to_sign_in(&api, &mut transaction, user_id).await?;
        change::commit(&api, transaction, user_id, SignInChange::PasskeyRemoved).await
    };
    kind.or_next(PAGE).respond_done(PAGE, outcome.await)
}

fn require_found(outcome: Outcome) -> Result<(), ApiFailure> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::NotFound => Err(ApiFailure::not_found_or_hidden()),
    }
}

/// Returns the options with which the browser asks for a passkey, before a sensitive change.
///
/// # Errors
/// 429 after too many requests.
#[instrument(skip_all)]
pub async fn proof_challenge(
    State(api): State<Api>,
    request_actor: RequestActor,
    RelyingParty(relying_party): RelyingParty,
) -> Result<(CookieJar, Json<PasskeyOptions>), ApiFailure> {
    api.limits.count_step_up(request_actor.user_id())?;
    let (options, state) =
        relying_party.start_discoverable_authentication().map_err(ApiFailure::internal)?;
    let session = Some(request_actor.person.session_id);
    let token = ceremony::insert(&api.pool, session, &state).await?;
    let options = passkey::options(&options.public_key)?;
    Ok((cookie::set_passkey(&token, api.settings), Json(options)))
}

/// Records a proof for the session: a passkey of its user. It counts also with two-factor authentication,
/// because the authenticator has verified its user.
///
/// # Errors
/// 401 if the passkey proves nothing, or is somebody else's.
#[instrument(skip_all)]
pub async fn prove(
    State(api): State<Api>,
    request_actor: RequestActor,
    RelyingParty(relying_party): RelyingParty,
    jar: CookieJar,
    JsonBody(answer): JsonBody<UsePasskey>,
) -> Result<(CookieJar, StatusCode), ApiFailure> {
    let user = request_actor.user_id();
    let session = request_actor.person.session_id;
    let token = cookie::read_passkey(&jar, api.settings);
    let state: DiscoverableAuthentication = ceremony::take(&api.pool, Some(session), token).await?;
    let (owner, answer) = passkey::claimed_owner(&relying_party, &answer)?;
    if owner != user {
        return Err(ApiFailure::PasskeyRefused(PasskeyRefusal::UnknownPasskey));
    }
    let mut transaction = request_actor.begin(&api.pool).await?;
    passkey::verify(&mut transaction, &relying_party, &answer, state, user).await?;
    proof::record(&mut transaction, &api.clock, session).await?;
    transaction.commit().await?;
    Ok((cookie::clear_passkey(api.settings), StatusCode::NO_CONTENT))
}
