//! `PUT /me/picture` and `DELETE /me/picture`

use axum::Json;
use axum::extract::State;
use contract::view::UserView;
use contract::{PictureId, UserId};
use sqlx::PgConnection;

use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::pictures;
use crate::pictures::upload::Uploaded;

/// Shows the person by that picture from now on.
///
/// # Errors
/// 401 when nobody is signed in, 422 when it isn't a picture that can be taken.
pub async fn put_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
    uploaded: Uploaded,
) -> Result<Json<UserView>, ApiFailure> {
    let drawing = uploaded.draw().await?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    let picture = pictures::keep(&mut *transaction, &drawing).await?;
    let user = point(&mut transaction, request_actor.user_id(), Some(picture)).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

/// Shows the person by their initials again.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn delete_picture(
    State(api): State<Api>,
    request_actor: RequestActor,
) -> Result<Json<UserView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let user = point(&mut transaction, request_actor.user_id(), None).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

async fn point(
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
