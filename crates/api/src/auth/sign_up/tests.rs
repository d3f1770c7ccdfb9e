use contract::ErrorCode;
use contract::view::{InvitationView, List, Me, MembershipView};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;
use testing::{PASSWORD, Person};

fn account(email: &str, invitation: Option<&str>) -> Value {
    json!({"name": "Grace", "email": email, "invitation": invitation})
}

async fn invited(admin: &Person, slug: &str, email: &str) -> String {
    let organization = fixtures::create_organization(admin, slug).await;
    let link = fixtures::invite(admin, organization.id, email).await.link.unwrap();
    link.strip_prefix("/invitations/").unwrap().to_owned()
}

async fn request_link(server: &TestServer, email: &str) -> String {
    let reply = server.visitor().post("/auth/sign-up", &account(email, None)).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    server.mailed_token(email, "sign-up").await
}

fn choice(token: &str, password: &str) -> Value {
    json!({"token": token, "password": password})
}

#[tokio::test]
async fn link_creates_a_confirmed_account_and_signs_in() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let reply = visitor.post("/auth/sign-up", &account("Grace@Example.com", None)).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert!(!reply.headers.contains_key("set-cookie"));
    let token = server.mailed_token("grace@example.com", "sign-up").await;
    let shown: Value = visitor.get(&format!("/auth/links/sign_up/{token}")).await.ok();
    assert_eq!(shown["email"], "grace@example.com");

    let me: Me = visitor.post("/auth/sign-up/complete", &choice(&token, PASSWORD)).await.ok();
    assert_eq!(me.user.email.as_ref().unwrap().as_str(), "grace@example.com");
    assert!(me.email_confirmed && !me.system_admin);
    let again: Me = visitor.get("/me").await.ok();
    assert_eq!(again.user, me.user);
    let hash: String = sqlx::query_scalar("select password_hash from credentials")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
}

#[tokio::test]
async fn link_works_once_and_not_after_it_has_expired() {
    let server = TestServer::start().await;
    let token = request_link(&server, "grace@example.com").await;
    let visitor = server.visitor();
    let _: Me = visitor.post("/auth/sign-up/complete", &choice(&token, PASSWORD)).await.ok();
    let late = request_link(&server, "linus@example.com").await;
    sqlx::query("update account_links set expires_at = now()")
        .execute(&server.database.pool)
        .await
        .unwrap();
    for token in [token.as_str(), &late, &"0".repeat(64), "nonsense"] {
        let visitor = server.visitor();
        let reply = visitor.post("/auth/sign-up/complete", &choice(token, PASSWORD)).await;
        assert_eq!(reply.status, StatusCode::GONE);
        assert_eq!(reply.error().code, ErrorCode::LinkExpired);
        let shown = visitor.get(&format!("/auth/links/sign_up/{token}")).await;
        assert_eq!(shown.error().code, ErrorCode::LinkExpired);
    }
}

#[tokio::test]
async fn link_is_for_its_own_purpose_only() {
    let server = TestServer::start().await;
    let token = request_link(&server, "grace@example.com").await;
    for path in ["/auth/reset-password", "/auth/confirm-email"] {
        let error = server.visitor().post(path, &choice(&token, PASSWORD)).await.error();
        assert_eq!(error.code, ErrorCode::LinkExpired, "{path}");
    }
}

#[tokio::test]
async fn only_one_of_two_requests_uses_the_link() {
    let server = TestServer::start().await;
    let token = request_link(&server, "grace@example.com").await;
    let body = choice(&token, PASSWORD);
    let (one, other) = (server.visitor(), server.visitor());
    let (one, other) = tokio::join!(
        one.post("/auth/sign-up/complete", &body),
        other.post("/auth/sign-up/complete", &body)
    );
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::GONE]);
}

#[tokio::test]
async fn common_password_is_refused_and_the_link_still_works() {
    let server = TestServer::start().await;
    let token = request_link(&server, "grace@example.com").await;
    let visitor = server.visitor();
    for password in ["12345678", "password1", "tributary1", "Grace@Example.com"] {
        let reply = visitor.post("/auth/sign-up/complete", &choice(&token, password)).await;
        assert_eq!(reply.error().fields["password"].code, "too_common", "{password}");
    }
    let _: Me = visitor.post("/auth/sign-up/complete", &choice(&token, PASSWORD)).await.ok();
}

