//! The oracle: whatever happens, everybody's screen ends up showing what REST answers.
//!
//! People, browsers and servers do what a seed says, through the API and by plain SQL, while nodes
//! die, connections break and Postgres is killed. After each round every browser's caches, which
//! are the app's own and were only patched by the stream, must equal a fresh read. See
//! `docs/testing.md`.

mod access;
mod by_request;
mod by_sql;
mod caches;
mod client;
mod faults;
mod log_check;
mod nodes;
mod person;
mod plan;
mod postgres;
mod report;
mod rng;
mod scene;
mod settings;
mod transcript;
mod world;

use std::time::Duration;

use self::settings::Settings;
use self::world::World;

/// How long it runs among the other tests.
const USUAL: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "unfinished"]
async fn whatever_happens_every_screen_ends_up_showing_what_rest_answers() {
    let settings = Settings::read(USUAL);
    let seed = settings.plan.seed;
    println!("seed         {seed}");
    match World::start(settings.plan).await.run().await {
        Ok(report) => println!("{report}\nmismatches   0"),
        Err(failure) => panic!("{failure}\nmismatches   1\nseed         {seed}"),
    }
}
