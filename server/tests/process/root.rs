//! A server that root starts runs as another user, and so does all that it starts and writes.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use private_postgres::{Cluster, SystemUser};
use rustix::process::geteuid;
use testing::{Sandbox, TestDatabase, TlsPostgres, cluster_options};

use crate::postmaster;
use crate::program::{Program, command};

/// The user that root's servers become. None in tests of another user, whose servers stay what they are.
fn other_user(sandbox: &Sandbox) -> Option<SystemUser> {
    if !geteuid().is_root() {
        eprintln!("not root: servers keep the user of this test");
        return None;
    }
    SystemUser::for_data(&sandbox.data_dir())
}

/// The fields of a process' state in proc(5).
fn status(pid: u32, thread: &str) -> impl Fn(&str) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/status")).unwrap();
    move |field| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{field}:"))).unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    }
}

/// Asserts that all threads run as the user, without groups and capabilities of root.
#[track_caller]
fn assert_runs_as(pid: u32, uid: u32, gid: u32) {
    let mut threads = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let thread = thread.unwrap().file_name().into_string().unwrap();
        let field = status(pid, &thread);
        assert_eq!(field("Uid"), vec![uid.to_string(); 4], "thread {thread} of {pid}");
        assert_eq!(field("Gid"), vec![gid.to_string(); 4], "thread {thread} of {pid}");
        if uid != geteuid().as_raw() {
            assert_eq!(field("Groups"), Vec::<String>::new(), "thread {thread} of {pid}");
        }
        for capabilities in ["CapEff", "CapPrm", "CapAmb"] {
            assert_eq!(field(capabilities), ["0000000000000000"], "{capabilities} of {pid}");
        }
        threads += 1;
    }
    assert!(threads > 0);
}

/// Everything in a folder with its owner.
fn owners(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![(folder.to_owned(), fs::symlink_metadata(folder).unwrap().uid())];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap().is_dir() {
            true => found.extend(owners(&path)),
            false => found.push((path.clone(), path.symlink_metadata().unwrap().uid())),
        }
    }
    found
}

#[track_caller]
fn assert_all_belong_to(folder: &Path, uid: u32) {
    let others: Vec<_> = owners(folder).into_iter().filter(|(_, owner)| *owner != uid).collect();
    assert!(others.is_empty(), "{others:?} instead of {uid}");
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// Runs a server that is expected not to start. Returns the sentence that it prints.
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let text = text(&output);
    // An ordinary user's server logs before it looks at its folders.
    assert!(!geteuid().is_root() || text.trim().lines().count() == 1, "{text}");
    text
}

