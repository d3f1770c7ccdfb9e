//! A new picture is news like a new name.

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
async fn a_new_picture_is_told_to_those_who_see_it_and_is_in_the_trail() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let cursor = settled(&server).await;
    let mut live = live(&server, &grace).await;

    let user = put(&ada, "/me/picture").await;
    let organization = put(&ada, &format!("/organizations/{}/picture", team.id)).await;
    settled(&server).await;
    let missed = caught_up(&mut grace.stream(Some(cursor)).await).await;
    for (place, missed) in missed.iter().enumerate() {
        let message = next_change(&mut live).await;
        assert_eq!(message.changed, ["picture"]);
        assert_eq!(&message, missed, "at once and in catch-up");
        let (told, answered) = match &message.entity {
            Entity::User(Some(told)) => (serde_json::to_value(told).unwrap(), &user),
            Entity::Organization(Some(told)) => {
                (serde_json::to_value(told).unwrap(), &organization)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(told["picture"], answered["picture"], "message {place}");
        assert!(told["picture"].is_string());
    }
    assert_eq!(missed.len(), 2);

    let trail: AuditLog = grace.get("/organizations/north-wind/activities").await.ok();
    assert!(matches!(trail.items[0].subject, Subject::Organization(_)), "{trail:?}");
    assert_eq!(trail.items[0].changed, ["picture"]);
    let actor = trail.items[0].actor.as_ref().unwrap();
    assert_eq!(serde_json::to_value(actor.picture).unwrap(), user["picture"]);
}
