use contract::ErrorCode;
use contract::view::{InvitationView, List, Me, MembershipView};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;
use testing::Person;

fn account(email: &str, invitation: Option<&str>) -> Value {
    json!({"name": "Grace", "email": email, "password": "correct horse", "invitation": invitation})
}

async fn invited(admin: &Person, slug: &str, email: &str) -> String {
    let organization = fixtures::create_organization(admin, slug).await;
    let link = fixtures::invite(admin, organization.id, email).await.link.unwrap();
    link.strip_prefix("/invitations/").unwrap().to_owned()
}

#[tokio::test]
async fn new_account_is_signed_in_and_its_password_is_hashed() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let me: Me = visitor.post("/auth/sign-up", &account("Grace@Example.com", None)).await.ok();
    assert_eq!(me.user.email.as_ref().unwrap().as_str(), "grace@example.com");
    assert!(!me.system_admin);
    let again: Me = visitor.get("/me").await.ok();
    assert_eq!(again.user, me.user);
    let hash: String = sqlx::query_scalar("select password_hash from credentials")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
}

#[tokio::test]
async fn email_address_has_only_one_account() {
    let server = TestServer::start().await;
    server.person("Grace").await;
    let visitor = server.visitor();
    let reply = visitor.post("/auth/sign-up", &account("GRACE@example.com", None)).await;
    assert_eq!(reply.error().code, ErrorCode::InvalidFields);
    assert_eq!(reply.error().fields["email"].code, "taken");
    assert!(!reply.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn invitation_link_links_only_its_own_invitation() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let token = invited(&ada, "north-wind", "grace@example.com").await;
    invited(&ada, "harbour-lab", "grace@example.com").await;
    let grace = server.visitor();
    let shown: InvitationView = grace.get(&format!("/invitations/token/{token}")).await.ok();
    assert_eq!(shown.email.as_str(), "grace@example.com");

    let body = account("grace@example.com", Some(&token));
    let _: Me = grace.post("/auth/sign-up", &body).await.ok();
    let invitation = fixtures::only_invitation(&grace).await;
    assert_eq!(invitation.organization.slug.as_str(), "north-wind");
    let path = format!("/invitations/{}/accept", invitation.id);
    let membership: MembershipView = grace.post(&path, &json!({})).await.ok();
    assert_eq!(membership.organization.unwrap().slug.as_str(), "north-wind");
}

#[tokio::test]
async fn signing_up_without_the_link_links_no_invitation() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    invited(&ada, "north-wind", "grace@example.com").await;
    let grace = server.person("Grace").await;
    let invitations: List<InvitationView> = grace.get("/me/invitations").await.ok();
    assert_eq!(invitations.total, 0);
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
    assert_eq!(mallory.get("/me").await.error().code, ErrorCode::NotSignedIn);

    let body = account("mallory@example.com", Some("nonsense"));
    let error = mallory.post("/auth/sign-up", &body).await.error();
    assert_eq!(error.fields["invitation"].code, "unknown");
    // The refused attempts created no account.
    let body = account("mallory@example.com", None);
    let _: Me = mallory.post("/auth/sign-up", &body).await.ok();
}

#[tokio::test]
async fn expired_or_revoked_invitation_creates_no_account() {
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
}

#[tokio::test]
async fn form_signs_up_or_redirects_back() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let send = async |body: &'static str| {
        let request = visitor
            .request(Method::POST, "/auth/sign-up")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let reply = visitor.send(request).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        reply.headers["location"].to_str().unwrap().to_owned()
    };
    let back = send("name=Ada&email=ada&password=correct+horse&invitation=").await;
    assert_eq!(back, "/sign-up?error=invalid_fields&field=email&name=Ada&email=ada");
    let home = send("name=Ada&email=ada%40example.com&password=correct+horse&invitation=").await;
    assert_eq!(home, "/home");
    let _: Me = visitor.get("/me").await.ok();
}
