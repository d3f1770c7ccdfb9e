use contract::ErrorCode;
use reqwest::StatusCode;
use serde_json::json;

use crate::fixtures::two_factor::{
    enter_code, enter_password, is_signed_in, signed_in, submit, turn_on, wait_for_mail,
};
use crate::test_server::TestServer;
use testing::{PASSWORD, Person};

const ADA: &str = "ada@example.com";

async fn location(visitor: &Person, path: &str, fields: serde_json::Value) -> String {
    let reply = submit(visitor, path, &fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
    reply.headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn password_alone_does_not_sign_in_with_two_factor_authentication() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let visitor = enter_password(&server, ADA).await;
    assert!(!is_signed_in(&visitor).await);
    let me = signed_in(&enter_code(&visitor, &app.unused_code().await).await);
    assert_eq!(me.user.name.as_str(), "Ada");
    assert!(is_signed_in(&visitor).await);
}

#[tokio::test]
async fn wrong_password_is_answered_alike_with_and_without_a_second_factor() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    server.person("Ben").await;
    turn_on(&server, &ada).await;
    let mut answers = Vec::new();
    for email in [ADA, "ben@example.com", "nobody@example.com"] {
        let body = json!({"email": email, "password": "not the password"});
        let reply = server.visitor().post("/auth/sign-in", &body).await;
        assert!(!reply.headers.contains_key("set-cookie"));
        answers.push((reply.status, reply.error().code, reply.error().message));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn code_is_accepted_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let code = app.unused_code().await;
    let visitor = enter_password(&server, ADA).await;
    assert!(enter_code(&visitor, &code).await.status.is_success());

    let replay = enter_password(&server, ADA).await;
    let error = enter_code(&replay, &code).await.error();
    assert_eq!(error.fields["code"].code, "wrong");
    // Nor is one from before the last accepted one.
    let error = enter_code(&replay, &app.code_at(-1).await).await.error();
    assert_eq!(error.fields["code"].code, "wrong");
    assert!(!is_signed_in(&replay).await);
}

#[tokio::test]
async fn sign_in_is_finished_only_once_and_only_in_its_browser() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let elsewhere = enter_code(&server.visitor(), &app.unused_code().await).await;
    assert_eq!(elsewhere.error().code, ErrorCode::SignInExpired);

    let visitor = enter_password(&server, ADA).await;
    assert!(enter_code(&visitor, &app.unused_code().await).await.status.is_success());
    let again = enter_code(&visitor, &app.unused_code().await).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert_eq!(again.error().code, ErrorCode::SignInExpired);
}

#[tokio::test]
async fn recovery_code_signs_in_once_and_the_owner_is_told() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (_, recovery_codes) = turn_on(&server, &ada).await;
    let visitor = enter_password(&server, ADA).await;
    assert!(enter_code(&visitor, &recovery_codes[3]).await.status.is_success());
    wait_for_mail(&server, ADA, "A Tributary recovery code was used").await;

    let again = enter_password(&server, ADA).await;
    let error = enter_code(&again, &recovery_codes[3]).await.error();
    assert_eq!(error.fields["code"].code, "wrong");
    let other = recovery_codes[4].to_uppercase().replace('-', " ");
    assert!(enter_code(&again, &other).await.status.is_success());
}

#[tokio::test]
async fn sign_in_ends_after_five_wrong_codes() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let visitor = enter_password(&server, ADA).await;
    let wrong = app.code_at(100).await;
    for _ in 0..5 {
        assert_eq!(enter_code(&visitor, &wrong).await.error().code, ErrorCode::InvalidFields);
    }
    let late = enter_code(&visitor, &app.unused_code().await).await;
    assert_eq!(late.error().code, ErrorCode::SignInExpired);
}

#[tokio::test]
async fn codes_at_the_same_time_count_and_only_one_signs_in() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let visitor = enter_password(&server, ADA).await;
    let code = app.unused_code().await;
    let replies = futures::future::join_all((0..20).map(|_| enter_code(&visitor, &code))).await;
    let signed_in = replies.iter().filter(|reply| reply.status.is_success()).count();
    assert_eq!(signed_in, 1, "{replies:?}");
}

#[tokio::test]
async fn sign_in_ends_with_time_and_with_a_new_password() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let late = enter_password(&server, ADA).await;
    sqlx::query("update pending_sign_ins set expires_at = now()")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let reply = enter_code(&late, &app.unused_code().await).await;
    assert_eq!(reply.error().code, ErrorCode::SignInExpired);

    let visitor = enter_password(&server, ADA).await;
    let body = json!({"current": PASSWORD, "new": "another horse battery"});
    ada.post("/me/password", &body).await.no_content();
    let reply = enter_code(&visitor, &app.unused_code().await).await;
    assert_eq!(reply.error().code, ErrorCode::SignInExpired);
}

#[tokio::test]
async fn codes_are_limited_by_account() {
    let limits = "all=1000000/1s,step-up-by-account=4/1h".parse().unwrap();
    let server = TestServer::with_limits(limits).await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let wrong = app.code_at(100).await;
    // Each new sign-in may enter five codes, but the account has had its four.
    for _ in 0..3 {
        let visitor = enter_password(&server, ADA).await;
        assert_eq!(enter_code(&visitor, &wrong).await.error().code, ErrorCode::InvalidFields);
    }
    let visitor = enter_password(&server, ADA).await;
    let reply = enter_code(&visitor, &app.unused_code().await).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn link_to_a_new_password_does_not_replace_the_second_factor() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let visitor = server.visitor();
    visitor.post("/auth/recover", json!({"email": ADA})).await;
    let token = server.mailed_token(ADA, "reset-password").await;
    let body = json!({"token": token, "password": "another horse battery"});
    let reply = visitor.post("/auth/reset-password", body).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{reply:?}");
    assert!(!is_signed_in(&visitor).await);
    assert!(!is_signed_in(&ada).await, "the former sessions have ended");
    signed_in(&enter_code(&visitor, &app.unused_code().await).await);
}

#[tokio::test]
async fn forms_lead_from_step_to_step_and_back() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let visitor = server.visitor();
    let credentials = json!({"email": ADA, "password": PASSWORD, "next": "/o/north?q=a"});
    let page = location(&visitor, "/auth/sign-in", credentials).await;
    assert_eq!(page, "/sign-in/code?next=%2Fo%2Fnorth%3Fq%3Da");
    let wrong = json!({"code": app.code_at(100).await, "next": "/o/north"});
    let page = location(&visitor, "/auth/sign-in/code", wrong).await;
    assert_eq!(page, "/sign-in/code?error=invalid_fields&field=code&next=%2Fo%2Fnorth");
    let right = json!({"code": app.unused_code().await, "next": "/o/north"});
    assert_eq!(location(&visitor, "/auth/sign-in/code", right.clone()).await, "/o/north");
    let page = location(&visitor, "/auth/sign-in/code", right).await;
    assert_eq!(page, "/sign-in?error=sign_in_expired&next=%2Fo%2Fnorth");
}
