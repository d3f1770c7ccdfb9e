//! The oracle: whatever happens, everybody's screen ends up showing what REST answers.
//!
//! People, browsers and servers do what a seed says, through the API and by plain SQL, while nodes
//! die, connections break and Postgres is killed. After each round every browser's caches, which
//! are the app's own and were only patched by the stream, must equal a fresh read. See
//! `docs/testing.md`.

mod access;
mod accounts;
mod http_operations;
mod sql_operations;
mod caches;
mod client;
mod faults;
mod log_checker;
mod node;
mod nodes;
mod person;
mod schedule;
mod postgres;
mod report;
mod rng;
mod rows;
mod settings;
mod shrink;
mod received;
mod world;

use std::fmt::Write;
use std::time::Duration;

use self::schedule::RunLength;
use self::report::Failure;
use self::settings::Settings;
use self::test_run::TestRun;

/// How long it runs among the other tests.
const USUAL: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_every_screen_ends_up_showing_what_rest_answers() {
    let settings = Settings::read(USUAL);
    println!("seed         {}", settings.schedule.seed);
    match TestRun::start(settings.schedule.clone()).await.run().await {
        Ok(report) => println!("{report}\nmismatches   0"),
        Err(failure) => panic!("{}", explain(&settings, &failure).await),
    }
}

/// What was wrong, and how to see it again.
async fn explain(settings: &Settings, failure: &Failure) -> String {
    let seed = settings.schedule.seed;
    let mut text = format!("{failure}\nmismatches   1\n");
    let again = match &settings.schedule.length {
        RunLength::Time(time) => format!("MINUTES={}", time.as_secs().div_ceil(60)),
        RunLength::Steps(steps) => format!("STEPS={steps}"),
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