async fn is_alive(address: &str) -> bool {
    let answer = reqwest::get(format!("http://{address}/healthz")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test]
async fn server_of_root_and_its_postgres_run_as_one_ordinary_user() {
    let sandbox = Sandbox::new();
    let user = other_user(&sandbox);
    let mut program = Program::spawn(&mut command(&sandbox));
    let address = program.address();
    assert!(is_alive(&address).await);
    let postgres = u32::try_from(postmaster(&sandbox.data_dir()).unwrap()).unwrap();
    match &user {
        Some(user) => {
            assert_runs_as(program.0.id(), user.uid(), user.gid());
            assert_runs_as(postgres, user.uid(), user.gid());
            assert_all_belong_to(&sandbox.data_dir(), user.uid());
        }
        None => assert_all_belong_to(&sandbox.data_dir(), geteuid().as_raw()),
    }
    // Beside the running server, and after it.
    let create_admin = || {
        let output = command(&sandbox).args(["create-admin", "ada@example.com"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    create_admin();
    program.stop().await;
    create_admin();
    let uid = user.map_or(geteuid().as_raw(), |user| user.uid());
    assert_all_belong_to(&sandbox.data_dir(), uid);
}

#[test]
fn commands_of_root_leave_no_files_of_root() {
    let sandbox = Sandbox::new();
    let Some(user) = other_user(&sandbox) else { return };
    let output = command(&sandbox).arg("check").output().unwrap();
    assert!(text(&output).contains("ok      database: a private Postgres "), "{}", text(&output));
    assert!(text(&output).contains(&format!("ok      user: {}, as whom", user.name())));
    assert_all_belong_to(&sandbox.data_dir(), user.uid());

    let output = command(&sandbox).args(["create-admin", "ada@example.com"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let output = command(&sandbox).args(["reset-password", "ada@example.com"]).output().unwrap();
    assert!(text(&output).contains("no account has the address"), "{}", text(&output));
    assert_all_belong_to(&sandbox.data_dir(), user.uid());
}

#[tokio::test]
async fn data_folder_of_a_server_that_ran_as_root_goes_on_with_the_other_user() {
    let sandbox = Sandbox::new();
    let Some(user) = other_user(&sandbox) else { return };
    // A process of root that doesn't give up its privileges.
    let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
    cluster.stop().await.unwrap();
    let mail = sandbox.data_dir().join("mail");
    fs::create_dir(&mail).unwrap();
    fs::write(mail.join("letter.txt"), "").unwrap();
    assert!(owners(&sandbox.data_dir()).iter().any(|(_, owner)| *owner == 0));

    let address = Program::spawn(&mut command(&sandbox)).address();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    assert_all_belong_to(&sandbox.data_dir(), user.uid());
}

#[tokio::test]
async fn owner_of_the_data_folder_or_the_configured_user_is_chosen() {
    let sandbox = Sandbox::new();
    if other_user(&sandbox).is_none() {
        return;
    }
    fs::create_dir(sandbox.data_dir()).unwrap();
    chown(sandbox.data_dir(), Some(987_654), Some(987_655)).unwrap();
    let mut program = Program::spawn(&mut command(&sandbox));
    program.address();
    assert_runs_as(program.0.id(), 987_654, 987_655);
    program.stop().await;
    let refused = refusal(command(&sandbox).env("RUN_AS_USER", "nobody"));
    assert!(refused.contains("the folder in DATA_DIR can't be used: "), "{refused}");
    assert!(refused.contains(" belongs to the user 987654 and not to nobody"), "{refused}");

    let database = TestDatabase::create().await;
    let (elsewhere, mail) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let nobody = SystemUser::find("nobody").unwrap();
    // The socket of the tests' database is closed to others than Postgres' user.
    let mut command = command(&elsewhere);
    command.env("RUN_AS_USER", "nobody").env("DATABASE_URL", database.url());
    command.env("MAIL_FOLDER", mail.path().join("letters"));
    let refused = text(&command.output().unwrap());
    assert!(refused.contains("can't connect to the Postgres server in DATABASE_URL"), "{refused}");
    assert_all_belong_to(&mail.path().join("letters"), nobody.uid());
    assert!(!elsewhere.data_dir().exists(), "nothing is written there");
    for user in ["root", "0", "nobody-of-that-name"] {
        let refused = refusal(command.env("RUN_AS_USER", user));
        assert!(refused.contains("which is no ordinary user of this machine"), "{refused}");
    }
}

#[test]
fn folders_that_another_user_could_have_made_are_refused_in_a_sentence() {
    let sandbox = Sandbox::new();
    let data = sandbox.data_dir();
    let target = data.with_file_name("target");
    fs::create_dir(&target).unwrap();
    symlink(&target, &data).unwrap();
    let refused = refusal(&mut command(&sandbox));
    assert!(refused.contains(&format!("{} is a symbolic link", data.display())), "{refused}");

    fs::remove_file(&data).unwrap();
    fs::create_dir(&data).unwrap();
    symlink(target.join("file"), data.join("postgres.log")).unwrap();
    let refused = refusal(&mut command(&sandbox));
    assert!(refused.contains("data/postgres.log is a symbolic link"), "{refused}");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
    fs::remove_file(data.join("postgres.log")).unwrap();

    let Some(user) = other_user(&sandbox) else { return };
    fs::write(data.join("backup"), "").unwrap();
    let refused = refusal(&mut command(&sandbox));
    assert!(refused.contains("belongs to root and contains "), "{refused}");
    assert!(
        refused.contains(&format!("`chown -R {} {}`", user.name(), data.display())),
        "{refused}"
    );
    fs::remove_file(data.join("backup")).unwrap();

    fs::set_permissions(data.parent().unwrap(), Permissions::from_mode(0o700)).unwrap();
    let refused = refusal(&mut command(&sandbox));
    assert!(
        refused.contains(&format!("the user {}, as which the server", user.name())),
        "{refused}"
    );
    fs::set_permissions(data.parent().unwrap(), Permissions::from_mode(0o711)).unwrap();

    // An ordinary user, and the folder of another one.
    chown(&data, Some(987_654), Some(987_654)).unwrap();
    let program = data.with_file_name("tributary");
    fs::copy(env!("CARGO_BIN_EXE_tributary"), &program).unwrap();
    let mut ordinary = Command::new(program);
    ordinary.uid(user.uid()).gid(user.gid()).current_dir("/");
    ordinary.env("DATA_DIR", &data).env("ADDRESS", "127.0.0.1:0").env_remove("DATABASE_URL");
    let refused = text(&ordinary.output().unwrap());
    assert!(refused.contains(" belongs to the user 987654 and not to "), "{refused}");
}

#[tokio::test]
async fn certificate_that_only_root_reads_is_refused_in_a_sentence() {
    let (sandbox, folder) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let Some(user) = other_user(&sandbox) else { return };
    let postgres = TlsPostgres::start().await;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let file = folder.path().join("zfile");
    fs::copy(postgres.root(), &file).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let url = postgres.url("localhost", &format!("?sslrootcert={}", file.display()));
    let expected = format!(
        "the file in sslrootcert for DATABASE_URL can't be read by the user {}, as which the server runs: ",
        user.name()
    );
    for arguments in [&[][..], &["check"], &["create-admin", "ada@example.com"]] {
        let refused = refusal(command(&sandbox).args(arguments).env("DATABASE_URL", &url));
        assert!(refused.contains(&expected), "{refused}");
        assert!(!refused.contains("zfile"), "{refused}");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let mut program = Program::spawn(command(&sandbox).env("DATABASE_URL", &url));
    program.address();
    assert_runs_as(program.0.id(), user.uid(), user.gid());
}

/// A port that only root may bind, and that nobody uses.
fn free_privileged_port() -> u16 {
    let free = (600..1024).rev().find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.unwrap()
}

#[tokio::test]
async fn server_of_root_listens_on_ports_that_only_root_may_bind() {
    let sandbox = Sandbox::new();
    if other_user(&sandbox).is_none() {
        return;
    }
    let address = format!("127.0.0.1:{}", free_privileged_port());
    let mut program = Program::spawn(command(&sandbox).env("ADDRESS", &address));
    assert_eq!(program.address(), address);
    assert!(is_alive(&address).await);

    let other = Sandbox::new();
    let refused = text(&command(&other).env("ADDRESS", &address).output().unwrap());
    assert!(refused.contains(&format!("can't listen on {address}")), "{refused}");
    let checked = text(&command(&other).arg("check").env("ADDRESS", &address).output().unwrap());
    assert!(checked.contains(&format!("failed  address: can't listen on {address}")), "{checked}");
    program.stop().await;
    let checked = text(&command(&other).arg("check").env("ADDRESS", &address).output().unwrap());
    assert!(checked.contains(&format!("ok      address: {address}")), "{checked}");
}

#[tokio::test]
async fn site_in_a_folder_of_root_is_served() {
    let (sandbox, closed) = (Sandbox::new(), tempfile::tempdir().unwrap());
    fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
    let site = closed.path().join("site");
    fs::create_dir_all(site.join("pkg")).unwrap();
    let file = site.join("pkg/hello.txt");
    fs::write(&file, "hello").unwrap();
    let mut program = Program::spawn(command(&sandbox).env("LEPTOS_SITE_ROOT", &site));
    let url = format!("http://{}/pkg/hello.txt", program.address());
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "hello");
    program.stop().await;
    let checked = command(&sandbox).arg("check").env("LEPTOS_SITE_ROOT", &site).output().unwrap();
    assert!(text(&checked).contains(&format!("ok      site: {}\n", site.display())), "{checked:?}");

    let Some(user) = other_user(&sandbox) else { return };
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let refused = refusal(command(&sandbox).env("LEPTOS_SITE_ROOT", &site));
    let expected = format!("{} can't be read by the user {}", file.display(), user.name());
    assert!(refused.contains(&expected), "{refused}");
}

#[tokio::test]
async fn make_run_of_root_serves_the_demo_as_another_user() {
    let sandbox = Sandbox::new();
    let user = other_user(&sandbox);
    let program = Path::new(env!("CARGO_BIN_EXE_tributary"));
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    let mut command = command(&sandbox);
    let settings: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new(scripts.join("run"));
    command.envs(settings).env_remove("DATABASE_URL").env_remove("LEPTOS_SITE_ROOT");
    // The last line of `make run`, with the server that belongs to this test.
    command.env("CARGO_TARGET_DIR", program.parent().unwrap().parent().unwrap());
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut program = Program::spawn(&mut command);
    let address = program.address();
    assert!(is_alive(&address).await);
    let uid = user.as_ref().map_or(geteuid().as_raw(), SystemUser::uid);
    if let Some(user) = &user {
        assert_runs_as(program.0.id(), uid, user.gid());
    }
    assert_all_belong_to(&sandbox.data_dir(), uid);
}
