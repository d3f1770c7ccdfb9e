//! `POST /auth/sign-in/code`: the second step of a sign-in.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::second_factor::EnterCode;
use tracing::instrument;

use super::first_step::{self, Issued, SignInOutcome};
use super::request_actor::mutation_id;
use super::second_factor::{AcceptedCode, change};
use super::session::{MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{cookie, pending_sign_in, second_factor};
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::mail::SignInChange;
use crate::security_log::event::SignInMethod;
use db::actor::{self, Actor};

/// Creates a session if the code is right. Responds like `POST /auth/sign-in`. A form whose sign-in has
/// ended is redirected to the first step.
#[instrument(skip_all)]
pub async fn enter_code(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Submission { content, kind }: Submission<EnterCode>,
) -> Response {
    let outcome = async { finish(&api, former, address, &headers, &jar, content).await };
    let outcome = outcome.await;
    let page = match &outcome {
        Err(ApiFailure::SignInExpired) => "/sign-in",
        _ => "/sign-in/code",
    };
    kind.respond_signed_in(page, outcome)
}

async fn finish(
    api: &Api,
    former: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    jar: &CookieJar,
    content: Result<EnterCode, ApiFailure>,
) -> Result<SignInOutcome, ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_link(address)?;
    let token = cookie::read_pending(jar, api.settings).ok_or(ApiFailure::SignInExpired)?;
    let EnterCode { code } = content?;
    let user_id = pending_sign_in::count_attempt(&api.pool, &token).await?;
    api.limits.count_step_up(user_id)?;
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    pending_sign_in::take(&mut transaction, &token).await?;
    let accepted = second_factor::use_code(&mut transaction, &api.clock, user_id, &code).await?;
    if accepted == AcceptedCode::Recovery {
        change::tell_owner(&mut transaction, user_id, SignInChange::RecoveryCodeUsed).await?;
    }
    let now = Some(api.clock.now());
    let session =
        first_step::issue_session(&mut transaction, api, user_id, former, now, headers).await?;
    transaction.commit().await?;
    if accepted == AcceptedCode::Recovery {
        change::record(api, user_id, SignInChange::RecoveryCodeUsed);
    }
    Issued::Session(session).into_outcome(api, user_id, SignInMethod::SecondFactor).await
}

#[cfg(test)]
mod tests;
