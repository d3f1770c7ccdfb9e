//! A fresh database for each test, all on one real cluster a test process.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use contract::{Cursor, Epoch, Position};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::eventually;

use db::requirements::SERVER_SETTINGS;
use db::{Database, Endpoint, Host};
use private_postgres::testing::Sandbox;
use private_postgres::{Cluster, ClusterOptions, ConnectionInfo};

/// Every test's database begins as a copy of this one, which is much faster than to migrate it.
const TEMPLATE: &str = "migrated";

/// Never dropped: it ends with the process, by its sandbox.
static SHARED: OnceCell<Shared> = OnceCell::const_new();

struct Shared {
    cluster: Cluster,
    _sandbox: Sandbox,
}

impl Shared {
    async fn get() -> &'static Self {
        SHARED.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let sandbox = Sandbox::new();
        let settings = [
            ("max_connections", "300"),
            ("max_replication_slots", "100"),
            ("max_wal_senders", "100"),
        ];
        let options = cluster_options(&sandbox).with_settings(settings);
        let cluster = Cluster::start(&options).await.unwrap();
        let endpoint = endpoint(&cluster, TEMPLATE);
        endpoint.create_database().await.unwrap();
        let template = db::pool(&endpoint, 1);
        db::migrations::run(&template).await.unwrap();
        template.close().await;
        Self { cluster, _sandbox: sandbox }
    }
}

/// A cluster in the sandbox with the settings that Tributary needs.
#[must_use]
pub fn cluster_options(sandbox: &Sandbox) -> ClusterOptions {
    ClusterOptions { superuser: "tributary".to_owned(), ..sandbox.options() }
        .with_settings(SERVER_SETTINGS)
}

/// A database of the cluster; it need not exist.
#[must_use]
pub fn endpoint(cluster: &Cluster, database: &str) -> Endpoint {
    let ConnectionInfo { socket_dir, port, user } = cluster.connection_info();
    let host = Host::Socket(socket_dir);
    Endpoint { host, port, user, password: None, database: database.to_owned() }
}

/// A database with Tributary's schema and nothing in it, gone after the test.
pub struct TestDatabase {
    pub pool: PgPool,
    pub endpoint: Endpoint,
}

impl TestDatabase {
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let shared = Shared::get().await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = connect(&endpoint(&shared.cluster, "postgres")).await.unwrap();
        run(&mut admin, format!("create database {name} template {TEMPLATE}")).await.unwrap();
        admin.close().await.unwrap();

        let endpoint = endpoint(&shared.cluster, &name);
        let pool = db::pool(&endpoint, 10);
        // A log of its own: a copy must not share its epoch with the others.
        sqlx::query("update cdc_state set epoch = floor(random() * 4294967296)::bigint")
            .execute(&pool)
            .await
            .unwrap();
        Self { pool, endpoint }
    }

    /// The same database, as the server knows it.
    pub fn handle(&self) -> Database {
        Database::connect(self.pool.clone(), self.endpoint.clone())
    }

    /// The same database, as a server on another machine knows it.
    pub fn separate_handle(&self) -> Database {
        Database::connect(db::pool(&self.endpoint, 10), self.endpoint.clone())
    }

    /// Another pool of connections to it.
    pub fn new_pool(&self, max_connections: u32) -> PgPool {
        db::pool(&self.endpoint, max_connections)
    }

    /// Waits until the log holds all that is committed by now; gives its newest place.
    pub async fn settled(&self) -> Cursor {
        // A change of our own marks the place: when it is in the log, all before it is.
        let mark = Uuid::now_v7();
        sqlx::query("insert into users (id, email, name) values ($1, $2, 'Mark')")
            .bind(mark)
            .bind(format!("{mark}@example.com"))
            .execute(&self.pool)
            .await
            .unwrap();
        eventually("the log contains the mark", async || {
            sqlx::query_scalar("select exists (select from activities where subject_id = $1)")
                .bind(mark)
                .fetch_one(&self.pool)
                .await
                .unwrap()
        })
        .await;
        self.head().await
    }

    /// Runs statements that take no parameters.
    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await.unwrap();
    }

    /// Takes the replication slot away from the worker that holds it, and drops it.
    pub async fn drop_slot(&self) {
        let terminate = "select pg_terminate_backend(active_pid)
                           from pg_replication_slots where slot_name = $1 and active";
        eventually("the slot is dropped", async || {
            sqlx::query(terminate).bind(self.slot()).execute(&self.pool).await.unwrap();
            let drop = sqlx::query("select pg_drop_replication_slot($1)").bind(self.slot());
            drop.execute(&self.pool).await.is_ok()
        })
        .await;
    }

    /// The kinds of all incidents, oldest first.
    pub async fn incidents(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from cdc_incidents order by id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    /// The newest position of the log.
    pub async fn head(&self) -> Cursor {
        let (epoch, position): (i64, Position) =
            sqlx::query_as("select epoch, last_position from cdc_state")
                .fetch_one(&self.pool)
                .await
                .unwrap();
        Cursor { epoch: Epoch::new(u32::try_from(epoch).unwrap()), position }
    }

    /// The name of the replication slot that belongs to the database.
    pub fn slot(&self) -> String {
        format!("tributary_{}", self.endpoint.database)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Without its janitor the database stays until the cluster goes, which hurts nobody.
        let _ = JANITOR.send(Leftover { endpoint: self.endpoint.clone(), slot: self.slot() });
    }
}

