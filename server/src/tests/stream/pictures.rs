//! A new picture reaches readers and the audit log like any other change.

use std::io::Cursor;

use contract::activity::{AuditLog, Subject};
use image::{ImageFormat, RgbImage};
use reqwest::Method;

use super::*;

async fn put(person: &Person, path: &str) -> Value {
    let mut file = Vec::new();
    RgbImage::new(9, 9).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).unwrap();
    person.send(person.request(Method::PUT, path).body(file)).await.ok()
}

#[tokio::test]
async fn new_picture_reaches_members_and_the_audit_log() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let cursor = wait_for_log(&server).await;
    let mut live = open_live(&server, &grace).await;

    let user = put(&ada, "/me/picture").await;
    let organization = put(&ada, &format!("/organizations/{}/picture", team.id)).await;
    wait_for_log(&server).await;
    let missed = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    for (index, missed) in missed.iter().enumerate() {
        let message = next_change(&mut live).await;
        assert_eq!(message.changed, ["picture"]);
        assert_eq!(&message, missed, "live and in catch-up agree");
        let (sent, stored) = match &message.entity {
            Entity::User(Some(view)) => (serde_json::to_value(view).unwrap(), &user),
            Entity::Organization(Some(view)) => {
                (serde_json::to_value(view).unwrap(), &organization)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(sent["picture"], stored["picture"], "message {index}");
        assert!(sent["picture"].is_string());
    }
    assert_eq!(missed.len(), 2);

    let log: AuditLog = grace.get("/organizations/north-wind/activities").await.ok();
    assert!(matches!(log.items[0].subject, Subject::Organization(_)), "{log:?}");
    assert_eq!(log.items[0].changed, ["picture"]);
    let actor = log.items[0].actor.as_ref().unwrap();
    assert_eq!(serde_json::to_value(actor.picture).unwrap(), user["picture"]);
}
