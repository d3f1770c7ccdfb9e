//! `POST /me/password`

use axum::extract::State;
use axum::http::StatusCode;
use contract::request::ChangePassword;

use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::auth::{account, password, proof, session};
use crate::error::ApiFailure;
use crate::extract::JsonBody;

/// Changes the password, and ends every other session of the person: whoever knew the former one
/// is out.
///
/// # Errors
/// 422 when the current password is wrong, or the new one can't be one.
pub async fn change_password(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(ChangePassword { current, new }): JsonBody<ChangePassword>,
) -> Result<StatusCode, ApiFailure> {
    proof::require(&api.pool, request_actor.user_id(), current, "current").await?;
    let hash = password::hash(new).await.map_err(ApiFailure::internal)?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    account::set_password(&mut transaction, request_actor.user_id(), &hash).await?;
    session::close_others(&mut transaction, &request_actor.person).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::Me;
    use serde_json::json;

    use crate::fixtures;
    use crate::test_server::TestServer;
    use testing::PASSWORD;

    #[tokio::test]
    async fn a_new_password_replaces_the_former_one_and_ends_the_other_sessions() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let phone = fixtures::sign_in_again(&server, &ada).await;
        let body = json!({"current": PASSWORD, "new": "another horse battery"});
        ada.post("/me/password", &body).await.no_content();

        assert_eq!(phone.get("/me").await.error().code, ErrorCode::NotSignedIn);
        let _: Me = ada.get("/me").await.ok();
        let _: Me = grace.get("/me").await.ok();
        let enter = async |password: &str| {
            let body = json!({"email": "ada@example.com", "password": password});
            server.visitor().post("/auth/sign-in", &body).await
        };
        assert_eq!(enter(PASSWORD).await.error().code, ErrorCode::WrongCredentials);
        let _: Me = enter("another horse battery").await.ok();
    }

    #[tokio::test]
    async fn without_the_current_password_nothing_changes() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let phone = fixtures::sign_in_again(&server, &ada).await;
        let body = json!({"current": "not my password", "new": "another horse battery"});
        let error = ada.post("/me/password", &body).await.error();
        assert_eq!(error.fields["current"].code, "wrong");
        let _: Me = phone.get("/me").await.ok();
        let _ = fixtures::sign_in_again(&server, &ada).await;
    }

    #[tokio::test]
    async fn a_password_that_is_too_short_is_refused_at_its_field() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"current": PASSWORD, "new": "short"});
        let error = ada.post("/me/password", &body).await.error();
        assert_eq!(error.fields["new"].code, "too_short");
    }
}
