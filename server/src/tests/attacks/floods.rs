//! Many connections and streams at once: the attacker is refused, and others are served.

use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::{Method, StatusCode};

use crate::testing::{Person, TestServer};
use stream::Settings;

/// How often an attacker opens a stream.
const CONNECTS: usize = 20_000;

#[tokio::test]
async fn twenty_thousand_connects_of_one_account_leave_others_served() {
    let limits = "sign-in-by-address=1000000/1s,sign-up-by-address=1000000/1s";
    let server = TestServer::with_limits(limits, Settings::default()).await;
    let guests = server.guests(2).await;
    let (attacker, other) = (&guests[0], &guests[1]);
    let started = Instant::now();
    let flood = futures::stream::iter(0..CONNECTS)
        .map(|_| connect(attacker))
        .buffer_unordered(32)
        .filter(|opened| std::future::ready(*opened))
        .count();
    let watch = async {
        let mut slowest = Duration::ZERO;
        let mut asked = 0;
        loop {
            let asked_at = Instant::now();
            assert!(other.get("/me/menu").await.status.is_success());
            slowest = slowest.max(asked_at.elapsed());
            asked += 1;
            assert!(slowest < Duration::from_secs(5), "{slowest:?} after {asked} requests");
            tokio::task::yield_now().await;
        }
    };
    let opened = tokio::select! {
        opened = flood => opened,
        never = watch => never,
    };
    // 120 at once, and two a second.
    let allowed = 121 + 2 * usize::try_from(started.elapsed().as_secs() + 1).unwrap();
    assert!((1..=allowed).contains(&opened), "{opened} of {allowed}");
    assert!(other.get("/me/menu").await.status.is_success());
}

/// Whether a stream was opened. A refused one ends at once, because a browser wouldn't try again after
/// another status (WHATWG HTML, 9.2.2).
async fn connect(person: &Person) -> bool {
    let mut response = person.request(Method::GET, "/me/stream").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut text = String::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        text += std::str::from_utf8(&chunk).unwrap();
        if text.contains("event: offset") {
            return true;
        }
    }
    assert!(text.contains("event: end") && text.contains("overloaded"), "{text}");
    false
}
