//! Streams end with their session or account.

use reqwest::StatusCode;

use super::*;

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_session_only() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = server.visitor();
    let credentials = json!({ "email": "ada@example.com", "password": crate::testing::PASSWORD });
    let _: Value = phone.post("/auth/sign-in", &credentials).await.ok();
    let (mut here, mut there) = (open_live(&server, &ada).await, open_live(&server, &phone).await);

    assert!(ada.post("/auth/sign-out", &json!({})).await.status.is_success());

    let (_, event) = here.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::SessionEnded, false));
    here.expect_end().await;
    let _: Value = phone.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    assert_eq!(next_change(&mut there).await.entity.kind(), Kind::User);
}

#[tokio::test]
async fn deleting_an_account_ends_its_streams() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = open_live(&server, &ada).await;
    assert!(ada.delete("/me").await.status.is_success());
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    // Both are deleted in one transaction, so either code is correct.
    assert!(matches!(end.code, EndCode::UserDeleted | EndCode::SessionEnded));
    assert!(!end.reconnect);
    reader.expect_end().await;
}

#[tokio::test]
async fn page_of_somebody_else_gets_no_stream() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let [of_ada, of_grace]: [Me; 2] = [ada.get("/me").await.ok(), grace.get("/me").await.ok()];
    for path in ["/me/stream".to_owned(), format!("/organizations/{}/sync/stream", team.id)] {
        let reply = ada.get(&format!("{path}?user={}", of_grace.user.id)).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{path}");
        assert_eq!(reply.error().code, contract::ErrorCode::OtherAccount, "{path}");
        let invented = ada.get(&format!("{path}?user=%00")).await;
        assert_eq!(invented.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let own = format!("{path}?user={}", of_ada.user.id);
        let own = ada.request(reqwest::Method::GET, &own).send().await.unwrap();
        assert_eq!(own.status(), StatusCode::OK, "{path}");
    }
}
