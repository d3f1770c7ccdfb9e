//! Which changes reach which users.

use super::*;

#[tokio::test]
async fn change_reaches_other_members_with_its_actor() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = open_live(&server, &grace).await;

    rename_organization(&ada, &team, "South Wind").await;

    let message = next_change(&mut reader).await;
    assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
    assert_eq!(message.action, Action::Updated);
    assert_eq!(message.changed, ["name"]);
    assert_eq!(message.actor_id, Some(me(&ada).await.user.id));
    assert_eq!(message.organization_id, Some(team.id));
}

#[tokio::test]
async fn new_colour_and_description_reach_the_members_as_changed_fields() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = open_live(&server, &grace).await;
    let colour = Colour::ALL.into_iter().find(|colour| *colour != team.colour).unwrap();

    let update = json!({"colour": colour, "description": "Rivers, measured."});
    let path = format!("/organizations/{}", team.id);
    let updated: OrganizationView = ada.patch(&path, &update).await.ok();

    let message = next_change(&mut reader).await;
    assert_eq!(message.changed, ["colour", "description"]);
    assert_eq!(message.entity, Entity::Organization(Some(updated)));
}

#[tokio::test]
async fn change_by_plain_sql_reaches_the_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_live(&server, &ada).await;

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
async fn deletion_of_an_organization_reaches_every_member_once() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut admin, mut member) =
        (open_live(&server, &ada).await, open_live(&server, &grace).await);

    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();

    for reader in [&mut admin, &mut member] {
        let organization = next_change(reader).await;
        assert_eq!(
            (organization.action, organization.subject_id),
            (Action::Deleted, team.id.uuid())
        );
        let membership = next_change(reader).await;
        assert_eq!(
            (membership.action, membership.entity.kind()),
            (Action::Deleted, Kind::Membership)
        );
    }
}

#[tokio::test]
async fn new_name_of_a_user_reaches_members_of_shared_organizations() {
    let server = TestServer::start().await;
    let (ada, grace, stranger) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Mallory").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut colleague, mut outsider) =
        (open_live(&server, &grace).await, open_live(&server, &stranger).await);

    let _: Value = ada.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    let message = next_change(&mut colleague).await;
    let Entity::User(Some(user)) = message.entity else { panic!("no user") };
    assert_eq!((user.name.as_str(), user.email), ("Ada King", None));

    let _: Value = stranger.patch("/me", &json!({ "name": "Mal" })).await.ok();
    let own = next_change(&mut outsider).await;
    let Entity::User(Some(user)) = own.entity else { panic!("no user") };
    assert_eq!(user.name.as_str(), "Mal", "her own change comes first");
}

#[tokio::test]
async fn changed_sessions_reach_only_their_user() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut own, mut colleague) =
        (open_live(&server, &ada).await, open_live(&server, &grace).await);

    let body = json!({ "email": me(&ada).await.user.email, "password": crate::testing::PASSWORD });
    let _: Value = server.visitor().post("/auth/sign-in", &body).await.ok();
    let message = next_change(&mut own).await;
    assert_eq!(message.changed, ["sessionsVersion"]);
    assert_eq!(message.entity.kind(), Kind::User);
    ada.delete("/me/sessions").await.no_content();
    assert_eq!(next_change(&mut own).await.changed, ["sessionsVersion"]);

    rename_organization(&ada, &team, "South Wind").await;
    let first = next_change(&mut colleague).await;
    assert_eq!(first.entity.kind(), Kind::Organization, "the first message");
}

#[tokio::test]
async fn members_are_not_told_of_private_changes() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let linus = server.person("Linus").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    join(&ada, &linus, &team).await;
    let cursor = wait_for_log(&server).await;
    let (mut admin, mut member) =
        (open_live(&server, &ada).await, open_live(&server, &grace).await);

    let of_linus = me(&linus).await.user.id;
    // What only Linus sees, what admins see too, and what everybody sees.
    for change in ["system_admin = true", "email = 'linus@new.example'", "name = 'Linus T'"] {
        let statement = format!("update users set {change} where id = $1");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(of_linus)
            .execute(&server.database.pool)
            .await
            .unwrap();
    }
    wait_for_log(&server).await;
    assert_eq!(next_change(&mut admin).await.changed, ["email"]);
    assert_eq!(next_change(&mut admin).await.changed, ["name"]);
    assert_eq!(next_change(&mut member).await.changed, ["name"]);

    let missed = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    let [message] = &missed[..] else { panic!("{missed:?}") };
    assert_eq!(message.changed, ["name"]);
    let missed = read_catch_up(&mut linus.stream(Some(cursor)).await).await;
    assert_eq!(missed[0].changed, ["email", "name", "systemAdmin"]);
}
