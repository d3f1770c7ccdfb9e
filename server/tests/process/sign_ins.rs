//! Many sign-ins at once. In a process of its own, since all servers of a process hash passwords in turn.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::json;
use testing::Sandbox;
use tokio::task::JoinSet;

use super::program::{Program, command};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flood_of_sign_ins_delays_nobody_else_and_waits_for_a_bounded_time() {
    const SIGN_INS: usize = 80;
    // Waiting for the others, one hash, and what the machine is busy with.
    const LONGEST_SIGN_IN: Duration = Duration::from_secs(10);
    let sandbox = Sandbox::new();
    let mut program = Program::spawn(command(&sandbox).env("LIMITS", "all=1000000/1s"));
    let origin = format!("http://{}", program.address());
    let client = Client::new();
    let mut flood = JoinSet::new();
    for number in 0..SIGN_INS {
        let (client, url) = (client.clone(), format!("{origin}/auth/sign-in"));
        flood.spawn(async move {
            let email = format!("nobody{number}@example.com");
            let body = json!({"email": email, "password": "not the password"});
            let begun = Instant::now();
            let response = client.post(url).json(&body).send().await.unwrap();
            (response.status(), response.headers().get("retry-after").cloned(), begun.elapsed())
        });
    }
    let mut slowest_page = Duration::ZERO;
    let mut answered = 0;
    let mut pages = 0;
    while answered < SIGN_INS / 2 || pages < 5 {
        let begun = Instant::now();
        let response = client.get(format!("{origin}/sign-in")).send().await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
        slowest_page = slowest_page.max(begun.elapsed());
        pages += 1;
        while let Some(joined) = flood.try_join_next() {
            check(joined.unwrap());
            answered += 1;
        }
    }
    while let Some(joined) = flood.join_next().await {
        check(joined.unwrap());
    }
    assert!(slowest_page < Duration::from_secs(1), "a page took {slowest_page:?}");

    fn check(
        (status, retry_after, elapsed): (
            StatusCode,
            Option<reqwest::header::HeaderValue>,
            Duration,
        ),
    ) {
        assert!(elapsed < LONGEST_SIGN_IN, "a sign-in took {elapsed:?}");
        match status {
            StatusCode::UNAUTHORIZED => {}
            StatusCode::SERVICE_UNAVAILABLE => assert_eq!(retry_after.unwrap(), "2"),
            _ => panic!("{status}"),
        }
    }
}
