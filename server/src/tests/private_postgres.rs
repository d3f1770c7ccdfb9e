//! A node whose private Postgres is killed, or whose disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::StatusCode;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use stream::Settings;

use crate::config::DatabaseConfig;
use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use crate::testing::{Person, config};
use testing::{Sandbox, eventually};

async fn start(data_dir: PathBuf, sandbox: &Sandbox) -> Server {
    let database =
        DatabaseConfig { url: None, owner_url: None, data_dir, pg_bin: sandbox.options().bin_dir };
    let open = OpenDatabase::open(&database).await.unwrap();
    let mail = sandbox.data_dir().with_file_name("mail");
    Server::start_on(open, config(mail), Settings::default()).await.unwrap()
}

fn visitor(server: &Server) -> Person {
    Person::new(format!("http://{}", server.address()))
}

async fn is_ok(visitor: &Person) -> bool {
    let reply = visitor.get("/readyz").await;
    serde_json::from_str::<Value>(&reply.body).is_ok_and(|report| report["status"] == "ok")
}

/// The process id of the postmaster, once it has written it.
fn postmaster_pid(data_dir: &Path) -> Option<i32> {
    let file = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

/// Returns the process id that it had.
fn kill_postmaster(data_dir: &Path) -> i32 {
    let pid = postmaster_pid(data_dir).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    pid
}

async fn create_note(person: &Person) -> StatusCode {
    let text = "x".repeat(9_000);
    let note = json!({"title": "Plan", "body": text});
    person.post("/organizations/north-wind/notes", note).await.status
}

#[tokio::test]
async fn killed_postgres_is_back_without_a_restart_of_the_server() {
    let sandbox = Sandbox::new();
    let server = start(sandbox.data_dir(), &sandbox).await;
    let ada = visitor(&server);
    ada.sign_up("Ada", &sandbox.data_dir().with_file_name("mail")).await;
    eventually("the node is ok", async || is_ok(&ada).await).await;

    let killed = kill_postmaster(&sandbox.data_dir());
    // Until they notice it, processes of the killed one answer as before.
    eventually("Postgres was started again", async || {
        postmaster_pid(&sandbox.data_dir()).is_some_and(|pid| pid != killed)
    })
    .await;
    eventually("requests succeed again", async || ada.get("/me").await.status.is_success()).await;
    eventually("the node is ok again", async || is_ok(&ada).await).await;
    assert_eq!(ada.get("/healthz").await.status, StatusCode::OK);
    ada.post("/organizations", json!({"name": "North Wind", "slug": "north-wind"}))
        .await
        .ok::<Value>();
    server.stop().await;
}

#[tokio::test]
async fn postgres_that_cannot_be_started_again_fails_the_liveness_probe() {
    let sandbox = Sandbox::new();
    let server = start(sandbox.data_dir(), &sandbox).await;
    let visitor = visitor(&server);
    let control = sandbox.data_dir().join("postgres/global/pg_control");
    let hidden = control.with_file_name("hidden");
    fs::rename(&control, &hidden).unwrap();
    kill_postmaster(&sandbox.data_dir());
    eventually("the liveness probe fails", async || {
        visitor.get("/healthz").await.status == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let report = visitor.get("/readyz").await;
    assert_eq!(report.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(report.body.contains("private_postgres_failing"), "{report:?}");

    fs::rename(&hidden, &control).unwrap();
    eventually("the node is ok again", async || is_ok(&visitor).await).await;
    assert_eq!(visitor.get("/healthz").await.status, StatusCode::OK);
    server.stop().await;
}

/// A file system of limited size, which exists until this is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this process may not mount one.
    fn mount(path: PathBuf) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs"])
            .arg(&path)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(path))
    }

    /// Leaves no space.
    fn fill(&self) {
        let filled = Command::new("dd")
            .args(["if=/dev/zero", "bs=64k", "status=none"])
            .arg(format!("of={}", self.0.join("filler").display()))
            .output()
            .unwrap();
        assert!(!filled.status.success(), "the disk isn't full");
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: Postgres may still have files open after a test that failed.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn full_disk_refuses_changes_and_is_over_by_itself_once_there_is_space() {
    let sandbox = Sandbox::new();
    let Some(disk) = SmallDisk::mount(sandbox.data_dir().with_file_name("disk")) else {
        eprintln!("skipped: this process may not mount a file system");
        return;
    };
    let data_dir = disk.0.join("data");
    let server = start(data_dir.clone(), &sandbox).await;
    let ada = visitor(&server);
    ada.sign_up("Ada", &sandbox.data_dir().with_file_name("mail")).await;
    ada.post("/organizations", json!({"name": "North Wind", "slug": "north-wind"}))
        .await
        .ok::<Value>();
    eventually("the node is ok", async || is_ok(&ada).await).await;

    disk.fill();
    let mut statuses = Vec::new();
    eventually("changes are refused", async || {
        statuses.push(create_note(&ada).await);
        statuses.last() == Some(&StatusCode::SERVICE_UNAVAILABLE)
    })
    .await;
    assert!(!statuses.contains(&StatusCode::INTERNAL_SERVER_ERROR), "{statuses:?}");
    let report = ada.get("/readyz").await.body;
    assert!(!report.contains(r#""status":"ok""#), "{report}");
    disk.free();
    eventually("changes succeed again", async || create_note(&ada).await.is_success()).await;
    eventually("the node is ok again", async || is_ok(&ada).await).await;

    // The disk of the WAL is full: Postgres itself stops.
    disk.fill();
    let (socket, role) = (data_dir.join("run"), "tributary".to_owned());
    let endpoint = db::Endpoint::private(socket, 5432, role, "tributary");
    let pool = db::pool(&endpoint, 1);
    eventually("Postgres has stopped for lack of space", async || {
        let wal = "select pg_switch_wal() from pg_logical_emit_message(false, 'filler', repeat('x', 100000))";
        let _ = sqlx::query(wal).execute(&pool).await;
        let log = fs::read_to_string(data_dir.join("postgres.log")).unwrap_or_default();
        log.contains("PANIC") && log.contains("No space left on device")
    })
    .await;
    assert_eq!(create_note(&ada).await, StatusCode::SERVICE_UNAVAILABLE);
    disk.free();
    eventually("changes succeed again", async || create_note(&ada).await.is_success()).await;
    eventually("the node is ok again", async || is_ok(&ada).await).await;
    server.stop().await;
}
