//! `GET /auth/oidc/callback`: the way back from the provider.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use contract::{Email, Name, Timestamp, UserId};
use serde::Deserialize;
use sqlx::PgConnection;
use time::Duration;
use tracing::instrument;

use super::authentication_request::{self, AuthenticationRequest, Purpose, Secrets};
use super::identity::{self, Identity, Knowledge, Outcome};
use super::provider::{Person, ProvidedEmail};
use crate::Api;
use crate::auth::first_step::{self, SignInOutcome};
use crate::auth::second_factor::{self, change};
use crate::auth::session::{MaybeSignedIn, SignedIn, proof};
use crate::auth::submission::SubmissionKind;
use crate::auth::{account, cookie};
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::extract::ApiQuery;
use crate::mail::SignInChange;
use crate::security_log::event::{ProviderRefusal, SignInMethod};
use crate::security_log::{self, Event};
use crate::token::Token;
use db::actor::{self, Actor};

/// How far the provider's clock may be behind the database's.
const CLOCK_TOLERANCE: Duration = Duration::minutes(1);

const OTHER_PERSON: ApiFailure = ApiFailure::ProviderRefused(ProviderRefusal::OtherPerson);

/// The provider's answer, which the browser brings back (RFC 6749, section 4.1.2).
#[derive(Clone, Deserialize)]
pub struct Answer {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    code: Option<String>,
    /// The issuer of the answer (RFC 9207).
    #[serde(default)]
    iss: Option<String>,
}

/// Signs the person in whom the provider names, or records the proof of the session's user. Redirects to the
/// page that follows, or back to the page on which it began.
#[instrument(skip_all)]
pub async fn callback(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    ApiQuery(answer): ApiQuery<Answer>,
) -> Response {
    let (token, request) = match take_request(&api, address, &jar, &answer).await {
        Ok(taken) => taken,
        Err(failure) => {
            record_refusal(&failure);
            return SubmissionKind::visit(None).respond_done(Purpose::SignIn.page(), Err(failure));
        }
    };
    let AuthenticationRequest { purpose, next, .. } = request.clone();
    let kind = SubmissionKind::visit(next);
    let person = identify(&api, answer, &token).await;
    let response = match purpose {
        Purpose::SignIn => {
            let outcome = async { sign_in(&api, former, &headers, person?).await }.await;
            if let Err(failure) = &outcome {
                record_refusal(failure);
            }
            kind.respond_signed_in(purpose.page(), outcome)
        }
        Purpose::Proof(_) => {
            let outcome = async { record_proof(&api, former, &request, person?).await }.await;
            if let Err(failure) = &outcome {
                record_refusal(failure);
            }
            kind.respond_done(purpose.page(), outcome)
        }
        Purpose::Link(_) => {
            let outcome = async { link_to_session(&api, former, &request, person?).await }.await;
            if let Err(failure) = &outcome {
                record_refusal(failure);
            }
            kind.respond_done(purpose.page(), outcome)
        }
    };
    (cookie::clear_provider(api.settings), response).into_response()
}

fn record_refusal(failure: &ApiFailure) {
    if let ApiFailure::ProviderRefused(refusal) = failure {
        security_log::record(Event::ProviderRefused(*refusal));
    }
}

/// Finds the request that this browser has made, and uses it up. An answer to another request changes
/// nothing, so that no page of another site can end the browser's own.
async fn take_request(
    api: &Api,
    address: ClientAddress,
    jar: &CookieJar,
    answer: &Answer,
) -> Result<(Token, AuthenticationRequest), ApiFailure> {
    const UNKNOWN: ApiFailure = ApiFailure::ProviderRefused(ProviderRefusal::UnknownRequest);
    super::provider(api)?;
    api.limits.count_link(address)?;
    let token = cookie::read_provider(jar, api.settings).ok_or(UNKNOWN)?;
    if answer.state.as_deref() != Some(Secrets::of(&token).state.secret()) {
        return Err(UNKNOWN);
    }
    let request = authentication_request::take(&api.pool, &token).await?.ok_or(UNKNOWN)?;
    Ok((token, request))
}

async fn identify(api: &Api, answer: Answer, token: &Token) -> Result<Person, ApiFailure> {
    let provider = super::provider(api)?;
    let is_other_issuer = answer.iss.is_some_and(|issuer| issuer != provider.issuer());
    let code = answer.code.filter(|_| !is_other_issuer);
    let code = code.ok_or(ApiFailure::ProviderRefused(ProviderRefusal::Answer))?;
    Ok(provider.person(code, Secrets::of(token), api.clock.now()).await?)
}

/// The account for a person at the provider.
enum Resolution {
    /// The one that the identity is linked to.
    Linked(UserId),
    /// The one that has confirmed the person's address.
    Confirmed(UserId, Email),
    /// A new one.
    New(UserId, Name, Email),
}

async fn resolve(api: &Api, person: &Person) -> Result<Resolution, ApiFailure> {
    match identity::find(&api.pool, &person.identity).await? {
        Knowledge::Linked(user) => return Ok(Resolution::Linked(user)),
        Knowledge::Unlinked => return Err(ApiFailure::ProviderRefused(ProviderRefusal::Unlinked)),
        Knowledge::Unknown => {}
    }
    let ProvidedEmail::Verified(email) = person.email.clone() else {
        return Err(ApiFailure::ProviderRefused(ProviderRefusal::EmailUnverified));
    };
    match account::find_by_email(&api.pool, &email).await? {
        Some(user) => Ok(Resolution::Confirmed(user, email)),
        None => {
            let name = person.name.clone().unwrap_or_else(|| name_of(&email));
            Ok(Resolution::New(account::new_id(), name, email))
        }
    }
}

