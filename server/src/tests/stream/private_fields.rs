//! Others don't learn that private fields changed: not from a version, a message or its position.

use super::*;

/// Settings of nodes that answer catch-up from memory and from the database.
fn all_settings() -> [Settings; 2] {
    [Settings::default(), Settings { hot_tail_bytes: 0, ..Settings::default() }]
}

/// The members of the organization as the reader sees them, as JSON.
async fn members(reader: &Person, organization: &OrganizationView) -> Value {
    reader.get(&format!("/organizations/{}/members", organization.id)).await.ok()
}

fn member<'a>(members: &'a Value, id: &Value) -> &'a Value {
    let items = members["items"].as_array().unwrap();
    items.iter().find(|item| item["id"] == *id).unwrap()
}

/// Changes every private field of the user and of their membership: the address, the list of sessions, the
/// rights in the system, the menu and what they have seen.
async fn change_private_fields(server: &TestServer, user: &Person, membership: &MembershipView) {
    let id = membership.user.id;
    sqlx::query("update users set email = 'secret@example.com' where id = $1")
        .bind(id)
        .execute(&server.database.pool)
        .await
        .unwrap();
    sqlx::query("update users set system_admin = not system_admin where id = $1")
        .bind(id)
        .execute(&server.database.pool)
        .await
        .unwrap();
    for _ in 0..2 {
        sqlx::query(
            "insert into sessions (id, user_id, expires_at)
             values (gen_random_uuid(), $1, now() + interval '1 day')",
        )
        .bind(id)
        .execute(&server.database.pool)
        .await
        .unwrap();
    }
    let path = format!("/memberships/{}", membership.id);
    let body = json!({ "muted": true, "archived": true, "displayOrder": 7 });
    let _: Value = user.patch(&path, &body).await.ok();
    sqlx::query("update memberships set seen_position = seen_position + 1 where id = $1")
        .bind(membership.id)
        .execute(&server.database.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn members_see_no_trace_of_private_changes() {
    for settings in all_settings() {
        let server = TestServer::with_streams(settings).await;
        let ada = server.person("Ada").await;
        let (grace, linus) = (server.person("Grace").await, server.person("Linus").await);
        let team = create_organization(&ada, "North Wind", "north-wind").await;
        let of_grace = join(&ada, &grace, &team).await;
        join(&ada, &linus, &team).await;
        let before = wait_for_log(&server).await;
        let mut reader = open_live(&server, &linus).await;

        rename_user(&grace, "Grace Hopper").await;
        let renamed = wait_for_log(&server).await;
        let first = next_change(&mut reader).await;
        let shown = members(&linus, &team).await;
        change_private_fields(&server, &grace, &of_grace).await;
        wait_for_log(&server).await;

        assert_eq!(members(&linus, &team).await, shown, "a list shows private changes");
        let missed = read_catch_up(&mut linus.stream(Some(renamed)).await).await;
        assert_eq!(missed, [], "catch-up tells of private changes");
        let missed = read_catch_up(&mut linus.stream(Some(before)).await).await;
        assert_eq!(
            missed,
            std::slice::from_ref(&first),
            "catch-up tells when private fields changed"
        );

        rename_user(&grace, "Grace B. Hopper").await;
        let second = next_change(&mut reader).await;
        let version = |message: &StreamMessage| match &message.entity {
            Entity::User(Some(user)) => (user.name.to_string(), user.version),
            other => panic!("{other:?} instead of a user"),
        };
        assert_eq!(version(&second), ("Grace B. Hopper".to_owned(), version(&first).1 + 1));
        for message in [&first, &second] {
            let text = serde_json::to_string(message).unwrap();
            assert!(!text.contains("mail"), "{text}");
        }
    }
}

#[tokio::test]
async fn admins_receive_a_new_address_and_no_other_private_change() {
    for settings in all_settings() {
        let server = TestServer::with_streams(settings).await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let team = create_organization(&ada, "North Wind", "north-wind").await;
        let of_grace = join(&ada, &grace, &team).await;
        let id = json!(of_grace.id);
        let before = wait_for_log(&server).await;
        let mut reader = open_live(&server, &ada).await;
        let shown = members(&ada, &team).await;

        change_private_fields(&server, &grace, &of_grace).await;
        wait_for_log(&server).await;

        let live = next_change(&mut reader).await;
        assert_eq!(live.changed, ["email"]);
        let Entity::User(Some(user)) = &live.entity else { panic!("{live:?}") };
        let former = &member(&shown, &id)["user"];
        assert_eq!(json!(user.version), former["version"]);
        assert_eq!(user.email_version.unwrap(), former["emailVersion"].as_i64().unwrap() + 1);
        let after = members(&ada, &team).await;
        assert_eq!(member(&after, &id)["user"], json!(user));
        assert_eq!(member(&after, &id)["version"], member(&shown, &id)["version"]);
        let missed = read_catch_up(&mut ada.stream(Some(before)).await).await;
        assert_eq!(missed, [live]);
    }
}
