use std::net::IpAddr;
use std::time::Instant;

use contract::ErrorCode;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::error::ApiFailure;
use crate::fixtures;
use crate::test_server::TestServer;
use testing::{PASSWORD, Person, Reply};

fn address(text: &str) -> ClientAddress {
    ClientAddress(text.parse::<IpAddr>().unwrap())
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn limits(settings: &str) -> Limits {
    Limits::new(&settings.parse().unwrap())
}

/// How often `request` is accepted, until it is refused.
fn accepted(mut request: impl FnMut() -> Result<(), LimitExceeded>) -> (u32, LimitExceeded) {
    for count in 0..10_000 {
        if let Err(exceeded) = request() {
            return (count, exceeded);
        }
    }
    panic!("there is no limit");
}

#[test]
fn defaults_accept_what_the_documentation_says() {
    let limits = Limits::new(&LimitSettings::default());
    let (here, mut number) = (address("192.0.2.1"), 0);
    let mut next_email = || {
        number += 1;
        email(&format!("person{number}@example.com"))
    };
    let (ada, count) = (email("ada@example.com"), |(count, _)| count);
    assert_eq!(count(accepted(|| limits.count_sign_in(here, &next_email()))), 100);
    assert_eq!(count(accepted(|| limits.count_sign_in(address("192.0.2.2"), &ada))), 10);
    assert_eq!(count(accepted(|| limits.count_sign_up(here))), 30);
    assert_eq!(count(accepted(|| limits.count_recovery(here, &next_email()))), 30);
    assert_eq!(count(accepted(|| limits.count_recovery(address("192.0.2.2"), &ada))), 5);
    assert_eq!(count(accepted(|| limits.count_confirmation(here, &next_email()))), 30);
    assert_eq!(count(accepted(|| limits.count_confirmation(address("192.0.2.2"), &ada))), 5);
    assert_eq!(count(accepted(|| limits.count_link(here))), 60);
    assert_eq!(count(accepted(|| limits.count_step_up(user(1)))), 10);
    assert_eq!(count(accepted(|| limits.count_invitations(user(1), 50))), 4);
    // Streams and writes come back fast enough that the clock may add one or two meanwhile.
    assert!((120..125).contains(&count(accepted(|| limits.count_stream(user(1))))));
    assert!((300..310).contains(&count(accepted(|| limits.count_write(user(1))))));
}

#[test]
fn clients_are_counted_separately() {
    let limits = limits("all=1/1h");
    let (ada, grace) = (email("ada@example.com"), email("grace@example.com"));
    let first = address("192.0.2.1");
    limits.count_sign_in(first, &ada).unwrap();
    let exceeded = limits.count_sign_in(first, &grace).unwrap_err();
    assert_eq!(exceeded.budget, Budget::SignInByAddress);
    let exceeded = limits.count_sign_in(address("192.0.2.2"), &ada).unwrap_err();
    assert_eq!(exceeded.budget, Budget::SignInByAccount);
    limits.count_sign_in(address("192.0.2.3"), &grace).unwrap();
    limits.count_write(user(1)).unwrap();
    limits.count_write(user(2)).unwrap();
    limits.count_write(user(1)).unwrap_err();
}

#[test]
fn addresses_of_one_ipv6_network_are_one_client() {
    let limits = limits("all=1/1h");
    limits.count_sign_up(address("2001:db8:1:2::1")).unwrap();
    limits.count_sign_up(address("2001:db8:1:2:ffff::9")).unwrap_err();
    limits.count_sign_up(address("2001:db8:1:3::1")).unwrap();
}

#[test]
fn budget_comes_back_after_the_announced_time() {
    let limits = limits("all=4/1s");
    let (_, exceeded) = accepted(|| limits.count_write(user(1)));
    let wait = exceeded.retry_after;
    assert!(wait <= Duration::from_millis(250), "{wait:?}");
    let begun = Instant::now();
    while limits.count_write(user(1)).is_err() {
        assert!(begun.elapsed() < wait + Duration::from_secs(5), "{wait:?}");
        std::thread::yield_now();
    }
    assert!(begun.elapsed() + Duration::from_millis(1) >= wait, "{:?}", begun.elapsed());
}

#[test]
fn more_than_the_whole_budget_uses_it_up() {
    let limits = limits("all=10/1h");
    limits.count_invitations(user(1), 50).unwrap();
    limits.count_invitations(user(1), 1).unwrap_err();
    limits.count_invitations(user(1), 0).unwrap();
}

#[test]
fn counters_at_zero_are_dropped() {
    let limits = limits("all=1000/1s");
    limits.count_write(user(1)).unwrap();
    let counter = &limits.0.by_budget[Budget::WritesByAccount as usize].1;
    assert_eq!(counter.len(), 1);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !counter.is_empty() {
        assert!(Instant::now() < deadline);
        limits.sweep();
    }
}

#[test]
fn refusal_names_the_time_to_wait() {
    let text = |tenths: u64| {
        let retry_after = Duration::from_millis(tenths * 100);
        LimitExceeded { budget: Budget::SignInByAccount, retry_after }.to_string()
    };
    assert_eq!(text(2), "Too many attempts to sign in. Try again in 1 second.");
    assert_eq!(text(15), "Too many attempts to sign in. Try again in 2 seconds.");
    assert_eq!(text(600), "Too many attempts to sign in. Try again in 1 minute.");
    assert_eq!(text(610), "Too many attempts to sign in. Try again in 2 minutes.");
}

#[track_caller]
fn assert_refused(reply: &Reply, sentence: &str) {
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{reply:?}");
    let error = reply.error();
    assert_eq!(error.code, ErrorCode::TooMany);
    assert!(error.message.starts_with(sentence), "{}", error.message);
    let retry_after: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&retry_after), "{retry_after}");
}

