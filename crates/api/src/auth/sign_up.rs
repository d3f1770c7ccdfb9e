//! `POST /auth/sign-up`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::FieldProblem;
use contract::request::SignUp;
use contract::view::Me;

use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{account, cookie, device, password};
use crate::error::ApiFailure;
use crate::invitations::link::{self, Linked};
use crate::{Api, me};
use db::actor::{self, Actor};

/// Makes an account and signs it in. Answers who it is, as JSON or by leading a form on.
pub async fn sign_up(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    headers: HeaderMap,
    Submission { content, via }: Submission<SignUp>,
) -> Response {
    let outcome = async { enter(&api, former, &headers, content?).await };
    via.answer_entry("/sign-up", outcome.await)
}

async fn enter(
    api: &Api,
    former: Option<SignedIn>,
    headers: &HeaderMap,
    SignUp { name, email, password, invitation }: SignUp,
) -> Result<(CookieJar, Me), ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    let hash = password::hash(password).await.map_err(ApiFailure::internal)?;
    let user_id = account::new_id();
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    account::create(&mut transaction, user_id, &name, &email, &hash).await?;
    // An empty field is how a form says that there is none.
    if let Some(token) = invitation.filter(|token| !token.is_empty()) {
        match link::link(&mut transaction, &api.clock, &token, user_id, &email).await? {
            Linked::Linked(_) => {}
            Linked::Unknown => return Err(unknown_invitation()),
            Linked::ForAnother => return Err(another_address()),
        }
    }
    if let Some(former) = former {
        session::close(&mut transaction, former.user_id, former.session_id).await?;
    }
    let token =
        session::open(&mut transaction, &api.clock, user_id, device::user_agent(headers)).await?;
    transaction.commit().await?;
    Ok((cookie::handing_out(&token, api.settings), me::read(&api.pool, user_id).await?))
}

fn unknown_invitation() -> ApiFailure {
    let message = "This invitation was revoked. Sign up without it, or ask for a new one.";
    let problem = FieldProblem { code: "unknown".to_owned(), message: message.to_owned() };
    ApiFailure::field("invitation", problem)
}

fn another_address() -> ApiFailure {
    let message = "This invitation is for a different email address. Sign up with the address it was sent to.";
    let problem = FieldProblem { code: "not_invited".to_owned(), message: message.to_owned() };
    ApiFailure::field("email", problem)
}

#[cfg(test)]
mod tests;
