//! The `tributary` program: reads the configuration, starts the server and stops it on a signal.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use db::Redactor;
use server::admin::{self, AdminError, TwoFactorReset};
use server::config::{Action, CommandLine, Config, CreateAdmin, ResetPassword, SignOut};
use server::lifecycle::{Server, StartError};
use server::opened_by_root::PrivilegedSockets;
use server::privileges::{self, Opened};
use server::{check, open_files, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// How long blocking threads may take to end after the server has stopped. A thread that hangs must
/// not keep the process alive.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let CommandLine { config, action } = CommandLine::read();
    db::tls::install_crypto_provider();
    let settings = action.as_ref().map_or(&config, Action::config);
    let opened = match privileges::give_up(settings) {
        Ok(opened) => opened,
        Err(error) => return fail(&error, &settings.database.redactor()),
    };
    match action {
        None => {}
        Some(Action::Check(config)) => return check(&config, opened),
        Some(Action::CreateAdmin(command)) => {
            let CreateAdmin { email, name, config } = *command;
            return run_command(&config, admin::create_admin(&config, email, name));
        }
        Some(Action::ResetPassword(command)) => {
            let ResetPassword { email, turn_off_two_factor, config } = *command;
            let two_factor = match turn_off_two_factor {
                true => TwoFactorReset::TurnOff,
                false => TwoFactorReset::Keep,
            };
            return run_command(&config, admin::reset_password(&config, email, two_factor));
        }
        Some(Action::SignOut(command)) => {
            let SignOut { email, config, .. } = *command;
            return run_command(&config, admin::sign_out(&config, email));
        }
    }
    let config = Config { site_root: opened.site_root(&config), ..config };
    // The folder of the site stays open while the server runs.
    let Opened { user, sockets, site: _site } = opened;
    let redactor = config.database.redactor();
    let fail = |error: &dyn Error| fail(error, &redactor);
    let telemetry = match telemetry::start(&config) {
        Ok(telemetry) => telemetry,
        Err(error) => return fail(&error),
    };
    if let Some(limit) = open_files::raise_limit().filter(|limit| *limit < open_files::RECOMMENDED)
    {
        warn!(limit, "The limit of open files (ulimit -n) is low; each stream needs one");
    }
    if let Some(user) = user {
        info!(
            user = user.name(),
            "Root's privileges are given up; the server runs as another user"
        );
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let ran = runtime.block_on(run(config, sockets));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN_TIMEOUT);
    telemetry.shut_down();
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Prints one line for each check. Fails when one of them does.
fn check(config: &Config, opened: Opened) -> ExitCode {
    let redactor = config.database.redactor();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error, &redactor),
    };
    let checks = runtime.block_on(check::run(config, opened));
    for check in &checks {
        let _ = writeln!(io::stdout(), "{}", redactor.redact(&check.to_string()));
    }
    match checks.iter().all(|check| check.result.is_ok()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Runs a command for administrators, and prints what it returns.
fn run_command(
    config: &Config,
    command: impl Future<Output = Result<String, AdminError>>,
) -> ExitCode {
    let redactor = config.database.redactor();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error, &redactor),
    };
    match runtime.block_on(command) {
        Ok(text) => match writeln!(io::stdout(), "{text}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error, &redactor),
        },
        Err(error) => {
            let _ = writeln!(io::stderr(), "{}", redactor.redact(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn fail(error: &dyn Error, redactor: &Redactor) -> ExitCode {
    let text = format!("Tributary can't start: {error}");
    let _ = writeln!(io::stderr(), "{}", redactor.redact(&text));
    ExitCode::FAILURE
}

async fn run(config: Config, sockets: PrivilegedSockets) -> Result<(), StartError> {
    let mut interrupt =
        signal(SignalKind::interrupt()).expect("signal handlers can be installed inside a runtime");
    let mut terminate =
        signal(SignalKind::terminate()).expect("signal handlers can be installed inside a runtime");
    let public_url = config.public_url.clone();
    let server = tokio::select! {
        server = Server::start(config, sockets) => server?,
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

/// Prints the address and the demo accounts. Failures are ignored: standard output may be closed.
fn print_welcome(server: &Server, public_url: Option<&str>) {
    let local = format!("http://{}", server.address());
    let mut text = format!("\n  Tributary is running on {}\n\n", public_url.unwrap_or(&local));
    if let Some(first) = server.accounts().first() {
        text += &format!("  Demo accounts, password {}:\n", first.password);
        for account in server.accounts() {
            text += &format!("    {:<22} {}\n", account.email, account.about);
        }
        text.push('\n');
    }
    let _ = io::stdout().write_all(text.as_bytes());
}
