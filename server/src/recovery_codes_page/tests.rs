use api::auth::second_factor::totp::{Secret, step_at};
use contract::Timestamp;
use http::StatusCode;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERER,
};
use reqwest::Method;
use serde_json::json;

use super::*;
use crate::testing::{Person, TestServer};

/// The code that the app of the only person with one shows.
async fn code(server: &TestServer) -> String {
    let (secret, now): (Vec<u8>, Timestamp) =
        sqlx::query_as("select secret, now() from authenticator_apps")
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    format!("{:06}", Secret::from_bytes(&secret).unwrap().code_at(step_at(now)))
}

/// Submits a form, as a browser without scripts does.
async fn submit(person: &Person, path: &str, body: String) -> testing::Reply {
    let request = person
        .request(Method::POST, path)
        .header(ACCEPT, "text/html,application/xhtml+xml")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(REFERER, format!("{}/account/two-factor?error=x", person.origin()))
        .body(body);
    person.send(request).await
}

#[tokio::test]
async fn browser_of_the_form_gets_a_page_with_the_codes() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    ada.post("/me/two-factor/setup", json!({})).await.no_content();
    let code = code(&server).await;
    let reply = submit(&ada, "/me/two-factor/confirm", format!("code={code}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert_eq!(reply.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(reply.headers[CACHE_CONTROL], "private, no-store, no-transform");
    assert_eq!(reply.headers[CONTENT_SECURITY_POLICY], POLICY);
    assert_eq!(reply.body.matches("<li><code>").count(), 10, "{}", reply.body);
    assert!(!reply.body.contains("{{"), "{}", reply.body);
}

#[tokio::test]
async fn form_that_needs_a_proof_leads_to_the_page_that_asks_for_one() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    sqlx::query("update session_tokens set proven_at = null")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let reply = submit(&ada, "/me/two-factor/setup", String::new()).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
    assert_eq!(reply.headers[LOCATION], "/confirm?next=%2Faccount%2Ftwo-factor");
}
