//! `POST /auth/confirm-email`: the link that was sent to an account's address, present or new.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::account_link::{ConfirmEmail, LinkPurpose};
use tracing::instrument;

use super::account_link;
use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{account, cookie};
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::mail::queue;
use crate::security_log::event::EndedSessions;
use crate::security_log::{self, Event};
use db::actor::{self, Actor};

/// Confirms the address, and changes to it if it is new. The request needn't be signed in, because people
/// open mail in other browsers too. Responds with 204, or redirects a form.
#[instrument(skip_all)]
pub async fn confirm_email(
    State(api): State<Api>,
    MaybeSignedIn(person): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    Submission { content, kind }: Submission<ConfirmEmail>,
) -> Response {
    let page = kind.link_page(LinkPurpose::ConfirmEmail);
    let outcome = async { confirm(&api, person, address, &headers, content?).await };
    kind.respond_confirmed(&page, outcome.await)
}

/// Confirms the address. A new address ends the account's other sessions, and gives this browser's
/// session a new token. The cookie is empty where nothing changes for this browser.
async fn confirm(
    api: &Api,
    person: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    ConfirmEmail { token }: ConfirmEmail,
) -> Result<CookieJar, ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_link(address)?;
    let link = account_link::find(&api.pool, LinkPurpose::ConfirmEmail, &token).await?;
    let user_id = link.user_id.ok_or(ApiFailure::LinkExpired)?;
    let own_session = person.filter(|person| person.user_id == user_id);
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    let former = account::lock_email(&mut transaction, user_id).await?;
    let former = former.ok_or(ApiFailure::LinkExpired)?;
    account_link::take(&mut transaction, &link).await?;
    let mut cookie = CookieJar::new();
    let is_new = former != link.email;
    let ended = if own_session.is_some() { EndedSessions::Others } else { EndedSessions::All };
    if is_new {
        // Another account may have got the address since the link was sent.
        account::change_email(&mut transaction, user_id, &link.email)
            .await
            .map_err(account_link::expired_if_taken)?;
        queue::email_changed(&mut transaction, &former, &link.email).await?;
        account_link::delete_for_user(&mut transaction, user_id, LinkPurpose::ResetPassword)
            .await?;
        if let Some(person) = own_session {
            session::end_others(&mut transaction, &person).await?;
            let token = session::replace_token(&mut transaction, &person).await?;
            cookie = cookie::set(&token, api.settings);
        } else {
            session::end_all(&mut transaction, user_id).await?;
        }
    }
    account::confirm_email(&mut transaction, user_id, &link.email).await?;
    transaction.commit().await?;
    if is_new {
        security_log::record(Event::EmailChanged(user_id, &link.email));
        security_log::record(Event::SessionsEnded(user_id, ended));
    }
    security_log::record(Event::EmailConfirmed(user_id, &link.email));
    api.mail.wake();
    Ok(cookie)
}
