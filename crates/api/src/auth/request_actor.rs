//! The extractor for requests that change something.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use contract::request::MUTATION_ID_HEADER;
use contract::{ErrorCode, MutationId, UserId};
use sqlx::{PgPool, Postgres, Transaction};

use super::session::SignedIn;
use crate::Api;
use crate::error::ApiFailure;
use db::actor::{self, Actor};

/// The signed-in user who makes a change, with the request's mutation id.
#[derive(Clone, Copy, Debug)]
pub struct RequestActor {
    /// The signed-in user and their session.
    pub person: SignedIn,
    /// The id by which the client recognizes its own change on the stream.
    pub mutation_id: Option<MutationId>,
}

impl RequestActor {
    /// The user's id.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.person.user_id
    }

    /// Begins a transaction whose changes the log attributes to this user and request.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn begin(
        &self,
        pool: &PgPool,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let actor = Actor { user_id: Some(self.user_id()), mutation_id: self.mutation_id };
        actor::begin_as(pool, &actor).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestActor
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let person = SignedIn::from_request_parts(parts, state).await?;
        Ok(Self { person, mutation_id: mutation_id(&parts.headers)? })
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
