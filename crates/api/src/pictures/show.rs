//! `GET /pictures/{id}`

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::PictureId;
use sqlx::PgPool;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::PathOf;

/// What is at such an address never changes; another picture has another address. It is a picture
/// and nothing else, whatever a browser makes of it (ASVS 3.2.1, 3.4.4).
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// A picture, for whoever is signed in and was told of it: its id can't be guessed.
///
/// # Errors
/// 401 when nobody is signed in, 404 when it is gone.
pub async fn get_picture(
    State(api): State<Api>,
    _reader: SignedIn,
    PathOf(id): PathOf<PictureId>,
) -> Result<Response, ApiFailure> {
    let (media_type, bytes) =
        find(&api.pool, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok((HEADERS, [(header::CONTENT_TYPE, media_type)], bytes).into_response())
}

async fn find(pool: &PgPool, id: PictureId) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as("select media_type, bytes from pictures where id = $1")
        .bind(id)
        .fetch_optional(pool)
        .await
}
