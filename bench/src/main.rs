//! Measures what streams cost: opens many of them over HTTP, changes the database, and checks that each
//! client receives each change once and in order. A missing message fails the run.
//!
//! `make bench` builds the release and runs all scenarios. The figures go to `docs/benchmarks.md`.

mod catch_up;
mod cdc;
mod changes;
mod clients;
mod error;
mod fan_out;
mod memory;
mod nchan;
mod pgbench;
mod population;
mod process;
mod report;
mod rest;
mod server;
mod sse;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::error::BenchError;
use crate::server::Server;

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Measures latency, fan-out, catch-up and memory of Tributary's streams")]
struct CommandLine {
    /// The server program to measure, a release build.
    #[arg(long, default_value = "target/release/tributary")]
    server: PathBuf,

    /// The scenarios to measure. All of them by default.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,

    /// How many streams are open, and in `catch-up` how many clients reconnect.
    #[arg(long, default_value_t = 1_000)]
    streams: usize,

    /// Seconds for which changes are made in `latency`, `fan-out` and `cdc`.
    #[arg(long, default_value_t = 20)]
    seconds: u32,

    /// Changes a second in `fan-out`.
    #[arg(long, default_value_t = 20)]
    rate: u32,

    /// How often `memory` and `fan-out` are measured, Tributary and nchan by turns.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Memory of a connection that has sent nothing, and of a stream without changes.
    Memory,
    /// 100 changes a second to 10 readers each.
    Latency,
    /// 20 changes a second that each stream receives.
    FanOut,
    /// One transaction of 100,000 rows, and transactions of one row by 8 writers.
    Cdc,
    /// All clients reconnect at once, each 100 changes behind.
    CatchUp,
    /// Requests of a member, in organizations of 100, 5,000 and 100,000 members.
    Rest,
}

#[tokio::main]
async fn main() -> Result<(), BenchError> {
    let CommandLine { server: program, scenarios, streams, seconds, rate, rounds } =
        CommandLine::parse();
    let wanted = |scenario| scenarios.is_empty() || scenarios.contains(&scenario);
    println!("{}", report::environment(&program)?);
    let has_nchan = nchan::is_installed();
    if !has_nchan {
        eprintln!("nchan isn't compared: install nginx and libnginx-mod-nchan");
    }
    // Each scenario has a server and a database of its own, so that none measures what another left.
    if wanted(Scenario::Memory) {
        let server = Server::start(&program).await?;
        println!("{}", memory::measure_connections(&server, streams).await?);
        let server = Server::start(&program).await?;
        println!("{}", memory::measure_streams(&server, streams).await?);
        if has_nchan {
            println!("{}", nchan::measure_memory(streams).await?);
        }
    }
    if wanted(Scenario::Latency) {
        let server = Server::start(&program).await?;
        println!("{}", fan_out::measure(&server, streams, 10, 100, seconds).await?);
    }
    if wanted(Scenario::FanOut) {
        for _ in 0..rounds {
            let server = Server::start(&program).await?;
            println!("{}", fan_out::measure(&server, streams, streams, rate, seconds).await?);
            drop(server);
            if has_nchan {
                println!("{}", nchan::measure_fan_out(streams, rate, seconds).await?);
            }
        }
    }
    if wanted(Scenario::Cdc) {
        let server = Server::start(&program).await?;
        println!("{}", cdc::measure_large_transaction(&server).await?);
        let server = Server::start(&program).await?;
        println!("{}", cdc::measure_small_transactions(&server, seconds).await?);
    }
    if wanted(Scenario::CatchUp) {
        let server = Server::start(&program).await?;
        println!("{}", catch_up::measure(&server, streams, 0).await?);
        let server = Server::start(&program).await?;
        println!("{}", catch_up::measure(&server, streams, 100_000).await?);
    }
    if wanted(Scenario::Rest) {
        for members in [100, 5_000, 100_000] {
            let server = Server::start(&program).await?;
            println!("{}", rest::measure(&server, members, Duration::from_secs(10)).await?);
        }
    }
    Ok(())
}
