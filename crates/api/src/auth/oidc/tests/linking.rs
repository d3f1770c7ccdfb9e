//! Which account a person at the provider gets, and how that ends.

use contract::ErrorCode;
use contract::sign_in_methods::SignInMethods;
use contract::view::Me;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{come_back, me, sign_in, sign_in_as, visit};
use crate::fixtures::provider::TestProvider;
use crate::fixtures::two_factor::{expire_proofs, is_signed_in, submit, wait_for_mail};
use crate::fixtures::{self, id_of};
use crate::test_server::TestServer;
use testing::Person;

const ADA: &str = "ada@example.com";

async fn methods(person: &Person) -> SignInMethods {
    person.get("/me/sign-in-methods").await.ok()
}

async fn unlink(person: &Person) -> testing::Reply {
    let identity = methods(person).await.identities[0].id;
    person.post("/me/sign-in-methods/unlink", json!({ "identity": identity })).await
}

#[tokio::test]
async fn account_with_the_confirmed_address_is_linked_and_its_owner_is_told() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    let browser = server.visitor();
    assert_eq!(sign_in(&browser, &provider, "Ada").await, "/home");
    assert_eq!(me(&browser).await.user.id, id_of(&ada).await);
    wait_for_mail(&server, ADA, "Another way to sign in to Tributary was added").await;
    let methods = methods(&ada).await;
    assert!(methods.password);
    let [identity] = &methods.identities[..] else { panic!("{methods:?}") };
    assert_eq!((identity.provider.as_str(), identity.email.as_str()), ("Acme", ADA));
    let _ = fixtures::sign_in_again(&server, &ada).await;
}

#[tokio::test]
async fn address_that_the_provider_has_not_verified_neither_links_nor_creates() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    for name in ["Ada", "Grace"] {
        for verified in [json!(false), json!(null)] {
            let browser = server.visitor();
            let unverified = |claims: &mut Value| claims["email_verified"] = verified.clone();
            let reply = sign_in_as(&browser, &provider, name, unverified).await;
            assert_eq!(reply, "/sign-in?error=provider_email_unverified");
            assert!(!is_signed_in(&browser).await);
        }
    }
    assert!(methods(&ada).await.identities.is_empty());
    let users: i64 = sqlx::query_scalar("select count(*) from users")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(users, 1);
}

#[tokio::test]
async fn account_that_has_not_confirmed_its_address_is_not_linked() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    sqlx::query("delete from confirmed_emails").execute(&server.database.pool).await.unwrap();
    let browser = server.visitor();
    let reply = sign_in(&browser, &provider, "Ada").await;
    assert_eq!(reply, "/sign-in?error=provider_account_unconfirmed");
    assert!(!is_signed_in(&browser).await);
    assert!(methods(&ada).await.identities.is_empty());
}

#[tokio::test]
async fn person_who_is_unlinked_does_not_sign_in_any_more() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    assert_eq!(sign_in(&server.visitor(), &provider, "Ada").await, "/home");
    expire_proofs(&server).await;
    assert_eq!(unlink(&ada).await.error().code, ErrorCode::ProofRequired);
    ada.post("/me/proof", json!({ "password": testing::PASSWORD })).await.no_content();
    unlink(&ada).await.no_content();
    wait_for_mail(&server, ADA, "A way to sign in to Tributary was removed").await;
    assert!(methods(&ada).await.identities.is_empty());

    // The address alone doesn't link the person again.
    let browser = server.visitor();
    let reply = sign_in(&browser, &provider, "Ada").await;
    assert_eq!(reply, "/sign-in?error=provider_unlinked");
    assert!(!is_signed_in(&browser).await);
    assert_eq!(link(&ada, &provider, "Ada", |_| {}).await, "/account");
    assert_eq!(sign_in(&browser, &provider, "Ada").await, "/home");
    assert_eq!(methods(&ada).await.identities.len(), 1);
}

/// Links the person at the provider from the account page. Returns where the answer redirects to.
async fn link(
    person: &Person,
    provider: &TestProvider,
    name: &str,
    change: impl FnOnce(&mut Value),
) -> String {
    let visit = visit(person, "/auth/oidc/link?next=%2Faccount").await;
    let mut claims = provider.claims(name, &visit);
    change(&mut claims);
    come_back(person, &provider.sign_in(&visit, claims)).await
}

#[tokio::test]
async fn person_is_linked_from_the_account_page_only_by_its_confirmed_address() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    let grace = server.person("Grace").await;
    let page = "/account/sign-in-methods?error=provider_";
    let unverified = |claims: &mut Value| claims["email_verified"] = json!(false);
    let back = link(&ada, &provider, "Ada", unverified).await;
    assert_eq!(back, format!("{page}email_unverified&next=%2Faccount"));
    let back = link(&ada, &provider, "Eve", |_| {}).await;
    assert_eq!(back, format!("{page}other_address&next=%2Faccount"));
    assert_eq!(link(&grace, &provider, "Grace", |_| {}).await, "/account");
    let back = link(&ada, &provider, "Grace", |_| {}).await;
    assert_eq!(back, format!("{page}other_person&next=%2Faccount"));
    assert!(methods(&ada).await.identities.is_empty());
    assert_eq!(link(&ada, &provider, "Ada", |_| {}).await, "/account");
    assert_eq!(methods(&ada).await.identities.len(), 1);
    wait_for_mail(&server, ADA, "Another way to sign in to Tributary was added").await;

    expire_proofs(&server).await;
    let reply = grace.get("/auth/oidc/link").await;
    assert_eq!(reply.error().code, ErrorCode::ProofRequired);
}

#[tokio::test]
async fn identity_of_another_account_cannot_be_unlinked() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    let grace = server.person("Grace").await;
    assert_eq!(sign_in(&server.visitor(), &provider, "Ada").await, "/home");
    let body = json!({ "identity": methods(&ada).await.identities[0].id });
    let reply = grace.post("/me/sign-in-methods/unlink", &body).await;
    assert_eq!(reply.error().code, ErrorCode::NotFound);
    assert_eq!(methods(&ada).await.identities.len(), 1);
}

#[tokio::test]
async fn last_way_to_sign_in_stays() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.visitor();
    assert_eq!(sign_in(&ada, &provider, "Ada").await, "/home");
    let reply = unlink(&ada).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.error().code, ErrorCode::LastSignInMethod);
    let form = json!({ "identity": methods(&ada).await.identities[0].id });
    let reply = submit(&ada, "/me/sign-in-methods/unlink", &form).await;
    let page = "/account/sign-in-methods?error=last_sign_in_method";
    assert_eq!(super::location(&reply), page);

    // A password that the mailbox has chosen is another one.
    let visitor = server.visitor();
    visitor.post("/auth/recover", json!({ "email": ADA })).await;
    let token = server.mailed_token(ADA, "reset-password").await;
    let body = json!({ "token": token, "password": "another horse battery" });
    let _: Me = visitor.post("/auth/reset-password", &body).await.ok();
    assert!(methods(&visitor).await.password);
    unlink(&visitor).await.no_content();
}
