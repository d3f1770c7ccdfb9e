//! The program itself, with the surroundings that operators give it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod database_url;
mod log_lines;
mod program;
mod roles;
mod root;
mod scenario;
mod security_log;
mod sign_ins;
mod spans;

use std::io::Read;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use testing::{Sandbox, eventually};

use self::program::{Program, command};

/// The process id of Postgres; none while it isn't started.
fn postmaster(data_dir: &Path) -> Option<i32> {
    let file = std::fs::read_to_string(data_dir.join("postgres/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

async fn report(address: &str) -> serde_json::Value {
    let text =
        reqwest::get(format!("http://{address}/readyz")).await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn server_whose_output_nobody_reads_survives_an_outage_and_its_log_lines() {
    let sandbox = Sandbox::new();
    let mut program = Program::spawn(&mut command(&sandbox));
    let address = program.address();
    // From here on, each line that the server writes fails with a broken pipe.
    drop((program.0.stdout.take(), program.0.stderr.take()));
    eventually("it is ok", async || report(&address).await["status"] == "ok").await;

    let killed = postmaster(&sandbox.data_dir()).unwrap();
    kill_process(Pid::from_raw(killed).unwrap(), Signal::KILL).unwrap();
    eventually("Postgres is started again", async || {
        postmaster(&sandbox.data_dir()).is_some_and(|pid| pid != killed)
    })
    .await;
    eventually("the worker has the slot again", async || {
        let report = report(&address).await;
        report["status"] == "ok" && report["role"] == "holder"
    })
    .await;
}

#[tokio::test]
async fn empty_environment_variables_count_as_unset() {
    let sandbox = Sandbox::new();
    let mut command = command(&sandbox);
    for name in [
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "PUBLIC_URL",
        "PG_BIN",
        "DEMO",
        "SMTP_URL",
        "MAIL_FROM",
        "MAIL_FOLDER",
        "ALLOW_PLAIN_HTTP",
        "RETENTION_DAYS",
        "LOG_FORMAT",
        "RUN_AS_USER",
    ] {
        command.env(name, "");
    }
    for name in ["LEPTOS_SITE_ROOT", "RUST_LOG", "TMPDIR", "PGPASSWORD", "USER", "HOME"] {
        command.env(name, "");
    }
    let address = Program::spawn(&mut command).address();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
}

#[test]
fn invalid_setting_is_refused_in_a_sentence() {
    let sandbox = Sandbox::new();
    let mut program = Program::spawn(command(&sandbox).env("RETENTION_DAYS", "soon"));
    assert!(!program.0.wait().unwrap().success());
    let mut text = String::new();
    program.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("invalid value 'soon' for '--retention-days"), "{text}");
}

/// Runs `tributary check`. Returns whether it succeeded, and its output.
fn check(sandbox: &Sandbox, site: &Path, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = command(sandbox);
    let output = command
        .arg("check")
        .env("LEPTOS_SITE_ROOT", site)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn check_tells_everything_that_prevents_a_start_and_starts_nothing() {
    let sandbox = Sandbox::new();
    let site = tempfile::tempdir().unwrap();
    // An address where nothing listens.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let variables =
        [("DATABASE_URL", format!("postgres://ada@{free}/x")), ("RUST_LOG", "info,=".to_owned())];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (succeeded, text) = check(&sandbox, site.path(), &variables);
    assert!(!succeeded, "{text}");
    for line in [
        "failed  database: can't connect to the Postgres server in DATABASE_URL: ".to_owned(),
        "failed  site: there is no built site in".to_owned(),
        "failed  log filter: RUST_LOG is invalid".to_owned(),
    ] {
        assert!(text.contains(&line), "{line} isn't in {text}");
    }

    std::fs::create_dir(site.path().join("pkg")).unwrap();
    let (succeeded, text) = check(&sandbox, site.path(), &[]);
    assert!(succeeded, "{text}");
    assert!(text.contains("ok      database: a private Postgres "), "{text}");
    assert!(!sandbox.data_dir().join("postgres").exists(), "nothing was set up");
}

#[test]
fn check_names_an_address_that_is_in_use() {
    let sandbox = Sandbox::new();
    let used = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = used.local_addr().unwrap().to_string();
    let (succeeded, text) = check(&sandbox, Path::new("/nonexistent"), &[("ADDRESS", &address)]);
    assert!(!succeeded, "{text}");
    assert!(text.contains(&format!("failed  address: can't listen on {address}")), "{text}");
}
