//! Nothing of the database's URL is printed: not by commands, not by errors, and not by log lines of libraries.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use testing::{Sandbox, TlsPostgres, eventually};

use crate::program::{Program, command};

/// Runs the command to its end. Returns all that it has printed.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[track_caller]
fn assert_no_part(text: &str, parts: &[String]) {
    for part in parts {
        assert!(!text.contains(part.as_str()), "{part} is in {text}");
    }
}

#[tokio::test]
async fn commands_that_cannot_use_the_url_print_nothing_of_it() {
    let postgres = TlsPostgres::start().await;
    let mut parts = postgres.secrets().to_vec();
    parts.extend(["zother", "zfile"].map(str::to_owned));
    let url = |parameters| postgres.url("127.0.0.1", parameters);
    let required = url("?sslmode=require");
    let mut urls = vec![
        url("?sslmode=disable"),
        url("?sslmode=verify-full"),
        url("?sslmode=zother"),
        url("?zother=zother"),
        url("?sslrootcert=/zfile"),
        url("?sslcert=/zfile&sslkey=/zfile"),
        required.replace(":zpassword", ":zother"),
        required.replace("zrole:", "zother:"),
        required.replace("/zdatabase", "/zother"),
        required.replace("zdatabase", "zdatabase/zother"),
        required.replace("zpassword", "zpassword?zother"),
        required.replace("zpassword", "zpassword%zz"),
        required.replace("127.0.0.1:", "127.0.0.1:zother"),
        required.replace("postgres://", "zother://"),
        url("").replace("127.0.0.1:", "127.0.0.1:1"),
    ];
    urls.push(postgres.secrets().join(" "));
    let sandbox = Sandbox::new();
    for url in &urls {
        for arguments in [&[][..], &["check"], &["create-admin", "ada@example.com"]] {
            let text = output(command(&sandbox).args(arguments).env("DATABASE_URL", url));
            assert!(text.contains("DATABASE_URL"), "{url}: {text}");
            assert_no_part(&text, &parts);
        }
    }

    let as_flag =
        output(command(&sandbox).args(["--database-url", &url("?zother=zother"), "--zzz"]));
    assert_no_part(&as_flag, &parts);
    let broken = OsString::from_vec([required.as_bytes(), b"\xff"].concat());
    assert_no_part(&output(command(&sandbox).env("DATABASE_URL", broken)), &parts);
    let help = command(&sandbox).arg("--help").env("DATABASE_URL", required).output().unwrap();
    assert_no_part(&String::from_utf8(help.stdout).unwrap(), &parts);
}

#[tokio::test]
async fn server_that_loses_its_database_logs_and_serves_nothing_of_the_url() {
    let (sandbox, folder) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let postgres = TlsPostgres::start().await;
    let url = postgres.url("localhost", &format!("?sslrootcert={}", postgres.root()));
    let path = folder.path().join("log");
    let mut command = command(&sandbox);
    command.env("DATABASE_URL", url).env("RUST_LOG", "debug");
    let mut program = Program::spawn(command.stderr(File::create(&path).unwrap()));
    let readyz = format!("http://{}/readyz", program.address());
    let report = async || reqwest::get(&readyz).await.unwrap().text().await.unwrap();
    eventually("the worker has started", async || report().await.contains("\"holder\"")).await;

    let read = || std::fs::read_to_string(&path).unwrap();
    let terminate =
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'zrole'";
    let mut problems = String::new();
    for (change, undo, logged) in [
        (
            "alter role zrole password 'another'",
            "alter role zrole password 'zpassword'",
            "password authentication failed for user",
        ),
        ("alter role zrole nologin", "alter role zrole login", "is not permitted to log in"),
        (
            "alter database zdatabase allow_connections false",
            "alter database zdatabase allow_connections true",
            "is not currently accepting connections",
        ),
    ] {
        postgres.execute(&[change, terminate]).await;
        eventually(logged, async || read().contains(logged)).await;
        problems += &report().await;
        postgres.execute(&[undo]).await;
        eventually("it goes on", async || report().await.contains("\"holder\"")).await;
    }
    program.stop().await;
    let log = read();
    assert!(log.contains("DEBUG"), "libraries log too");
    let [role, password, database, _] = postgres.secrets();
    assert_no_part(&log, &[role.clone(), password.clone(), database.clone()]);
    assert_no_part(&problems, &[role, password, database]);
}
