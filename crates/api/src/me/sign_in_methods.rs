//! `/me/sign-in-methods`: how the signed-in user signs in.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::UserId;
use contract::sign_in_methods::{IdentityId, IdentityView, SignInMethods};
use serde::Deserialize;
use sqlx::PgConnection;
use tracing::instrument;

use super::two_factor::require_user;
use crate::Api;
use crate::auth::oidc::Provider;
use crate::auth::oidc::identity::{self, LinkedIdentity, Outcome};
use crate::auth::passkey::{credential, relying_party};
use crate::auth::second_factor::{self, change};
use crate::auth::session::proof::RecentlyProven;
use crate::auth::session::{SignedIn, proof};
use crate::auth::submission::Submission;
use crate::auth::{account, pending_sign_in};
use crate::error::ApiFailure;
use crate::mail::SignInChange;
use crate::routes::{Audience, Routes};

/// The page of these settings.
const PAGE: &str = "/account/sign-in-methods";

/// `/me/sign-in-methods` and below.
pub fn routes() -> Routes<Api> {
    Routes::new().get("/me/sign-in-methods", Audience::Accounts, sign_in_methods).post(
        "/me/sign-in-methods/unlink",
        Audience::Accounts,
        unlink,
    )
}

/// Returns the ways to sign in.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn sign_in_methods(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<SignInMethods>, ApiFailure> {
    let proven = proof::is_proven(&api.pool, &api.clock, reader.session_id).await?;
    let two_factor = second_factor::is_enabled(&api.pool, reader.user_id).await?;
    let password = account::password_hash(&api.pool, reader.user_id).await?.is_some();
    let identities = identity::list(&api.pool, reader.user_id).await?;
    let provider = api.provider.as_ref();
    let identities = identities.into_iter().map(|identity| view(identity, provider)).collect();
    let provider = provider.map(|provider| provider.name().clone());
    let passkeys = credential::list(&api.pool, reader.user_id).await?;
    let passkey_host = relying_party::host(&api);
    Ok(Json(SignInMethods {
        proven,
        two_factor,
        password,
        provider,
        identities,
        passkey_host,
        passkeys,
    }))
}

fn view(identity: LinkedIdentity, provider: Option<&Provider>) -> IdentityView {
    let LinkedIdentity { id, issuer, email, last_used_at, .. } = identity;
    let current = provider.filter(|provider| provider.issuer() == issuer);
    let usable = current.is_some();
    let provider = current.map_or(issuer, |provider| provider.name().to_string());
    IdentityView { id, provider, usable, email, last_used_at }
}

/// `POST /me/sign-in-methods/unlink`
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Unlink {
    /// The user for whom the page with the form was rendered.
    #[serde(default)]
    user: Option<UserId>,
    identity: IdentityId,
}

/// Unlinks a person at an OpenID provider, who then doesn't sign in to this account any more. Responds with
/// 204, or redirects a form. 409 if the account would have no way to sign in.
#[instrument(skip_all)]
pub async fn unlink(
    State(api): State<Api>,
    proven: RecentlyProven,
    Submission { content, kind }: Submission<Unlink>,
) -> Response {
    let outcome = async {
        let Unlink { user, identity } = content?;
        let user_id = proven.user_id();
        require_user(user, user_id)?;
        let mut transaction = proven.begin(&api.pool).await?;
        // The lock makes two requests that each remove another way wait for each other.
        account::lock_email(&mut transaction, user_id).await?.ok_or(ApiFailure::NotSignedIn)?;
        if identity::unlink(&mut transaction, user_id, identity).await? == Outcome::Changed {
            return Err(ApiFailure::not_found_or_hidden());
        }
        require_a_way_to_sign_in(&api, &mut transaction, user_id).await?;
        pending_sign_in::delete_for_user(&mut transaction, user_id).await?;
        change::commit(&api, transaction, user_id, SignInChange::ProviderUnlinked).await
    };
    kind.or_next(PAGE).respond_done(PAGE, outcome.await)
}

/// # Errors
/// 409 if the account has none left.
pub(super) async fn require_a_way_to_sign_in(
    api: &Api,
    connection: &mut PgConnection,
    user: UserId,
) -> Result<(), ApiFailure> {
    if account::password_hash(&mut *connection, user).await?.is_some() {
        return Ok(());
    }
    let host = relying_party::host(api);
    if host.is_some() && !credential::list(&mut *connection, user).await?.is_empty() {
        return Ok(());
    }
    let identities = identity::list(connection, user).await?;
    let is_usable = |identity: &LinkedIdentity| {
        api.provider.as_ref().is_some_and(|provider| provider.issuer() == identity.issuer)
    };
    match identities.iter().any(is_usable) {
        true => Ok(()),
        false => Err(ApiFailure::LastSignInMethod),
    }
}
