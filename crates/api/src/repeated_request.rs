//! Requests that are sent again because their answer was lost.
//!
//! A client gives each change an id, in the header `Mutation-Id`, and keeps it when it sends the request
//! again. The first request that commits records the id in its own transaction; a repetition changes
//! nothing and gets the first answer. Answers are kept for two days.

use std::sync::{Arc, OnceLock};

use axum::body::{self, Body};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{ErrorCode, MutationId, UserId};
use sqlx::{PgConnection, PgPool};
use tracing::warn;

use crate::Api;
use crate::error::ApiFailure;

/// The largest answer that is stored, in bytes.
const MAX_STORED_BODY: usize = 1 << 20;

/// Set on an answer that was stored.
const REPLAYED_HEADER: HeaderName = HeaderName::from_static("mutation-replayed");

/// A request that changes something, as it is recognized when it is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatableRequest {
    /// The user who sent it.
    pub user_id: UserId,
    /// The id that the client gave it.
    pub mutation_id: MutationId,
    /// Method and path.
    pub request: String,
}

/// Whether a request was made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing was changed by it yet, or it can't be recognized.
    First,
    /// Its change is committed.
    Repeat,
}

impl RepeatableRequest {
    /// Records the request in the transaction of its change. Waits for another transaction that makes
    /// the same change at the moment.
    ///
    /// # Errors
    /// When the database can't be written.
    pub(crate) async fn record(
        &self,
        transaction: &mut PgConnection,
    ) -> Result<Attempt, sqlx::Error> {
        let inserted = sqlx::query(
            "insert into request_results (user_id, mutation_id, request) values ($1, $2, $3)
             on conflict on constraint request_results_pkey do nothing",
        )
        .bind(self.user_id)
        .bind(self.mutation_id)
        .bind(&self.request)
        .execute(transaction)
        .await?;
        Ok(if inserted.rows_affected() == 1 { Attempt::First } else { Attempt::Repeat })
    }

    async fn store(
        &self,
        pool: &PgPool,
        status: StatusCode,
        body: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update request_results set status = $3, body = $4
              where user_id = $1 and mutation_id = $2 and status is null",
        )
        .bind(self.user_id)
        .bind(self.mutation_id)
        .bind(i16::try_from(status.as_u16()).unwrap_or(i16::MAX))
        .bind(body)
        .execute(pool)
        .await?;
        Ok(())
    }

    /// Returns the first answer.
    async fn first_answer(&self, pool: &PgPool) -> Result<Response, ApiFailure> {
        let (request, status, body): (String, Option<i16>, Option<String>) = sqlx::query_as(
            "select request, status, body from request_results
              where user_id = $1 and mutation_id = $2",
        )
        .bind(self.user_id)
        .bind(self.mutation_id)
        .fetch_one(pool)
        .await?;
        if request != self.request {
            let message = "This Mutation-Id belongs to another request. Use a new one.";
            return Err(ApiFailure::bad_request(ErrorCode::BadRequest, message));
        }
        let status = status
            .and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok())
            .ok_or(ApiFailure::AlreadyDone)?;
        let body = body.unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
        Ok(response)
    }
}

/// A request extension in which the extractor `RequestActor` stores the request for [`answer_repeats`].
#[derive(Clone, Debug, Default)]
pub(crate) struct RecognizedRequest(pub(crate) Arc<OnceLock<RepeatableRequest>>);

/// Put into the answer of a handler that must not be stored, because it contains a secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotStored;

/// Stores the answers of changes, and gives them again to repetitions; a middleware.
pub(crate) async fn answer_repeats(
    State(api): State<Api>,
    mut request: Request,
    next: Next,
) -> Response {
    let recognized = RecognizedRequest::default();
    request.extensions_mut().insert(recognized.clone());
    let response = next.run(request).await;
    let Some(request) = recognized.0.get() else { return response };
    let failure = response.extensions().get::<Arc<ApiFailure>>();
    if failure.is_some_and(|failure| matches!(**failure, ApiFailure::Repeated)) {
        return request.first_answer(&api.pool).await.unwrap_or_else(IntoResponse::into_response);
    }
    let is_stored =
        response.status().is_success() && response.extensions().get::<NotStored>().is_none();
    if is_stored { store(request, &api.pool, response).await } else { response }
}

async fn store(request: &RepeatableRequest, pool: &PgPool, response: Response) -> Response {
    let (head, body) = response.into_parts();
    let bytes = match body::to_bytes(body, MAX_STORED_BODY).await {
        Ok(bytes) => bytes,
        Err(error) => return ApiFailure::internal(error).into_response(),
    };
    if let Ok(text) = std::str::from_utf8(&bytes)
        && let Err(error) = request.store(pool, head.status, text).await
    {
        // A repetition is told that the change was made.
        warn!(%error, "An answer can't be stored for repetitions of its request");
    }
    Response::from_parts(head, Body::from(bytes))
}

/// Deletes up to `limit` answers that are older than two days. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_old(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from request_results
          where (user_id, mutation_id) in
                (select user_id, mutation_id from request_results
                  where created_at < now() - interval '2 days'
                  limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

#[cfg(test)]
mod tests;