async fn sign_in(visitor: &Person, email: &str) -> Reply {
    visitor.post("/auth/sign-in", json!({"email": email, "password": PASSWORD})).await
}

#[tokio::test]
async fn guessing_one_accounts_password_is_refused_after_ten_attempts_by_default() {
    let server = TestServer::with_limits(LimitSettings::default()).await;
    let visitor = server.visitor();
    for _ in 0..10 {
        let reply = sign_in(&visitor, "nobody@example.com").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{reply:?}");
    }
    let refused = sign_in(&visitor, "nobody@example.com").await;
    assert_refused(&refused, "Too many attempts to sign in.");
    let other = sign_in(&visitor, "somebody@example.com").await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED, "another account has its own budget");
}

#[tokio::test]
async fn sign_up_invitations_passwords_and_writes_are_limited() {
    let settings = "all=1000/1s,sign-up-by-address=2/1h,invite-by-account=3/1h,\
                    step-up-by-account=1/1h,writes-by-account=5/1h";
    let server = TestServer::with_limits(settings.parse().unwrap()).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let body = json!({"name": "Eve", "email": "eve@example.com", "password": PASSWORD});
    let refused = server.visitor().post("/auth/sign-up", &body).await;
    assert_refused(&refused, "Too many new accounts from your network.");

    fixtures::create_organization(&ada, "north-wind").await;
    let invite = async |emails: &[&str]| {
        let body = json!({"emails": emails, "role": "member"});
        ada.post("/organizations/north-wind/invitations", &body).await
    };
    let three = ["a@example.com", "b@example.com", "c@example.com"];
    assert!(invite(&three).await.status.is_success());
    assert_refused(&invite(&three[..1]).await, "You've invited too many people");

    let body = json!({"current": "not the password", "new": "another horse battery"});
    let wrong = ada.post("/me/password", &body).await;
    assert_eq!(wrong.error().fields["current"].code, "wrong");
    assert_refused(&ada.post("/me/password", &body).await, "Too many attempts.");

    let refused = ada.patch("/me", json!({"name": "Ada King"})).await;
    assert_refused(&refused, "You've made too many changes");
    let changed = grace.patch("/me", json!({"name": "Grace Hopper"})).await;
    assert!(changed.status.is_success(), "another account has its own budget: {changed:?}");
}

#[tokio::test]
async fn form_above_the_budget_returns_to_its_page_with_the_reason() {
    let server = TestServer::with_limits("all=1/1h".parse().unwrap()).await;
    let visitor = server.visitor();
    let form = "email=ada%40example.com&password=not+the+password";
    let send = async || {
        let request = visitor.request(Method::POST, "/auth/sign-in").body(form);
        visitor.send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    };
    assert_eq!(
        send().await.headers["location"],
        "/sign-in?error=wrong_credentials&email=ada%40example.com"
    );
    assert_eq!(send().await.headers["location"], "/sign-in?error=too_many&email=ada%40example.com");
}

#[test]
fn refusal_is_429_with_whole_seconds() {
    use axum::response::IntoResponse;
    let retry_after = Duration::from_millis(1200);
    let exceeded = LimitExceeded { budget: Budget::WritesByAccount, retry_after };
    let response = ApiFailure::from(exceeded).into_response();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "2");
}
