//! Admins don't learn from their stream whether an invited address has an account.

use super::*;

#[tokio::test]
async fn stream_of_an_admin_does_not_name_the_invited_account() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let organization: Value =
        ada.post("/organizations", json!({"name": "North Wind", "slug": "north-wind"})).await.ok();
    let mut of_ada = ada.stream(None).await;
    let mut of_grace = grace.stream(None).await;
    // The streams begin with these events; a change before them isn't sent.
    of_ada.next_event().await;
    of_grace.next_event().await;
    let path = format!("/organizations/{}/invitations", organization["id"].as_str().unwrap());
    let body = json!({"emails": ["grace@example.com"], "role": "member"});
    let _: Value = ada.post(&path, body).await.ok();
    let id = me(&grace).await.user.id;
    let for_grace = next_invitation(&mut of_grace).await;
    assert_eq!(for_grace["userId"], json!(id));
    let for_ada = next_invitation(&mut of_ada).await;
    assert_eq!(for_ada["entity"]["email"], "grace@example.com", "{for_ada}");
    assert!(!for_ada.to_string().contains(&id.to_string()), "{for_ada}");

    let invitation = for_grace["subjectId"].as_str().unwrap();
    grace.post(&format!("/invitations/{invitation}/reject"), json!({})).await.no_content();
    let declined = next_invitation(&mut of_ada).await;
    assert!(!declined.to_string().contains(&id.to_string()), "{declined}");
}

async fn next_invitation(stream: &mut StreamReader) -> Value {
    loop {
        if let (_, StreamEvent::Change(message)) = stream.next_event().await
            && matches!(message.entity, Entity::Invitation(_))
        {
            return serde_json::to_value(&*message).unwrap();
        }
    }
}
