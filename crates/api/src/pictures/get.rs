//! `GET /pictures/{id}`

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::PictureId;
use sqlx::PgPool;
use tracing::instrument;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Pictures are immutable, because a new picture has a new id. The other headers stop browsers from
/// treating the response as anything but an image (ASVS 3.2.1, 3.4.4).
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Returns the picture to every signed-in user who knows its id, which can't be guessed.
///
/// # Errors
/// 401 if nobody is signed in, 404 if there is no such picture.
#[instrument(skip_all)]
pub async fn get_picture(
    State(api): State<Api>,
    _reader: SignedIn,
    ApiPath(id): ApiPath<PictureId>,
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