struct Leftover {
    endpoint: Endpoint,
    slot: String,
}

/// Drops databases and their slots, of which the cluster has a limited number, while other tests
/// run. A thread, since a test's runtime ends with the test.
static JANITOR: LazyLock<mpsc::Sender<Leftover>> = LazyLock::new(|| {
    let (sender, leftovers) = mpsc::channel::<Leftover>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for leftover in leftovers {
            if let Err(error) = runtime.block_on(remove(&leftover)) {
                eprintln!("the database {} stays: {error}", leftover.endpoint.database);
            }
        }
    });
    sender
});

/// A worker may hold the slot until its runtime is gone, so this is tried for a while.
async fn remove(leftover: &Leftover) -> Result<(), sqlx::Error> {
    let name = &leftover.endpoint.database;
    let admin = Endpoint { database: "postgres".to_owned(), ..leftover.endpoint.clone() };
    let mut admin = connect(&admin).await?;
    run(&mut admin, format!("alter database {name} with allow_connections false")).await?;
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        let attempt = drop_slot_and_database(&mut admin, name, &leftover.slot).await;
        if attempt.is_ok() || Instant::now() > deadline {
            return attempt;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn drop_slot_and_database(
    admin: &mut PgConnection,
    name: &str,
    slot: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(name)
        .execute(&mut *admin)
        .await?;
    sqlx::query(
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots
         where slot_name = $1 and active_pid is null",
    )
    .bind(slot)
    .execute(&mut *admin)
    .await?;
    run(admin, format!("drop database {name} with (force)")).await
}

async fn connect(endpoint: &Endpoint) -> Result<PgConnection, sqlx::Error> {
    endpoint.connect_options().connect().await
}

/// Runs a statement that takes no parameters, with names that this module made.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn epoch(database: &TestDatabase) -> i64 {
        let (epoch,) =
            sqlx::query_as("select epoch from cdc_state").fetch_one(&database.pool).await.unwrap();
        epoch
    }

    #[tokio::test]
    async fn two_tests_share_neither_rows_nor_epoch() {
        let (one, other) = tokio::join!(TestDatabase::create(), TestDatabase::create());
        assert_ne!(one.endpoint.database, other.endpoint.database);
        assert_ne!(epoch(&one).await, epoch(&other).await);
    }

    #[tokio::test]
    async fn a_database_goes_with_its_slot_when_its_test_ends() {
        let kept = TestDatabase::create().await;
        let gone = TestDatabase::create().await;
        let (name, slot) = (gone.endpoint.database.clone(), gone.slot());
        sqlx::query("select pg_create_logical_replication_slot($1, 'pgoutput')")
            .bind(&slot)
            .execute(&gone.pool)
            .await
            .unwrap();
        drop(gone);

        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let (left,): (i64,) = sqlx::query_as(
                "select (select count(*) from pg_database where datname = $1)
                      + (select count(*) from pg_replication_slots where slot_name = $2)",
            )
            .bind(&name)
            .bind(&slot)
            .fetch_one(&kept.pool)
            .await
            .unwrap();
            if left == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{name} or its slot is still there");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
