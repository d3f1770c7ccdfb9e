//! Tributary's server.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use server::config::Config;
use server::lifecycle::{Server, StartError};
use server::{open_files, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// How long what still runs after the server has stopped may take to end. A thread that hangs in
/// it must not keep the process.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// For the streams that a node holds at most, and what else it has open.
const ENOUGH_FILES: u64 = 21_000;

fn main() -> ExitCode {
    let config = Config::parse();
    if let Err(error) = telemetry::start(config.log_format) {
        return refuse(&error);
    }
    if let Some(limit) = open_files::raise_limit().filter(|limit| *limit < ENOUGH_FILES) {
        warn!(limit, "The system grants few open files (ulimit -n), and each stream is one");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let ran = runtime.block_on(run(config));
    runtime.shutdown_timeout(LAST_WORDS);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("Tributary can't start: {error}");
    ExitCode::FAILURE
}

async fn run(config: Config) -> Result<(), StartError> {
    let mut interrupt = signal(SignalKind::interrupt()).expect("no handler is in the way");
    let mut terminate = signal(SignalKind::terminate()).expect("no handler is in the way");
    let public_url = config.public_url.clone();
    let server = tokio::select! {
        server = Server::start(config) => server?,
        // Nothing is served yet; what was started ends with the process.
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    print_welcome(&server, public_url.as_deref());
    tokio::select! {
        _ = interrupt.recv() => info!("Interrupted; stopping"),
        _ = terminate.recv() => info!("Told to stop"),
    }
    server.stop().await;
    Ok(())
}

fn print_welcome(server: &Server, public_url: Option<&str>) {
    let local = format!("http://{}", server.address());
    println!("\n  Tributary is running on {}\n", public_url.unwrap_or(&local));
    if let Some(first) = server.accounts().first() {
        println!("  Demo accounts, password {}:", first.password);
        for account in server.accounts() {
            println!("    {:<22} {}", account.email, account.about);
        }
        println!();
    }
}
