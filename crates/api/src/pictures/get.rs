//! `GET /pictures/{id}`

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{PictureId, UserId};
use sqlx::{FromRow, PgPool};
use tracing::instrument;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::response_headers::KEPT_AND_CHECKED;

/// Returns the picture to users who may see its person or organization. A browser keeps it and asks before
/// each use, so that the browser's next user doesn't see it, nor does a former member.
///
/// # Errors
/// 401 if nobody is signed in, 404 if there is no such picture, or the reader may not see it.
#[instrument(skip_all)]
pub async fn get_picture(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(id): ApiPath<PictureId>,
    headers: HeaderMap,
) -> Result<Response, ApiFailure> {
    // A new picture has a new id, so the id says which content it is.
    let tag = format!("\"{id}\"");
    let kept = headers.get_all(header::IF_NONE_MATCH).iter().any(|kept| has_tag(kept, &tag));
    let picture = find(&api.pool, id, reader.user_id, kept).await?;
    let PictureRow { media_type, bytes } = picture.ok_or_else(ApiFailure::not_found_or_hidden)?;
    let tag = HeaderValue::try_from(tag).map_err(ApiFailure::internal)?;
    let caching = [(header::CACHE_CONTROL, KEPT_AND_CHECKED), (header::ETAG, tag)];
    Ok(match bytes {
        Some(bytes) => (caching, [(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        None => (StatusCode::NOT_MODIFIED, caching).into_response(),
    })
}

/// Whether the list of the header `If-None-Match` has the tag, by weak comparison (RFC 9110, section
/// 13.1.2): a proxy that compressed the answer has made the tag weak.
fn has_tag(list: &HeaderValue, tag: &str) -> bool {
    let tags = list.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|its| its.strip_prefix("W/").unwrap_or(its)).any(|its| its == tag || its == "*")
}

#[derive(FromRow)]
struct PictureRow {
    media_type: String,
    /// None if the reader has kept them.
    bytes: Option<Vec<u8>>,
}

/// Reads a picture that the reader may see:
///
/// - their own,
/// - of people who are in one of the reader's organizations, wrote something in it, or were in it as far as
///   its audit log reaches, which shows them,
/// - of their organizations, and of those that they are invited to, with the person who invites.
async fn find(
    pool: &PgPool,
    id: PictureId,
    reader: UserId,
    kept: bool,
) -> Result<Option<PictureRow>, sqlx::Error> {
    sqlx::query_as(
        "with mine as (
             select organization_id from memberships where user_id = $2
         ), invited as (
             select organization_id, invited_by from invitations
              where user_id = $2 and rejected_at is null and expires_at > now()
         )
         select media_type, case when $3 then null else bytes end as bytes
           from pictures p
          where p.id = $1
            and (exists (
                     select from users u
                      where u.picture = p.id
                        and (u.id = $2
                             or u.id in (select invited_by from invited)
                             or exists (select from memberships m join mine using (organization_id)
                                         where m.user_id = u.id)
                             or exists (select from authors a join mine using (organization_id)
                                         where a.user_id = u.id)
                             or exists (select from activities a join mine using (organization_id)
                                         where a.user_id = u.id and a.kind = 'membership')))
                 or exists (
                     select from organizations o
                      where o.picture = p.id
                        and o.id in (select organization_id from mine
                                     union all select organization_id from invited)))",
    )
    .bind(id)
    .bind(reader)
    .bind(kept)
    .fetch_optional(pool)
    .await
}
