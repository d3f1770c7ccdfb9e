//! The `tributary` program: reads the configuration, starts the server and stops it on a signal.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use server::config::Config;
use server::lifecycle::{Server, StartError};
use server::{open_files, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// How long blocking threads may take to end after the server has stopped. A thread that hangs must
/// not keep the process alive.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Enough for the streams that a node accepts (20,000), and for everything else it has open.
const RECOMMENDED_OPEN_FILES: u64 = 21_000;

fn main() -> ExitCode {
    let config = Config::parse();
    if let Err(error) = telemetry::start(config.log_format) {
        return fail(&error);
    }
    if let Some(limit) = open_files::raise_limit().filter(|limit| *limit < RECOMMENDED_OPEN_FILES) {
        warn!(limit, "The limit of open files (ulimit -n) is low; each stream needs one");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let ran = runtime.block_on(run(config));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN_TIMEOUT);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("Tributary can't start: {error}");
    ExitCode::FAILURE
}

async fn run(config: Config) -> Result<(), StartError> {
    let mut interrupt =
        signal(SignalKind::interrupt()).expect("signal handlers can be installed inside a runtime");
    let mut terminate =
        signal(SignalKind::terminate()).expect("signal handlers can be installed inside a runtime");
    let public_url = config.public_url.clone();
    let server = tokio::select! {
        server = Server::start(config) => server?,
        // Nothing is served yet, and all that was started ends with the process.
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    print_welcome(&server, public_url.as_deref());
    tokio::select! {
        _ = interrupt.recv() => info!("Received SIGINT; stopping"),
        _ = terminate.recv() => info!("Received SIGTERM; stopping"),
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
