//! `PUT /organizations/{id}/picture` and `DELETE /organizations/{id}/picture`

use axum::Json;
use axum::extract::State;
use contract::view::OrganizationView;
use contract::{Capability, OrganizationId, OrganizationRef, PictureId};
use sqlx::PgConnection;

use super::access;
use super::row::OrganizationRow;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::PathOf;
use crate::pictures;
use crate::pictures::upload::Uploaded;

/// Shows the organization by that picture from now on.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 422 when it isn't a picture that can be
/// taken.
pub async fn put_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(reference): PathOf<OrganizationRef>,
    uploaded: Uploaded,
) -> Result<Json<OrganizationView>, ApiFailure> {
    // Asked before as well: drawing is dear, and the lock isn't held while it lasts.
    let access = access::find(&api.pool, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let drawing = uploaded.draw().await?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access = access::lock(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let picture = pictures::keep(&mut *transaction, &drawing).await?;
    let updated = point(&mut transaction, access.organization.id, Some(picture)).await?;
    transaction.commit().await?;
    Ok(Json(updated.unwrap_or(access.organization)))
}

/// Shows the organization by its initials again.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
pub async fn delete_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(reference): PathOf<OrganizationRef>,
) -> Result<Json<OrganizationView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access = access::lock(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let updated = point(&mut transaction, access.organization.id, None).await?;
    transaction.commit().await?;
    Ok(Json(updated.unwrap_or(access.organization)))
}

/// None when that changes nothing.
async fn point(
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
