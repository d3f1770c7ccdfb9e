//! A session can't be prepared for somebody else, and doesn't survive its end.

use contract::view::Me;
use reqwest::StatusCode;
use reqwest::header::SET_COOKIE;
use serde_json::json;

use crate::testing::{PASSWORD, Person, Reply, TestServer};

/// The session cookie that an answer sets, as `name=value`.
fn cookie_of(reply: &Reply) -> String {
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn sign_in(person: &Person, email: &str) -> Reply {
    let reply = person.post("/auth/sign-in", json!({"email": email, "password": PASSWORD})).await;
    let _: Me = reply.ok();
    reply
}

#[tokio::test]
async fn signing_in_replaces_a_token_that_the_browser_already_had() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mallory = server.person("Mallory").await;
    let planted = cookie_of(&sign_in(&mallory, "mallory@example.com").await);
    // The attacker's token, an invented one, and one that is too long.
    let name = planted.split('=').next().unwrap().to_owned();
    for cookie in
        [planted.clone(), format!("{name}=invented"), format!("{name}={}", "a".repeat(4_000))]
    {
        let victim = Person::with_cookie(ada.origin().to_owned(), &cookie);
        let issued = cookie_of(&sign_in(&victim, "ada@example.com").await);
        assert_ne!(issued, cookie);
        let signed_in: Me =
            Person::with_cookie(ada.origin().to_owned(), &issued).get("/me").await.ok();
        assert_eq!(signed_in.user.name.to_string(), "Ada");
    }
    let attacker = Person::with_cookie(ada.origin().to_owned(), &planted).get("/me").await;
    let name_of_attacker = attacker.status.is_success().then(|| attacker.ok::<Me>().user.name);
    assert!(name_of_attacker.is_none_or(|name| name.to_string() == "Mallory"), "never Ada");
}

#[tokio::test]
async fn token_of_an_ended_session_is_worthless() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let cookie = cookie_of(&sign_in(&ada, "ada@example.com").await);
    let copy = Person::with_cookie(ada.origin().to_owned(), &cookie);
    assert!(copy.get("/me").await.status.is_success());
    ada.post("/auth/sign-out", json!({})).await.no_content();
    assert_eq!(copy.get("/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(copy.get("/me/stream").await.status, StatusCode::UNAUTHORIZED);
}