/// Makes up a name for people whom the provider doesn't name.
fn name_of(email: &Email) -> Name {
    let local = email.as_str().split('@').next().unwrap_or_default();
    Name::parse(local).expect("the part before the @ has 1 to 64 visible ASCII characters")
}

async fn sign_in(
    api: &Api,
    former: Option<SignedIn>,
    headers: &HeaderMap,
    person: Person,
) -> Result<SignInOutcome, ApiFailure> {
    let resolution = resolve(api, &person).await?;
    let (Resolution::Linked(user_id)
    | Resolution::Confirmed(user_id, _)
    | Resolution::New(user_id, ..)) = resolution;
    let actor = Actor { user_id: Some(user_id), mutation_id: None };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    match &resolution {
        Resolution::Linked(user) => {
            // It may have been unlinked meanwhile.
            require(identity::record_use(&mut transaction, *user, &person.identity).await?)?;
        }
        Resolution::Confirmed(user, email) => {
            link(&mut transaction, *user, &person.identity, email).await?;
        }
        Resolution::New(user, name, email) => {
            account::create_without_password(&mut transaction, *user, name, email)
                .await
                .map_err(conflict_if_taken)?;
            account::confirm_email(&mut transaction, *user, email).await?;
            require(identity::link(&mut transaction, *user, &person.identity, email).await?)?;
        }
    }
    let proven_at = person.signed_in_at.map(|at| at.min(api.clock.now()));
    let issued =
        first_step::issue(&mut transaction, api, user_id, former, proven_at, headers).await?;
    transaction.commit().await?;
    match &resolution {
        Resolution::Linked(_) => {}
        Resolution::Confirmed(..) => change::record(api, user_id, SignInChange::ProviderLinked),
        Resolution::New(_, _, email) => {
            security_log::record(Event::AccountCreated(user_id, email));
        }
    }
    issued.into_outcome(api, user_id, SignInMethod::Provider).await
}

/// Links a person to the account with their address, if both sides have confirmed that it is theirs.
async fn link(
    connection: &mut PgConnection,
    user: UserId,
    identity: &Identity,
    email: &Email,
) -> Result<(), ApiFailure> {
    // The lock keeps the address as it is.
    let present = account::lock_email(&mut *connection, user).await?;
    if present.as_ref() != Some(email) {
        return Err(ApiFailure::ProviderRefused(ProviderRefusal::OtherAddress));
    }
    if !account::is_email_confirmed(&mut *connection, user).await? {
        return Err(ApiFailure::ProviderRefused(ProviderRefusal::AccountUnconfirmed));
    }
    require(identity::link(&mut *connection, user, identity, email).await?)?;
    change::tell_owner(connection, user, SignInChange::ProviderLinked).await
}

/// # Errors
/// 409 if the identity was linked or unlinked at the same time. The next attempt finds it as it is then.
fn require(outcome: Outcome) -> Result<(), ApiFailure> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Changed => Err(ApiFailure::Conflict),
    }
}

/// Converts the error of a second sign-in of the same person at the same time. The next attempt finds
/// the account.
fn conflict_if_taken(error: sqlx::Error) -> ApiFailure {
    match &error {
        sqlx::Error::Database(problem) if problem.is_unique_violation() => ApiFailure::Conflict,
        _ => error.into(),
    }
}

/// Records that the session's user has proved who they are: they have signed in at the provider since they
/// were sent there. It counts only where the password would.
async fn record_proof(
    api: &Api,
    person: Option<SignedIn>,
    request: &AuthenticationRequest,
    provided: Person,
) -> Result<(), ApiFailure> {
    let person = person.filter(|it| request.purpose == Purpose::Proof(it.session_id));
    let person = person.ok_or(OTHER_PERSON)?;
    let known = identity::find(&api.pool, &provided.identity).await?;
    if known != Knowledge::Linked(person.user_id) {
        return Err(OTHER_PERSON);
    }
    if !is_recent(provided.signed_in_at, request.started_at) {
        return Err(ApiFailure::ProviderRefused(ProviderRefusal::NotRecent));
    }
    let actor = Actor { user_id: Some(person.user_id), mutation_id: None };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    if second_factor::is_enabled(&mut *transaction, person.user_id).await? {
        return Err(ApiFailure::ProofRequired);
    }
    proof::record(&mut transaction, &api.clock, person.session_id).await?;
    Ok(transaction.commit().await?)
}

/// Links the person at the provider to the account of the session's user, by the same rule as a sign-in.
async fn link_to_session(
    api: &Api,
    person: Option<SignedIn>,
    request: &AuthenticationRequest,
    provided: Person,
) -> Result<(), ApiFailure> {
    let person = person.filter(|it| request.purpose == Purpose::Link(it.session_id));
    let person = person.ok_or(OTHER_PERSON)?;
    match identity::find(&api.pool, &provided.identity).await? {
        Knowledge::Linked(user) if user == person.user_id => return Ok(()),
        Knowledge::Linked(_) => return Err(OTHER_PERSON),
        Knowledge::Unlinked | Knowledge::Unknown => {}
    }
    let ProvidedEmail::Verified(email) = provided.email else {
        return Err(ApiFailure::ProviderRefused(ProviderRefusal::EmailUnverified));
    };
    let actor = Actor { user_id: Some(person.user_id), mutation_id: None };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    link(&mut transaction, person.user_id, &provided.identity, &email).await?;
    transaction.commit().await?;
    change::record(api, person.user_id, SignInChange::ProviderLinked);
    Ok(())
}

fn is_recent(signed_in_at: Option<Timestamp>, started_at: Timestamp) -> bool {
    signed_in_at.is_some_and(|at| at.plus(CLOCK_TOLERANCE) >= started_at)
}
