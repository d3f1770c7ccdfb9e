//! What reaches whom.

use super::*;

#[tokio::test]
async fn a_change_made_by_one_member_reaches_the_other_with_its_actor() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = live(&server, &grace).await;

    rename(&ada, &team, "South Wind").await;

    let message = next_change(&mut reader).await;
    assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
    assert_eq!(message.action, Action::Updated);
    assert_eq!(message.changed, ["name"]);
    assert_eq!(message.actor_id, Some(me(&ada).await.user.id));
    assert_eq!(message.organization_id, Some(team.id));
}

#[tokio::test]
async fn a_new_colour_and_description_reach_the_members_and_are_named() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = live(&server, &grace).await;
    let colour = Colour::ALL.into_iter().find(|colour| *colour != team.colour).unwrap();

    let update = json!({"colour": colour, "description": "Rivers, measured."});
    let path = format!("/organizations/{}", team.id);
    let updated: OrganizationView = ada.patch(&path, &update).await.ok();

    let message = next_change(&mut reader).await;
    assert_eq!(message.changed, ["colour", "description"]);
    assert_eq!(message.entity, Entity::Organization(Some(updated)));
}

#[tokio::test]
async fn a_change_by_plain_sql_reaches_the_stream_too() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &ada).await;

    sqlx::query("update organizations set name = 'By Hand' where id = $1")
        .bind(team.id)
        .execute(&server.database.pool)
        .await
        .unwrap();

    let message = next_change(&mut reader).await;
    assert_eq!(organization_name(&message).as_deref(), Some("By Hand"));
    assert_eq!(message.actor_id, None);
}

#[tokio::test]
async fn the_end_of_an_organization_reaches_every_member_once() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut hers, mut his) = (live(&server, &ada).await, live(&server, &grace).await);

    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();

    for reader in [&mut hers, &mut his] {
        let gone = next_change(reader).await;
        assert_eq!((gone.action, gone.subject_id), (Action::Deleted, team.id.uuid()));
        let own = next_change(reader).await;
        assert_eq!((own.action, own.entity.kind()), (Action::Deleted, Kind::Membership));
    }
}

#[tokio::test]
async fn a_new_name_of_a_person_reaches_those_who_share_an_organization() {
    let server = TestServer::start().await;
    let (ada, grace, stranger) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Mallory").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut colleague, mut outsider) =
        (live(&server, &grace).await, live(&server, &stranger).await);

    let _: Value = ada.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    let message = next_change(&mut colleague).await;
    let Entity::User(Some(user)) = message.entity else { panic!("no user") };
    assert_eq!((user.name.as_str(), user.email), ("Ada King", None));

    let _: Value = stranger.patch("/me", &json!({ "name": "Mal" })).await.ok();
    let own = next_change(&mut outsider).await;
    let Entity::User(Some(user)) = own.entity else { panic!("no user") };
    assert_eq!(user.name.as_str(), "Mal", "the first thing she hears is her own");
}

#[tokio::test]
async fn a_person_hears_that_their_sessions_changed_and_nobody_else_does() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut own, mut colleague) = (live(&server, &ada).await, live(&server, &grace).await);

    let body = json!({ "email": me(&ada).await.user.email, "password": crate::testing::PASSWORD });
    let _: Value = server.visitor().post("/auth/sign-in", &body).await.ok();
    let message = next_change(&mut own).await;
    assert_eq!(message.changed, ["sessionsVersion"]);
    assert_eq!(message.entity.kind(), Kind::User);
    ada.delete("/me/sessions").await.no_content();
    assert_eq!(next_change(&mut own).await.changed, ["sessionsVersion"]);

    rename(&ada, &team, "South Wind").await;
    let first = next_change(&mut colleague).await;
    assert_eq!(first.entity.kind(), Kind::Organization, "the first thing she hears");
}
