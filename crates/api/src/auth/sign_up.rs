//! `POST /auth/sign-up`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::FieldProblem;
use contract::request::SignUp;
use contract::view::Me;
use tracing::instrument;

use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{account, cookie, device, password};
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::invitations::link_account::{LinkOutcome, link_account};
use crate::{Api, me};
use db::actor::{self, Actor};

/// Creates an account and signs the user in. Responds with [`Me`] as JSON, or redirects a form.
#[instrument(skip_all)]
pub async fn sign_up(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    Submission { content, kind }: Submission<SignUp>,
) -> Response {
    let outcome = async { create_account(&api, former, address, &headers, content?).await };
    kind.respond_signed_in("/sign-up", outcome.await)
}

async fn create_account(
    api: &Api,
    former: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    SignUp { name, email, password, invitation }: SignUp,
) -> Result<(CookieJar, Me), ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_sign_up(address)?;
    let hash = password::hash(password).await?;
    let user_id = account::new_id();
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    account::create(&mut transaction, user_id, &name, &email, &hash).await?;
    // Forms send an empty field if there is no invitation.
    if let Some(token) = invitation.filter(|token| !token.is_empty()) {
        match link_account(&mut transaction, &api.clock, &token, user_id, &email).await? {
            LinkOutcome::Linked(_) => {}
            LinkOutcome::UnknownToken => return Err(unknown_invitation()),
            LinkOutcome::OtherEmail => return Err(different_email()),
        }
    }
    if let Some(former) = former {
        session::end(&mut transaction, former.user_id, former.session_id).await?;
    }
    let token =
        session::create(&mut transaction, &api.clock, user_id, device::user_agent(headers)).await?;
    transaction.commit().await?;
    Ok((cookie::set(&token, api.settings), me::read(&api.pool, user_id).await?))
}

fn unknown_invitation() -> ApiFailure {
    let message = "This invitation was revoked. Sign up without it, or ask for a new one.";
    let problem = FieldProblem { code: "unknown".to_owned(), message: message.to_owned() };
    ApiFailure::field("invitation", problem)
}

fn different_email() -> ApiFailure {
    let message = "This invitation is for a different email address. Sign up with the address it was sent to.";
    let problem = FieldProblem { code: "not_invited".to_owned(), message: message.to_owned() };
    ApiFailure::field("email", problem)
}

#[cfg(test)]
mod tests;
