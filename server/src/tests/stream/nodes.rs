//! Several nodes on one database.

use std::time::{Duration, Instant};

use super::*;

/// A session that ends, ends its streams everywhere within this (PROTOCOL, promise 4).
const PROMISED: Duration = Duration::from_secs(1);

async fn session_ended(reader: &mut StreamReader, since: Instant) {
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert!(matches!(end.code, EndCode::SessionEnded | EndCode::UserDeleted), "{end:?}");
    assert!(!end.reconnect);
    reader.ended().await;
    assert!(since.elapsed() < PROMISED, "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_change_made_on_one_node_reaches_streams_on_all() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let grace_there = node.person(&grace);
    let (mut here, mut there) = (live(&server, &grace).await, live(&server, &grace_there).await);

    rename(&node.person(&ada), &team, "South Wind").await;

    for reader in [&mut here, &mut there] {
        let message = next_change(reader).await;
        assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
    }
    node.stop().await;
}

#[tokio::test]
async fn a_cursor_of_one_node_is_good_on_the_other() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let cursor = settled(&server).await;
    rename_self(&ada, "Ada King").await;
    settled(&server).await;
    let told = caught_up(&mut node.person(&ada).stream(Some(cursor)).await).await;
    assert_eq!(told.iter().map(|it| it.entity.kind()).collect::<Vec<_>>(), [Kind::User]);
    node.stop().await;
}

#[tokio::test]
async fn the_other_node_goes_on_when_the_one_with_the_worker_stops() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let there = node.person(&ada);
    let mut reader = live(&server, &there).await;
    let _database = server.stop().await;
    let begun = Instant::now();
    rename_self(&there, "Ada King").await;
    assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    node.stop().await;
}

#[tokio::test]
async fn a_session_ended_from_another_device_ends_its_streams_on_every_node() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let ada = server.person("Ada").await;
    let phone = server.visitor();
    let credentials = json!({ "email": "ada@example.com", "password": crate::testing::PASSWORD });
    let _: Value = phone.post("/auth/sign-in", &credentials).await.ok();
    let (mut here, mut there) =
        (live(&server, &phone).await, live(&server, &node.person(&phone)).await);

    let sessions: Value = phone.get("/me/sessions").await.ok();
    let current = sessions["items"].as_array().unwrap().iter().find(|it| it["current"] == true);
    let id = current.unwrap()["id"].as_str().unwrap();
    let begun = Instant::now();
    ada.delete(&format!("/me/sessions/{id}")).await.no_content();

    session_ended(&mut here, begun).await;
    session_ended(&mut there, begun).await;
    node.stop().await;
}

#[tokio::test]
async fn signing_out_and_deleting_the_account_end_the_streams_on_every_node() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    for (person, leave) in [(&ada, "sign out"), (&grace, "delete")] {
        let mut there = live(&server, &node.person(person)).await;
        let begun = Instant::now();
        let reply = match leave {
            "delete" => person.delete("/me").await,
            _ => person.post("/auth/sign-out", &json!({})).await,
        };
        assert!(reply.status.is_success(), "{reply:?}");
        session_ended(&mut there, begun).await;
    }
    node.stop().await;
}

#[tokio::test]
async fn a_session_that_expires_ends_its_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    sqlx::query("update sessions set expires_at = now() + interval '700 milliseconds'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let expires = Instant::now() + Duration::from_millis(700);
    let mut reader = live(&server, &ada).await;
    session_ended(&mut reader, expires).await;
}
