//! Several nodes on one database.

use std::time::{Duration, Instant};

use super::*;

/// How long the streams of an ended session may stay open on any node (guarantee 4 in
/// `docs/protocol.md`).
const MAX_DELAY: Duration = Duration::from_secs(1);

async fn expect_session_end(reader: &mut StreamReader, since: Instant) {
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert!(matches!(end.code, EndCode::SessionEnded | EndCode::UserDeleted), "{end:?}");
    assert!(!end.reconnect);
    reader.expect_end().await;
    assert!(since.elapsed() < MAX_DELAY, "{:?}", since.elapsed());
}

#[tokio::test]
async fn change_on_one_node_reaches_streams_on_all_nodes() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let grace_there = node.person(&grace);
    let (mut here, mut there) =
        (open_live(&server, &grace).await, open_live(&server, &grace_there).await);

    rename_organization(&node.person(&ada), &team, "South Wind").await;

    for reader in [&mut here, &mut there] {
        let message = next_change(reader).await;
        assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
    }
    node.stop().await;
}

#[tokio::test]
async fn cursor_of_one_node_is_valid_on_another() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let cursor = wait_for_log(&server).await;
    rename_user(&ada, "Ada King").await;
    wait_for_log(&server).await;
    let messages = read_catch_up(&mut node.person(&ada).stream(Some(cursor)).await).await;
    assert_eq!(messages.iter().map(|it| it.entity.kind()).collect::<Vec<_>>(), [Kind::User]);
    node.stop().await;
}

#[tokio::test]
async fn other_node_takes_over_when_the_node_with_the_worker_stops() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let there = node.person(&ada);
    let mut reader = open_live(&server, &there).await;
    let _database = server.stop().await;
    let begun = Instant::now();
    rename_user(&there, "Ada King").await;
    assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    node.stop().await;
}

#[tokio::test]
async fn session_ended_from_another_device_ends_its_streams_on_every_node() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let phone = server.visitor();
    let credentials = json!({ "email": "ada@example.com", "password": crate::testing::PASSWORD });
    let _: Value = phone.post("/auth/sign-in", &credentials).await.ok();
    let (mut here, mut there) =
        (open_live(&server, &phone).await, open_live(&server, &node.person(&phone)).await);

    let sessions: Value = phone.get("/me/sessions").await.ok();
    let current = sessions["items"].as_array().unwrap().iter().find(|it| it["current"] == true);
    let id = current.unwrap()["id"].as_str().unwrap();
    let begun = Instant::now();
    ada.delete(&format!("/me/sessions/{id}")).await.no_content();

    expect_session_end(&mut here, begun).await;
    expect_session_end(&mut there, begun).await;
    node.stop().await;
}

#[tokio::test]
async fn signing_out_and_account_deletion_end_streams_on_every_node() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    for (person, leave) in [(&ada, "sign out"), (&grace, "delete")] {
        let mut there = open_live(&server, &node.person(person)).await;
        let begun = Instant::now();
        let reply = match leave {
            "delete" => person.delete("/me").await,
            _ => person.post("/auth/sign-out", &json!({})).await,
        };
        assert!(reply.status.is_success(), "{reply:?}");
        expect_session_end(&mut there, begun).await;
    }
    node.stop().await;
}

#[tokio::test]
async fn expired_session_ends_its_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    sqlx::query("update sessions set expires_at = now() + interval '700 milliseconds'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let expires = Instant::now() + Duration::from_millis(700);
    let mut reader = open_live(&server, &ada).await;
    expect_session_end(&mut reader, expires).await;
}
