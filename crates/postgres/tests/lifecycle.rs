//! The life of a cluster, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use private_postgres::testing::Sandbox;
use private_postgres::{Cluster, ClusterOptions, ClusterState};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

async fn connect(cluster: &Cluster) -> PgConnection {
    let info = cluster.connection_info();
    PgConnectOptions::new_without_pgpass()
        .socket(info.socket_dir)
        .port(info.port)
        .username(&info.user)
        .database("postgres")
        .connect()
        .await
        .unwrap()
}

async fn run(cluster: &Cluster, sql: &'static str) {
    let mut connection = connect(cluster).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Commits something that [`assert_note_exists`] finds later.
async fn create_note(cluster: &Cluster) {
    run(cluster, "create table note ()").await;
}

async fn assert_note_exists(cluster: &Cluster) {
    run(cluster, "select from note").await;
}

fn postmaster_pid(sandbox: &Sandbox) -> i32 {
    let file = sandbox.data_dir().join("postgres/postmaster.pid");
    fs::read_to_string(file).unwrap().lines().next().unwrap().parse().unwrap()
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

async fn start(options: &ClusterOptions) -> Cluster {
    Cluster::start(options).await.unwrap()
}

/// The error message of a start that fails.
async fn start_error(options: &ClusterOptions) -> String {
    Cluster::start(options).await.unwrap_err().to_string()
}

/// Another process that runs a cluster until it is killed: this test program, started again with
/// only the test [`owner_process`].
struct OwnerProcess(Child);

/// Names the sandbox's data directory for [`owner_process`].
const OWNER_DATA_DIR: &str = "OWNER_DATA_DIR";

const READY: &str = "the owner is ready";

impl OwnerProcess {
    /// Returns when the cluster accepts connections and has a note.
    fn start(sandbox: &Sandbox) -> Self {
        Self::spawn(sandbox, Command::new(std::env::current_exe().unwrap()))
    }

    fn spawn(sandbox: &Sandbox, mut command: Command) -> Self {
        let mut child = command
            .args(["--exact", "owner_process", "--nocapture"])
            .env(OWNER_DATA_DIR, sandbox.data_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap().contains(READY)), "the owner has ended");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for OwnerProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The body of [`OwnerProcess`]; does nothing as an ordinary test.
#[tokio::test]
async fn owner_process() {
    let Some(data_dir) = std::env::var_os(OWNER_DATA_DIR) else { return };
    let sandbox = Sandbox::new();
    let cluster = start(&ClusterOptions { data_dir: data_dir.into(), ..sandbox.options() }).await;
    create_note(&cluster).await;
    println!("{READY}");
    // Ends when the test that started it does, if it isn't killed before.
    let _ = std::io::stdin().lines().next();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn new_cluster_has_the_settings_and_listens_on_its_socket_only() {
    let sandbox = Sandbox::new();
    let options = ClusterOptions { superuser: "owner".to_owned(), ..sandbox.options() }
        .with_settings([("wal_level", "logical"), ("listen_addresses", "localhost")]);
    let cluster = start(&options).await;
    let mut connection = connect(&cluster).await;
    let settings: (String, String, String, String) = sqlx::query_as(
        "select current_setting('wal_level'), current_setting('listen_addresses'),
                current_setting('server_encoding'), current_user::text",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(settings, ("logical".into(), String::new(), "UTF8".into(), "owner".into()));
    for private in ["postgres", "run", "postgres.log"] {
        let mode = fs::metadata(sandbox.data_dir().join(private)).unwrap().mode();
        assert_eq!(mode & 0o077, 0, "{private} is open to other users");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn data_is_there_after_a_stop_and_a_second_start() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    let pid = postmaster_pid(&sandbox);
    cluster.stop().await.unwrap();
    let process = rustix::process::test_kill_process(Pid::from_raw(pid).unwrap());
    assert_eq!(process, Err(rustix::io::Errno::SRCH), "Postgres still runs");
    assert!(!sandbox.data_dir().join("run").exists());

    let cluster = start(&sandbox.options()).await;
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn orphan_of_a_killed_process_is_replaced_and_its_data_kept() {
    let sandbox = Sandbox::new();
    let mut owner = OwnerProcess::start(&sandbox);
    let orphan = postmaster_pid(&sandbox);
    owner.kill();

    let cluster = start(&sandbox.options()).await;
    assert_ne!(postmaster_pid(&sandbox), orphan);
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn start_recovers_after_the_process_and_its_postgres_were_killed() {
    let sandbox = Sandbox::new();
    let mut owner = OwnerProcess::start(&sandbox);
    kill(postmaster_pid(&sandbox));
    owner.kill();

    let cluster = start(&sandbox.options()).await;
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn dropped_cluster_stops_and_can_be_started_again_at_once() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    drop(cluster);

    let cluster = start(&sandbox.options()).await;
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn stale_pid_file_whose_id_was_reused_does_not_block_a_start() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    cluster.stop().await.unwrap();
    let stale = format!("{}\n/data\n1\n5432\n/run\n\n  1 1\nready   \n", std::process::id());
    fs::write(sandbox.data_dir().join("postgres/postmaster.pid"), stale).unwrap();

    let cluster = start(&sandbox.options()).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn second_start_in_the_same_process_fails_and_leaves_the_first_alone() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    let message = start_error(&sandbox.options()).await;
    let holder = format!("in use by another process ({})", std::process::id());
    assert!(message.contains(&holder), "{message}");
    create_note(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn second_process_on_the_same_directory_fails_and_names_the_first() {
    let sandbox = Sandbox::new();
    let owner = OwnerProcess::start(&sandbox);
    let running = postmaster_pid(&sandbox);
    let message = start_error(&sandbox.options()).await;
    let holder = format!("in use by another process ({})", owner.0.id());
    assert!(message.contains(&holder), "{message}");
    assert_eq!(postmaster_pid(&sandbox), running);
}

#[tokio::test]
async fn interrupted_initdb_is_removed_and_repeated() {
    let sandbox = Sandbox::new();
    let unfinished = sandbox.data_dir().join("unfinished-1");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15").unwrap();

    let cluster = start(&sandbox.options()).await;
    assert!(!unfinished.exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn missing_programs_are_reported_with_the_directory() {
    let sandbox = Sandbox::new();
    let nowhere = ClusterOptions { bin_dir: Some("/nonexistent".into()), ..sandbox.options() };
    let message = start_error(&nowhere).await;
    assert!(message.starts_with("there is no working `initdb` and `postgres`"), "{message}");
    assert!(message.contains("in /nonexistent:"), "{message}");
}

#[tokio::test]
async fn data_of_another_major_version_is_left_alone() {
    let sandbox = Sandbox::new();
    let data = sandbox.data_dir().join("postgres");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9999\n").unwrap();
    let message = start_error(&sandbox.options()).await;
    assert!(message.contains("written by Postgres 9999, but only "), "{message}");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}

#[tokio::test]
async fn failed_start_quotes_the_log() {
    let sandbox = Sandbox::new();
    let options = sandbox.options().with_settings([("shared_buffers", "many")]);
    let message = start_error(&options).await;
    assert!(message.starts_with("Postgres couldn't start; the end of its log, "), "{message}");
    assert!(message.contains("invalid value for parameter \"shared_buffers\""), "{message}");
}

/// Waits until the cluster is in a state that satisfies the condition.
async fn state_when(cluster: &Cluster, condition: impl Fn(&ClusterState) -> bool) -> ClusterState {
    let mut state = cluster.state();
    let reached = state.wait_for(|state| condition(state));
    let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
    reached.expect("within a minute").expect("the supervisor runs").clone()
}

/// Kills the postmaster, and waits until its end was noticed.
async fn kill_postmaster(cluster: &Cluster, sandbox: &Sandbox) {
    kill(postmaster_pid(sandbox));
    state_when(cluster, |state| *state != ClusterState::Running).await;
}

#[tokio::test]
async fn killed_postmaster_is_started_again_with_its_data() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    for _ in 0..2 {
        let killed = postmaster_pid(&sandbox);
        kill_postmaster(&cluster, &sandbox).await;
        state_when(&cluster, |state| *state == ClusterState::Running).await;
        assert_ne!(postmaster_pid(&sandbox), killed);
        assert_note_exists(&cluster).await;
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn cluster_that_cannot_be_restarted_is_failing_until_it_can() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    let control = sandbox.data_dir().join("postgres/global/pg_control");
    let hidden = control.with_file_name("hidden");
    fs::rename(&control, &hidden).unwrap();
    kill_postmaster(&cluster, &sandbox).await;
    let failing = |state: &ClusterState| matches!(state, ClusterState::Failing { .. });
    let ClusterState::Failing { reason } = state_when(&cluster, failing).await else {
        unreachable!("it was waited for")
    };
    assert!(reason.contains("pg_control"), "{reason}");
    assert!(!reason.contains('\n'), "{reason}");

    fs::rename(&hidden, &control).unwrap();
    state_when(&cluster, |state| *state == ClusterState::Running).await;
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn cluster_stops_while_it_is_started_again() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    kill_postmaster(&cluster, &sandbox).await;
    cluster.stop().await.unwrap();

    let cluster = start(&sandbox.options()).await;
    assert_note_exists(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn data_directory_that_was_opened_to_a_group_is_closed_again() {
    let sandbox = Sandbox::new();
    let cluster = start(&sandbox.options()).await;
    create_note(&cluster).await;
    cluster.stop().await.unwrap();
    // As Kubernetes does with the volumes of a pod that has an `fsGroup`.
    let data = sandbox.data_dir().join("postgres");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o2770)).unwrap();

    let cluster = start(&sandbox.options()).await;
    assert_note_exists(&cluster).await;
    assert_eq!(fs::metadata(&data).unwrap().mode() & 0o7777, 0o700);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn user_without_a_name_sets_up_a_cluster() {
    const NAMELESS: u32 = 987_654;
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can start a process as another user");
        return;
    }
    let sandbox = Sandbox::new();
    // The folders of this program may be closed to that user.
    let parent = sandbox.data_dir().parent().unwrap().to_owned();
    let program = parent.join("owner");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::create_dir(sandbox.data_dir()).unwrap();
    std::os::unix::fs::chown(sandbox.data_dir(), Some(NAMELESS), Some(NAMELESS)).unwrap();
    let mut command = Command::new(program);
    command.uid(NAMELESS).gid(NAMELESS).current_dir("/");
    let owner = OwnerProcess::spawn(&sandbox, command);
    let data = fs::metadata(sandbox.data_dir().join("postgres")).unwrap();
    assert_eq!((data.uid(), data.mode() & 0o777), (NAMELESS, 0o700));
    drop(owner);
}
