//! `POST /me/password`

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use contract::account_link::LinkPurpose;
use contract::request::ChangePassword;
use tracing::instrument;

use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::auth::session::proof::RecentlyProven;
use crate::auth::{
    account, account_link, cookie, password, password_policy, pending_sign_in, session,
};
use crate::error::ApiFailure;
use crate::extract::JsonBody;
use crate::mail::queue;
use crate::security_log::event::EndedSessions;
use crate::security_log::{self, Event};

/// Changes the password and ends all other sessions of the user, because someone else may have used
/// the former password. This session gets a new token, and the owner a message.
///
/// # Errors
/// 422 if the current password is wrong, or the new one is invalid or easy to guess; 403 if two-factor
/// authentication is on and the last proof is too old.
#[instrument(skip_all)]
pub async fn change_password(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(ChangePassword { current, new }): JsonBody<ChangePassword>,
) -> Result<(CookieJar, StatusCode), ApiFailure> {
    let proven = RecentlyProven::by_password(&api, request_actor, Some(current), "current").await?;
    let user_id = proven.user_id();
    let account = account::find(&api.pool, user_id).await?.ok_or(ApiFailure::NotSignedIn)?;
    let (name, email) = (account.user.name.as_str(), account.user.email.as_ref());
    let personal = [name, email.map_or("", |email| email.as_str())];
    password_policy::require_hard_to_guess(&new, "new", &personal).await?;
    let hash = password::hash(new).await?;
    let mut transaction = proven.begin(&api.pool).await?;
    account::set_password(&mut transaction, user_id, &hash).await?;
    account_link::delete_for_user(&mut transaction, user_id, LinkPurpose::ResetPassword).await?;
    pending_sign_in::delete_for_user(&mut transaction, user_id).await?;
    session::end_others(&mut transaction, &proven.person).await?;
    let token = session::replace_token(&mut transaction, &proven.person).await?;
    if let Some(email) = account::lock_email(&mut transaction, user_id).await? {
        queue::password_changed(&mut transaction, &email).await?;
    }
    transaction.commit().await?;
    security_log::record(Event::PasswordChanged(user_id));
    security_log::record(Event::SessionsEnded(user_id, EndedSessions::Others));
    api.mail.wake();
    Ok((cookie::set(&token, api.settings), StatusCode::NO_CONTENT))
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
    async fn new_password_ends_the_other_sessions() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let phone = fixtures::sign_in_again(&server, &ada).await;
        let body = json!({"current": PASSWORD, "new": "another horse battery"});
        ada.post("/me/password", &body).await.no_content();

        assert_eq!(phone.get("/me").await.error().code, ErrorCode::NotSignedIn);
        let _: Me = ada.get("/me").await.ok();
        let _: Me = grace.get("/me").await.ok();
        let sign_in = async |password: &str| {
            let body = json!({"email": "ada@example.com", "password": password});
            server.visitor().post("/auth/sign-in", &body).await
        };
        assert_eq!(sign_in(PASSWORD).await.error().code, ErrorCode::WrongCredentials);
        let _: Me = sign_in("another horse battery").await.ok();
    }

    #[tokio::test]
    async fn wrong_current_password_changes_nothing() {
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
    async fn short_password_is_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let body = json!({"current": PASSWORD, "new": "short"});
        let error = ada.post("/me/password", &body).await.error();
        assert_eq!(error.fields["new"].code, "too_short");
    }
}
