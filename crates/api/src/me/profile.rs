//! `GET /me` and `PATCH /me`

use axum::Json;
use axum::extract::State;
use contract::request::UpdateMe;
use contract::view::{Me, UserView};
use tracing::instrument;

use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::JsonBody;

/// Returns the signed-in user.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn get_me(State(api): State<Api>, reader: SignedIn) -> Result<Json<Me>, ApiFailure> {
    super::read(&api.pool, reader.user_id).await.map(Json)
}

/// Changes the user's name.
///
/// # Errors
/// 401 if nobody is signed in, 422 if the name is invalid.
#[instrument(skip_all)]
pub async fn update_me(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(UpdateMe { name }): JsonBody<UpdateMe>,
) -> Result<Json<UserView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    if let Some(name) = name {
        sqlx::query("update users set name = $2 where id = $1 and name <> $2")
            .bind(request_actor.user_id())
            .bind(&name)
            .execute(&mut *transaction)
            .await?;
    }
    let account = account::find(&mut *transaction, request_actor.user_id()).await?;
    transaction.commit().await?;
    Ok(Json(account.ok_or(ApiFailure::NotSignedIn)?.user))
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use serde_json::json;

    use super::*;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn user_changes_their_name() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let before: Me = ada.get("/me").await.ok();
        let renamed: UserView = ada.patch("/me", &json!({"name": " Ada Lovelace "})).await.ok();
        assert_eq!(renamed.name.as_str(), "Ada Lovelace");
        assert_eq!(renamed.version, before.user.version + 1);
    }

    #[tokio::test]
    async fn same_name_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let before: Me = ada.get("/me").await.ok();
        let after: UserView = ada.patch("/me", &json!({"name": "Ada"})).await.ok();
        assert_eq!(after, before.user);
    }

    #[tokio::test]
    async fn empty_name_is_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let error = ada.patch("/me", &json!({"name": "  "})).await.error();
        assert_eq!(error.code, ErrorCode::InvalidFields);
        assert_eq!(error.fields["name"].code, "required");
        assert!(!error.request_id.is_empty());
    }
}
