//! `POST /me/email`

use axum::Json;
use axum::extract::State;
use contract::request::ChangeEmail;
use contract::view::UserView;

use crate::Api;
use crate::auth::account;
use crate::auth::proof;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::JsonBody;

/// Changes the address that the person signs in with. Proved by the password: whoever finds a
/// browser signed in can't take the account away with it.
///
/// # Errors
/// 422 when the password is wrong, or the address has an account.
pub async fn change_email(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(ChangeEmail { email, password }): JsonBody<ChangeEmail>,
) -> Result<Json<UserView>, ApiFailure> {
    proof::require(&api.pool, request_actor.user_id(), password, "password").await?;
    let mut transaction = request_actor.begin(&api.pool).await?;
    sqlx::query("update users set email = $2 where id = $1 and email <> $2")
        .bind(request_actor.user_id())
        .bind(&email)
        .execute(&mut *transaction)
        .await?;
    let account = account::find(&mut *transaction, request_actor.user_id()).await?;
    transaction.commit().await?;
    Ok(Json(account.ok_or(ApiFailure::NotSignedIn)?.user))
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::Me;
    use serde_json::json;

    use super::*;
    use crate::test_server::TestServer;
    use testing::PASSWORD;

    #[tokio::test]
    async fn a_person_signs_in_with_the_new_address_and_no_longer_with_the_former_one() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"email": "Countess@Example.com", "password": PASSWORD});
        let changed: UserView = ada.post("/me/email", &body).await.ok();
        assert_eq!(changed.email.unwrap().as_str(), "countess@example.com");

        let enter = async |email: &str| {
            let body = json!({"email": email, "password": PASSWORD});
            server.visitor().post("/auth/sign-in", &body).await
        };
        let _: Me = enter("countess@example.com").await.ok();
        let former = enter("ada@example.com").await;
        assert_eq!(former.error().code, ErrorCode::WrongCredentials);
    }

    #[tokio::test]
    async fn without_the_password_the_address_stays() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"email": "eve@example.com", "password": "not my password"});
        let error = ada.post("/me/email", &body).await.error();
        assert_eq!(error.fields["password"].code, "wrong");
        let me: Me = ada.get("/me").await.ok();
        assert_eq!(me.user.email.unwrap().as_str(), "ada@example.com");
    }

    #[tokio::test]
    async fn an_address_that_has_an_account_is_refused_at_its_field() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        server.person("Grace").await;
        let body = json!({"email": "grace@example.com", "password": PASSWORD});
        let error = ada.post("/me/email", &body).await.error();
        assert_eq!(error.fields["email"].code, "taken");
    }
}
