//! The extractor for requests that change something.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use contract::request::MUTATION_ID_HEADER;
use contract::{ErrorCode, MutationId, UserId};
use sqlx::PgPool;

use super::session::SignedIn;
use super::write_limits::{self, Subject, WriteLimits, WriteTransaction};
use crate::Api;
use crate::error::ApiFailure;
use crate::repeated_request::{Attempt, RecognizedRequest, RepeatableRequest};
use crate::request_span::record_mutation;
use db::actor::{self, Actor};

/// The signed-in user who makes a change, with the request's mutation id.
#[derive(Clone, Debug)]
pub struct RequestActor {
    /// The signed-in user and their session.
    pub person: SignedIn,
    /// The id by which the client recognizes its own change on the stream.
    pub mutation_id: Option<MutationId>,
    /// Recognizes repetitions. None without a mutation id.
    request: Option<RepeatableRequest>,
    subject: Subject,
    limits: WriteLimits,
}

impl RequestActor {
    /// Returns the user's id.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.person.user_id
    }

    /// Begins a transaction whose changes the log attributes to this user and request. Waits while
    /// many other changes of the same organization run.
    ///
    /// A request that was made before changes nothing: [`ApiFailure::Repeated`] makes the middleware
    /// answer with its first answer.
    ///
    /// # Errors
    /// 503 when the database can't be reached, or the other changes take too long.
    pub async fn begin(&self, pool: &PgPool) -> Result<WriteTransaction, ApiFailure> {
        match self.begin_attempt(pool).await? {
            (transaction, Attempt::First) => Ok(transaction),
            (_, Attempt::Repeat) => Err(ApiFailure::Repeated),
        }
    }

    /// Like [`Self::begin`], for a request whose answer contains a secret that isn't stored: a
    /// repetition runs too, and its handler decides what to do.
    ///
    /// # Errors
    /// 503 when the database can't be reached, or the other changes take too long.
    pub async fn begin_attempt(
        &self,
        pool: &PgPool,
    ) -> Result<(WriteTransaction, Attempt), ApiFailure> {
        let mut transaction = self.begin_unrecorded(pool).await?;
        let attempt = match &self.request {
            Some(request) => request.record(&mut transaction).await?,
            None => Attempt::First,
        };
        Ok((transaction, attempt))
    }

    async fn begin_unrecorded(&self, pool: &PgPool) -> Result<WriteTransaction, ApiFailure> {
        let actor = Actor { user_id: Some(self.user_id()), mutation_id: self.mutation_id };
        let transaction = actor::begin_as(pool, &actor);
        write_limits::begin(&self.limits, &self.subject, self.user_id(), pool, transaction).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestActor
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let person = SignedIn::from_request_parts(parts, state).await?;
        let mutation_id = mutation_id(&parts.headers)?;
        if let Some(id) = mutation_id {
            record_mutation(id);
        }
        let subject = Subject::new(&parts.uri, person.user_id);
        let api = Api::from_ref(state);
        api.limits.count_write(person.user_id)?;
        let limits = api.write_limits.clone();
        let request = mutation_id.map(|mutation_id| RepeatableRequest {
            user_id: person.user_id,
            mutation_id,
            request: format!("{} {}", parts.method, parts.uri.path()),
        });
        if let (Some(request), Some(RecognizedRequest(recognized))) =
            (&request, parts.extensions.get())
        {
            recognized.get_or_init(|| request.clone());
        }
        Ok(Self { person, mutation_id, request, subject, limits })
    }
}

/// Parses the header `Mutation-Id`. `None` without the header.
///
/// # Errors
/// 400 if the value isn't a UUID.
pub fn mutation_id(headers: &HeaderMap) -> Result<Option<MutationId>, ApiFailure> {
    let Some(header) = headers.get(MUTATION_ID_HEADER) else { return Ok(None) };
    let id = header.to_str().ok().and_then(|text| text.parse().ok());
    match id {
        Some(id) => Ok(Some(id)),
        None => Err(ApiFailure::bad_request(
            ErrorCode::BadRequest,
            format!("The header `{MUTATION_ID_HEADER}` must be a UUID."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use uuid::Uuid;

    use super::*;

    fn read(header: &str) -> Result<Option<MutationId>, ApiFailure> {
        mutation_id(&HeaderMap::from_iter([(
            MUTATION_ID_HEADER.parse().unwrap(),
            HeaderValue::from_str(header).unwrap(),
        )]))
    }

    #[test]
    fn malformed_mutation_id_is_refused() {
        assert_eq!(mutation_id(&HeaderMap::new()).unwrap(), None);
        let id = MutationId::from_uuid(Uuid::now_v7());
        assert_eq!(read(&id.to_string()).unwrap(), Some(id));
        assert_eq!(read("first").unwrap_err().code(), ErrorCode::BadRequest);
    }
}
