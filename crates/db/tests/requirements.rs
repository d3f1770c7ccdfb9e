//! Errors about a server that isn't set up for Tributary.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use db::requirements::MissingRequirement;
use db::{CheckedServer, DatabaseError, Endpoint, RoleUse};
use testing::TestDatabase;

#[tokio::test]
async fn listed_statements_make_an_ordinary_role_sufficient() {
    let database = TestDatabase::create().await;
    let role = format!("{}_guest", database.endpoint.database);
    let guest = Endpoint { user: role.clone(), ..database.endpoint.clone() };
    let run = |sql: String| {
        let pool = database.pool.clone();
        async move { sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap() }
    };
    run(format!("create role {role} login; revoke create on schema public from public")).await;

    let error = check(&guest).await.unwrap_err();
    let DatabaseError::Requirements { missing, .. } = &error else { panic!("{error}") };
    assert_eq!(missing.len(), 3, "{error}");
    for requirement in missing {
        run(statement(requirement, &role, &database.endpoint.database)).await;
    }
    check(&guest).await.unwrap();

    run(format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn missing_database_is_refused_in_a_sentence() {
    let database = TestDatabase::create().await;
    let missing = Endpoint { database: "missing".to_owned(), ..database.endpoint.clone() };
    let text = check(&missing).await.unwrap_err().to_string();
    assert!(
        text.contains("the database doesn't exist: create it with `create database`"),
        "{text}"
    );
}

async fn check(endpoint: &Endpoint) -> Result<CheckedServer, DatabaseError> {
    db::requirements::check(endpoint, RoleUse::Everything).await
}

/// The statement that a requirement asks for, with the names that it leaves out.
fn statement(requirement: &MissingRequirement, role: &str, database: &str) -> String {
    let text = requirement.to_string();
    text.split('`').nth(1).unwrap().replace("ROLE", role).replace("DATABASE", database)
}

/// Runs statements as the superuser, each in a transaction of its own.
async fn run(database: &TestDatabase, statements: &[String]) {
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
            .execute(&database.pool)
            .await
            .unwrap();
    }
}

/// The only requirement that isn't met.
async fn only_missing(endpoint: &Endpoint) -> MissingRequirement {
    let error = check(endpoint).await.unwrap_err();
    let DatabaseError::Requirements { missing, .. } = &error else { panic!("{error}") };
    assert_eq!(missing.len(), 1, "{error}");
    missing[0].clone()
}

/// Runs the statement that the only missing requirement asks for.
async fn meet_only_missing(database: &TestDatabase, endpoint: &Endpoint) {
    let missing = only_missing(endpoint).await;
    run(database, &[statement(&missing, &endpoint.user, &endpoint.database)]).await;
    check(endpoint).await.unwrap();
}

#[tokio::test]
async fn settings_of_a_database_that_do_not_fit_are_refused_in_a_sentence() {
    let database = TestDatabase::create().await;
    let name = &database.endpoint.database;
    let other = |suffix: &str| format!("{name}_{suffix}");
    run(
        &database,
        &[
            format!(
                "create database {} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0",
                other("latin1")
            ),
            format!("create database {}", other("read_only")),
            format!("alter database {} set default_transaction_read_only = on", other("read_only")),
            format!("create database {} connection limit 5", other("small")),
        ],
    )
    .await;
    for (suffix, expected) in [
        ("latin1", "LATIN1 and must be UTF8: create it with"),
        ("read_only", "reset default_transaction_read_only;`"),
        ("small", "it allows 5 connections, and 10 are needed"),
    ] {
        let text = only_missing(&database.endpoint.with_database(&other(suffix))).await.to_string();
        assert!(text.contains(expected), "{text}");
    }

    let elsewhere = database.endpoint.with_database(&other("elsewhere"));
    run(&database, &[format!("create database {}", other("elsewhere"))]).await;
    run(&database, &[format!("alter database {} set search_path = elsewhere", other("elsewhere"))])
        .await;
    meet_only_missing(&database, &elsewhere).await;
    for suffix in ["latin1", "read_only", "small", "elsewhere"] {
        run(&database, &[format!("drop database {} with (force)", other(suffix))]).await;
    }

    run(&database, &["alter schema public rename to elsewhere".to_owned()]).await;
    run(&database, &["create schema public".to_owned()]).await;
    meet_only_missing(&database, &database.endpoint).await;
    run(&database, &["alter schema public rename to elsewhere".to_owned()]).await;
    run(&database, &["drop schema elsewhere cascade".to_owned()]).await;
    meet_only_missing(&database, &database.endpoint).await;
}

#[tokio::test]
async fn other_collation_and_isolation_work() {
    let database = TestDatabase::create().await;
    let name = format!("{}_c", database.endpoint.database);
    run(
        &database,
        &[
            format!("create database {name} lc_collate 'C' lc_ctype 'C' template template0"),
            format!("alter database {name} set default_transaction_isolation = 'serializable'"),
            // Long enough for a busy machine to say that they don't apply.
            format!("alter database {name} set statement_timeout = '1s'"),
            format!("alter database {name} set idle_session_timeout = '1s'"),
        ],
    )
    .await;
    let opened = db::Database::open(database.endpoint.with_database(&name)).await.unwrap();
    let settings: (String, String) = sqlx::query_as(
        "select current_setting('transaction_isolation'), current_setting('idle_session_timeout')",
    )
    .fetch_one(&opened.pool)
    .await
    .unwrap();
    assert_eq!(settings, ("read committed".to_owned(), "0".to_owned()));
    opened.close().await;
    run(&database, &[format!("drop database {name} with (force)")]).await;
}

/// `PgBouncer` in front of a database, ended when this is dropped.
struct Pooler {
    process: Child,
    endpoint: Endpoint,
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// None where `PgBouncer` isn't installed.
    async fn start(database: &Endpoint, settings: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // The pooler refuses to run as root, and only root and Postgres' user reach Postgres' socket.
        let db::Host::Socket(socket) = &database.host else { panic!("{database}") };
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let port = {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            free.local_addr().unwrap().port()
        };
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n{settings}\n",
            socket.display(),
            database.port
        )
        .replace("* = host", &format!("{} = user={} host", database.database, database.user));
        fs::write(&file, text).unwrap();
        let mut command = Command::new("pgbouncer");
        if rustix::process::geteuid().is_root() {
            let owner = fs::metadata(socket).unwrap();
            command.uid(owner.uid()).gid(owner.gid());
        }
        let process = command
            .arg("-q")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let endpoint =
            Endpoint { host: db::Host::Tcp("127.0.0.1".to_owned()), port, ..database.clone() };
        testing::eventually("the pooler listens", async || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        Some(Self { process, endpoint, _folder: folder })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn connection_pooler_is_refused_in_a_sentence() {
    let database = TestDatabase::create().await;
    // As installed, it refuses our session settings; it can be told to ignore them.
    for settings in ["", "ignore_startup_parameters = options,extra_float_digits"] {
        let Some(pooler) = Pooler::start(&database.endpoint, settings).await else {
            eprintln!("skipped: PgBouncer isn't installed");
            return;
        };
        let text = only_missing(&pooler.endpoint).await.to_string();
        assert!(text.contains("connect to Postgres itself"), "{settings:?}: {text}");
    }
}
