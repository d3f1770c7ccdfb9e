//! `PUT /me/picture` and `DELETE /me/picture`

use axum::Json;
use axum::extract::State;
use contract::view::UserView;
use contract::{PictureId, UserId};
use sqlx::PgConnection;
use tracing::instrument;

use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::pictures;
use crate::pictures::upload::UploadedPicture;

/// Sets the user's picture.
///
/// # Errors
/// 401 if nobody is signed in, 422 if the file isn't a supported picture.
#[instrument(skip_all)]
pub async fn put_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    uploaded: UploadedPicture,
) -> Result<Json<UserView>, ApiFailure> {
    let thumbnail = uploaded.into_thumbnail().await?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    let picture = pictures::insert(&mut *transaction, &thumbnail).await?;
    let user = set_picture(&mut transaction, request_actor.user_id(), Some(picture)).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

/// Removes the user's picture.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn delete_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
) -> Result<Json<UserView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let user = set_picture(&mut transaction, request_actor.user_id(), None).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

async fn set_picture(
    connection: &mut PgConnection,
    id: UserId,
    picture: Option<PictureId>,
) -> Result<UserView, ApiFailure> {
    sqlx::query("update users set picture = $2 where id = $1 and picture is distinct from $2")
        .bind(id)
        .bind(picture)
        .execute(&mut *connection)
        .await?;
    let account = account::find(connection, id).await?;
    Ok(account.ok_or(ApiFailure::NotSignedIn)?.user)
}
