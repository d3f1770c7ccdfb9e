//! The oracle: a model-based test of the whole system under random operations and faults.
//!
//! - Operations come from people who use the API ([`http_operations`], [`account_operations`]) and
//!   from plain SQL ([`sql_operations`]).
//! - Faults hit browsers, server nodes, connections and Postgres ([`faults`]).
//! - Each browser ([`client`]) has two tabs with the app's own caches, which only messages of the
//!   stream change.
//! - After each round the checker ([`checker`]) compares every cache with a fresh read over REST, the
//!   log with the database ([`log_checker`]), and received messages with the model of who may see
//!   what ([`access_model`]).
//! - A seed decides every step ([`schedule`]). After a failure the shrinker ([`shrinker`]) finds fewer
//!   steps that still fail.
//!
//! See `docs/testing.md`.

mod access_model;
mod account_operations;
mod caches;
mod catch_up_counts;
mod checker;
mod client;
mod existing_rows;
mod faults;
mod http_operations;
mod invitation_model;
mod log_checker;
mod node;
mod nodes;
mod person;
mod postgres;
mod received_events;
mod report;
mod rng;
mod schedule;
mod settings;
mod shrinker;
mod sql_operations;
mod test_run;

use std::fmt::Write;
use std::time::Duration;

use self::report::Failure;
use self::schedule::RunLength;
use self::settings::Settings;
use self::test_run::TestRun;

/// How long it runs as part of the test suite.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_converge_to_rest_under_random_operations_and_faults() {
    let settings = Settings::from_env(DEFAULT_TIME);
    println!("seed         {}", settings.schedule.seed);
    match TestRun::start(settings.schedule.clone()).await.run().await {
        Ok(report) => println!("{report}\nmismatches   0"),
        Err(failure) => panic!("{}", explain(&settings, &failure).await),
    }
}

/// Describes a failure, and the commands that repeat it. Prints the failure before it is tried again with
/// fewer steps, which takes long.
async fn explain(settings: &Settings, failure: &Failure) -> String {
    let seed = settings.schedule.seed;
    let mut text = format!("{failure}\nmismatches   1\n");
    println!("{text}");
    let length = match &settings.schedule.length {
        RunLength::Time(time) => format!("MINUTES={}", time.as_secs().div_ceil(60)),
        RunLength::Steps(steps) => format!("STEPS={steps}"),
    };
    let _ = writeln!(text, "repeat       make torture SEED={seed} {length}");
    let steps = failure.steps();
    let shrunk = shrinker::shrink(&settings.schedule, steps, settings.shrink_time).await;
    if shrunk != *steps {
        let (count, all) = (shrunk.0.len(), steps.0.len());
        let _ = writeln!(text, "{count} of {all} steps  make torture SEED={seed} STEPS={shrunk}");
    }
    text
}
