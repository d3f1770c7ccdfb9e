//! `POST /me/email`

use axum::Json;
use axum::extract::State;
use contract::request::ChangeEmail;
use contract::view::UserView;
use tracing::instrument;

use crate::Api;
use crate::auth::account;
use crate::auth::confirm_password::confirm_password;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::JsonBody;

/// Changes the email address. The password is required, so that nobody can take over the account with
/// an unattended browser.
///
/// # Errors
/// 422 if the password is wrong or another account has the address.
#[instrument(skip_all)]
pub async fn change_email(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(ChangeEmail { email, password }): JsonBody<ChangeEmail>,
) -> Result<Json<UserView>, ApiFailure> {
    confirm_password(&api, request_actor.user_id(), password, "password").await?;
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
    async fn only_the_new_email_signs_in() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"email": "Countess@Example.com", "password": PASSWORD});
        let changed: UserView = ada.post("/me/email", &body).await.ok();
        assert_eq!(changed.email.unwrap().as_str(), "countess@example.com");

        let sign_in = async |email: &str| {
            let body = json!({"email": email, "password": PASSWORD});
            server.visitor().post("/auth/sign-in", &body).await
        };
        let _: Me = sign_in("countess@example.com").await.ok();
        let former = sign_in("ada@example.com").await;
        assert_eq!(former.error().code, ErrorCode::WrongCredentials);
    }

    #[tokio::test]
    async fn wrong_password_changes_nothing() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"email": "eve@example.com", "password": "not my password"});
        let error = ada.post("/me/email", &body).await.error();
        assert_eq!(error.fields["password"].code, "wrong");
        let me: Me = ada.get("/me").await.ok();
        assert_eq!(me.user.email.unwrap().as_str(), "ada@example.com");
    }

    #[tokio::test]
    async fn email_of_another_account_is_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        server.person("Grace").await;
        let body = json!({"email": "grace@example.com", "password": PASSWORD});
        let error = ada.post("/me/email", &body).await.error();
        assert_eq!(error.fields["email"].code, "taken");
    }
}
