//! What ends a stream for good.

use super::*;

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_session_and_no_other() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = server.visitor();
    let credentials = json!({ "email": "ada@example.com", "password": crate::testing::PASSWORD });
    let _: Value = phone.post("/auth/sign-in", &credentials).await.ok();
    let (mut here, mut there) = (live(&server, &ada).await, live(&server, &phone).await);

    assert!(ada.post("/auth/sign-out", &json!({})).await.status.is_success());

    let (_, event) = here.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::SessionEnded, false));
    here.ended().await;
    let _: Value = phone.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    assert_eq!(next_change(&mut there).await.entity.kind(), Kind::User);
}

#[tokio::test]
async fn deleting_an_account_ends_its_streams() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = live(&server, &ada).await;
    assert!(ada.delete("/me").await.status.is_success());
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    // Account and session go in one transaction; either is the truth.
    assert!(matches!(end.code, EndCode::UserDeleted | EndCode::SessionEnded));
    assert!(!end.reconnect);
    reader.ended().await;
}
