//! The oracle: whatever happens, everybody's screen ends up showing what REST answers.
//!
//! People, browsers and servers do what a seed says, through the API and by plain SQL, while nodes
//! die, connections break and Postgres is killed. After each round every browser's caches, which
//! are the app's own and were only patched by the stream, must equal a fresh read. See
//! `docs/testing.md`.

mod access;
mod accounts;
mod by_request;
mod by_sql;
mod caches;
mod client;
mod faults;
mod log_check;
mod node;
mod nodes;
mod person;
mod plan;
mod postgres;
mod report;
mod rng;
mod scene;
mod settings;
mod shrink;
mod transcript;
mod world;

use std::fmt::Write;
use std::time::Duration;

use self::plan::Extent;
use self::report::Failure;
use self::settings::Settings;
use self::world::World;

/// How long it runs among the other tests.
const USUAL: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_every_screen_ends_up_showing_what_rest_answers() {
    let settings = Settings::read(USUAL);
    println!("seed         {}", settings.plan.seed);
    match World::start(settings.plan.clone()).await.run().await {
        Ok(report) => println!("{report}\nmismatches   0"),
        Err(failure) => panic!("{}", explain(&settings, &failure).await),
    }
}

/// What was wrong, and how to see it again.
async fn explain(settings: &Settings, failure: &Failure) -> String {
    let seed = settings.plan.seed;
    let mut text = format!("{failure}\nmismatches   1\n");
    let again = match &settings.plan.extent {
        Extent::For(time) => format!("MINUTES={}", time.as_secs().div_ceil(60)),
        Extent::Only(steps) => format!("STEPS={steps}"),
    };
    let _ = writeln!(text, "again        make torture SEED={seed} {again}");
    let steps = failure.steps();
    let least = shrink::shrink(seed, steps, settings.shrinking).await;
    if least != *steps {
        let (count, all) = (least.0.len(), steps.0.len());
        let _ = writeln!(text, "{count} of {all} steps  make torture SEED={seed} STEPS={least}");
    }
    text
}
