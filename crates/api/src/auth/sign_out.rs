//! `POST /auth/sign-out`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use contract::UserId;
use serde::Deserialize;
use tracing::instrument;

use super::cookie;
use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn};
use super::submission::Submission;
use crate::Api;
use crate::error::ApiFailure;
use crate::security_log::{self, Event};
use db::actor::{self, Actor};

/// The body of the request.
#[derive(Debug, Deserialize)]
pub struct SignOut {
    /// The user for whom the page with the form was rendered, as a form can't send the header for it.
    user: Option<UserId>,
}

/// Ends the browser's session, if it has one.
///
/// # Errors
/// 409 if the page was rendered for another user, 503 if the database can't be reached; the user then stays signed in.
#[instrument(skip_all)]
pub async fn sign_out(
    State(api): State<Api>,
    MaybeSignedIn(person): MaybeSignedIn,
    headers: HeaderMap,
    Submission { content, kind }: Submission<SignOut>,
) -> Result<Response, ApiFailure> {
    let SignOut { user } = content?;
    if let Some(person) = person {
        if user.is_some_and(|expected| expected != person.user_id) {
            return Err(ApiFailure::OtherAccount);
        }
        let actor = Actor { user_id: Some(person.user_id), mutation_id: mutation_id(&headers)? };
        let mut transaction = actor::begin_as(&api.pool, &actor).await?;
        session::end(&mut transaction, person.user_id, person.session_id).await?;
        transaction.commit().await?;
        security_log::record(Event::SignedOut(person.user_id));
    }
    Ok(kind.respond_signed_out(cookie::clear(api.settings)))
}
