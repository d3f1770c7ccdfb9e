//! `PUT /organizations/{id}/picture` and `DELETE /organizations/{id}/picture`

use axum::Json;
use axum::extract::State;
use contract::view::OrganizationView;
use contract::{Capability, OrganizationId, OrganizationRef, PictureId};
use sqlx::PgConnection;
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::pictures;
use crate::pictures::upload::UploadedPicture;
use activity::row::OrganizationRow;

/// Sets the organization's picture.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 422 if the file isn't a supported picture.
#[instrument(skip_all)]
pub async fn put_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
    uploaded: UploadedPicture,
) -> Result<Json<OrganizationView>, ApiFailure> {
    // Checked before decoding too, because decoding is expensive. The lock isn't held meanwhile.
    let access = access::find(&api.pool, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let thumbnail = uploaded.into_thumbnail().await?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let picture = pictures::insert(&mut *transaction, &thumbnail).await?;
    let updated = set_picture(&mut transaction, access.organization.id, Some(picture)).await?;
    transaction.commit().await?;
    Ok(Json(updated.unwrap_or(access.organization)))
}

/// Removes the organization's picture.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
#[instrument(skip_all)]
pub async fn delete_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<Json<OrganizationView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let updated = set_picture(&mut transaction, access.organization.id, None).await?;
    transaction.commit().await?;
    Ok(Json(updated.unwrap_or(access.organization)))
}

/// Returns `None` if that changes nothing.
async fn set_picture(
    connection: &mut PgConnection,
    id: OrganizationId,
    picture: Option<PictureId>,
) -> Result<Option<OrganizationView>, sqlx::Error> {
    let row: Option<OrganizationRow> = sqlx::query_as(
        "update organizations set picture = $2 where id = $1 and picture is distinct from $2
         returning id, name, slug, colour, picture, description, version, created_at",
    )
    .bind(id)
    .bind(picture)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(OrganizationView::from))
}
