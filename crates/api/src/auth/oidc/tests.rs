mod linking;
mod refusals;
mod step_up;

use contract::sign_in_methods::{OfferedMethods, SignInMethods};
use contract::view::Me;
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::fixtures::provider::{TestProvider, Visit};
use crate::fixtures::two_factor::{enter_code, is_signed_in, turn_on};
use crate::test_server::TestServer;
use testing::{Person, Reply};

/// Where the answer redirects to.
#[track_caller]
fn location(reply: &Reply) -> &str {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
    reply.headers[LOCATION].to_str().unwrap()
}

/// Follows the link to the provider.
async fn visit(browser: &Person, path: &str) -> Visit {
    Visit::read(location(&browser.get(path).await))
}

/// Comes back from the provider. Returns where the answer redirects to.
async fn come_back(browser: &Person, path: &str) -> String {
    location(&browser.get(path).await).to_owned()
}

/// Signs the person in by the provider. Returns where the answer redirects to.
async fn sign_in(browser: &Person, provider: &TestProvider, name: &str) -> String {
    sign_in_as(browser, provider, name, |_| {}).await
}

/// The same, with other claims.
async fn sign_in_as(
    browser: &Person,
    provider: &TestProvider,
    name: &str,
    change: impl FnOnce(&mut Value),
) -> String {
    let visit = visit(browser, "/auth/oidc").await;
    let mut claims = provider.claims(name, &visit);
    change(&mut claims);
    come_back(browser, &provider.sign_in(&visit, claims)).await
}

async fn me(browser: &Person) -> Me {
    browser.get("/me").await.ok()
}

#[tokio::test]
async fn first_sign_in_creates_an_account_with_a_confirmed_address_and_later_ones_find_it() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let offered: OfferedMethods = server.visitor().get("/auth/methods").await.ok();
    assert_eq!(offered.provider.unwrap().as_str(), "Acme");
    let browser = server.visitor();
    assert_eq!(sign_in(&browser, &provider, "Ada").await, "/home");
    let ada = me(&browser).await;
    assert_eq!(ada.user.name.as_str(), "Ada");
    assert_eq!(ada.user.email.unwrap().as_str(), "ada@example.com");
    assert!(ada.email_confirmed && !ada.has_password);

    // The provider's new name and address of the same person are another matter.
    let phone = server.visitor();
    let changed = |claims: &mut Value| {
        claims["email"] = json!("lovelace@example.com");
        claims["email_verified"] = json!(false);
    };
    assert_eq!(sign_in_as(&phone, &provider, "Ada", changed).await, "/home");
    assert_eq!(me(&phone).await.user.id, ada.user.id);
}

#[tokio::test]
async fn account_without_a_usable_name_is_named_after_its_address() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    let unusable = |claims: &mut Value| claims["name"] = json!("\u{202E}adA");
    assert_eq!(sign_in_as(&browser, &provider, "Ada", unusable).await, "/home");
    assert_eq!(me(&browser).await.user.name.as_str(), "ada");
}

#[tokio::test]
async fn page_that_follows_is_one_of_this_server() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    for (next, expected) in
        [("%2Fo%2Fnorth%3Fq%3Da", "/o/north?q=a"), ("%2F%2Fevil.example", "/home")]
    {
        let browser = server.visitor();
        let visit = visit(&browser, &format!("/auth/oidc?next={next}")).await;
        let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
        assert_eq!(come_back(&browser, &path).await, expected);
    }
}

#[tokio::test]
async fn another_node_finishes_a_sign_in() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let other = server.another_node(Some(provider.client())).await;
    let browser = server.visitor();
    let visit = visit(&browser, "/auth/oidc").await;
    let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
    assert_eq!(come_back(&browser.at(other), &path).await, "/home");
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn person_without_an_address_in_the_token_has_that_of_the_user_info() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let without = |claims: &mut Value| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("email");
        claims.remove("email_verified");
    };
    let browser = server.visitor();
    let info = |subject: &str| json!({ "sub": subject, "email": "ada@example.com", "email_verified": true });
    provider.set_user_info(info("somebody else"));
    let refused = sign_in_as(&browser, &provider, "Ada", without).await;
    assert_eq!(refused, "/sign-in?error=provider_unreachable");
    provider.set_user_info(info("subject of Ada"));
    assert_eq!(sign_in_as(&browser, &provider, "Ada", without).await, "/home");
}

#[tokio::test]
async fn second_factor_is_still_asked_for() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.person("Ada").await;
    let (app, _) = turn_on(&server, &ada).await;
    let browser = server.visitor();
    let visit = visit(&browser, "/auth/oidc?next=%2Faccount").await;
    let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
    assert_eq!(come_back(&browser, &path).await, "/sign-in/code?next=%2Faccount");
    assert!(!is_signed_in(&browser).await);
    let reply = enter_code(&browser, &app.unused_code().await).await;
    assert!(reply.status.is_success(), "{reply:?}");
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn server_without_a_provider_offers_none() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let offered: OfferedMethods = visitor.get("/auth/methods").await.ok();
    assert_eq!(offered.provider, None);
    assert_eq!(come_back(&visitor, "/auth/oidc").await, "/sign-in?error=not_found");
    let ada = server.person("Ada").await;
    let methods: SignInMethods = ada.get("/me/sign-in-methods").await.ok();
    assert!(methods.password && methods.provider.is_none() && methods.identities.is_empty());
}