#[tokio::test]
async fn owner_of_a_known_address_is_told_and_the_answer_is_the_same() {
    let server = TestServer::start().await;
    server.person("Grace").await;
    let mut answers = Vec::new();
    for email in ["GRACE@example.com", "nobody@example.com"] {
        let reply = server.visitor().post("/auth/sign-up", &account(email, None)).await;
        assert!(!reply.headers.contains_key("set-cookie"));
        answers.push((reply.status, reply.body));
    }
    assert_eq!(answers[0], answers[1]);
    let folder = server.mail_folder.path();
    testing::eventually("Grace is told", async || {
        testing::messages(folder, "grace@example.com")
            .iter()
            .any(|text| text.contains("Subject: You already have a Tributary account"))
    })
    .await;
    let sign_ups: Vec<_> = testing::messages(folder, "grace@example.com")
        .into_iter()
        .filter(|text| text.contains("/sign-up/"))
        .collect();
    assert_eq!(sign_ups.len(), 1, "only her own");
}

#[tokio::test]
async fn new_account_gets_the_invitations_to_its_address() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let token = invited(&ada, "north-wind", "grace@example.com").await;
    invited(&ada, "harbour-lab", "grace@example.com").await;
    let grace = server.visitor();
    let shown: InvitationView = grace.get(&format!("/invitations/token/{token}")).await.ok();
    assert_eq!(shown.email.as_str(), "grace@example.com");
    let body = account("grace@example.com", Some(&token));
    let _: Me = grace.sign_up_as(body, server.mail_folder.path()).await.ok();
    let invitations: List<InvitationView> = grace.get("/me/invitations").await.ok();
    assert_eq!(invitations.total, 2, "the owner of the address has confirmed it");
    let invitation = invitations.items.iter().find(|it| it.id == shown.id).unwrap();
    let path = format!("/invitations/{}/accept", invitation.id);
    let membership: MembershipView = grace.post(&path, &json!({})).await.ok();
    assert_eq!(membership.organization.unwrap().slug.as_str(), "north-wind");
}

#[tokio::test]
async fn invitation_link_requires_the_invited_email() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let token = invited(&ada, "north-wind", "grace@example.com").await;
    let mallory = server.visitor();
    let body = account("mallory@example.com", Some(&token));
    let error = mallory.post("/auth/sign-up", &body).await.error();
    assert_eq!(error.fields["email"].code, "not_invited");
    let body = account("mallory@example.com", Some("nonsense"));
    let error = mallory.post("/auth/sign-up", &body).await.error();
    assert_eq!(error.fields["invitation"].code, "unknown");
}

#[tokio::test]
async fn expired_or_revoked_invitation_sends_no_link() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let token = invited(&ada, "north-wind", "grace@example.com").await;
    sqlx::query("update invitations set expires_at = now()")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let grace = server.visitor();
    let body = account("grace@example.com", Some(&token));
    let reply = grace.post("/auth/sign-up", &body).await;
    assert_eq!(reply.status, StatusCode::GONE);
    assert_eq!(reply.error().code, ErrorCode::InvitationExpired);
    assert_eq!(
        grace.get(&format!("/invitations/token/{token}")).await.error().code,
        ErrorCode::InvitationExpired
    );
    sqlx::query("delete from invitations").execute(&server.database.pool).await.unwrap();
    let error = grace.post("/auth/sign-up", &body).await.error();
    assert_eq!(error.fields["invitation"].code, "unknown");
    let links: i64 = sqlx::query_scalar("select count(*) from account_links")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(links, 0);
}

#[tokio::test]
async fn forms_sign_up_or_redirect_back() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let send = async |path: &str, body: String| {
        let request = visitor
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let reply = visitor.send(request).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        reply.headers["location"].to_str().unwrap().to_owned()
    };
    let back = send("/auth/sign-up", "name=Ada&email=ada&invitation=".to_owned()).await;
    assert_eq!(back, "/sign-up?error=invalid_fields&field=email&name=Ada&email=ada");
    let sent =
        send("/auth/sign-up", "name=Ada&email=ada%40example.com&invitation=".to_owned()).await;
    assert_eq!(sent, "/check-mail");
    let token = server.mailed_token("ada@example.com", "sign-up").await;
    let complete = "/auth/sign-up/complete";
    let back = send(complete, format!("token={token}&password=password1")).await;
    assert_eq!(back, format!("/sign-up/{token}?error=invalid_fields&field=password"));
    let home = send(complete, format!("token={token}&password=correct+horse+battery")).await;
    assert_eq!(home, "/home");
    let _: Me = visitor.get("/me").await.ok();
}
