//! A fresh database for each test, on one real Postgres cluster a test process.

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

use db::clock::Clock;
use db::private_roles::{self, PrivateRoles};
use db::requirements::SERVER_SETTINGS;
use db::{Database, Endpoint, Host};
use private_postgres::testing::Sandbox;
use private_postgres::{Cluster, ClusterOptions, ConnectionInfo};

/// Every test's database is a copy of this one, which is much faster than running the migrations.
const TEMPLATE: &str = "migrated";

/// Never dropped: its sandbox stops the cluster when the process ends.
static SHARED_CLUSTER: OnceCell<SharedCluster> = OnceCell::const_new();

struct SharedCluster {
    cluster: Cluster,
    /// Of the template.
    roles: PrivateRoles,
    _sandbox: Sandbox,
}

impl SharedCluster {
    async fn get() -> &'static Self {
        SHARED_CLUSTER.get_or_init(Self::start).await
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
        let roles = private_roles::set_up(&endpoint).await.unwrap();
        let PrivateRoles { owner, runtime } = roles.clone();
        Database::open_with_owner(runtime, owner).await.unwrap().close().await;
        Self { cluster, roles, _sandbox: sandbox }
    }
}

/// A cluster in the sandbox with the settings that Tributary needs.
#[must_use]
pub fn cluster_options(sandbox: &Sandbox) -> ClusterOptions {
    ClusterOptions { superuser: "tributary".to_owned(), ..sandbox.options() }
        .with_settings(SERVER_SETTINGS)
}

/// The endpoint of a database of the cluster. The database need not exist.
#[must_use]
pub fn endpoint(cluster: &Cluster, database: &str) -> Endpoint {
    let ConnectionInfo { socket_dir, port, user } = cluster.connection_info();
    Endpoint::private(socket_dir, port, user, database)
}

/// An empty database with Tributary's schema, which is dropped after the test.
pub struct TestDatabase {
    /// Connections of the superuser, for what tests do beside the server.
    pub pool: PgPool,
    /// The database as the superuser.
    pub endpoint: Endpoint,
    /// The database as the role that owns the tables.
    pub owner: Endpoint,
    /// The database as the role that servers work with.
    pub runtime: Endpoint,
    pub clock: Clock,
}

impl TestDatabase {
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let shared = SharedCluster::get().await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = connect(&endpoint(&shared.cluster, "postgres")).await.unwrap();
        let PrivateRoles { owner, runtime } = &shared.roles;
        let create = format!("create database {name} template {TEMPLATE} owner {}", owner.user);
        run(&mut admin, create).await.unwrap();
        admin.close().await.unwrap();

        let endpoint = endpoint(&shared.cluster, &name);
        let pool = db::pool(&endpoint, 10);
        // A copy must not share its epoch with the other copies.
        sqlx::query("update cdc_state set epoch = floor(random() * 4294967296)::bigint")
            .execute(&pool)
            .await
            .unwrap();
        let clock = Clock::of_database(&pool).await.unwrap();
        let (owner, runtime) = (owner.with_database(&name), runtime.with_database(&name));
        Self { pool, endpoint, owner, runtime, clock }
    }

    /// The database for a server, with a pool of its own.
    pub fn handle(&self) -> Database {
        Database::connect(db::pool(&self.runtime, 10), self.runtime.clone())
    }

    /// Another pool of connections to the database.
    pub fn new_pool(&self, max_connections: u32) -> PgPool {
        db::pool(&self.endpoint, max_connections)
    }

    /// Waits until the log has everything that is committed by now. Returns its head.
    pub async fn wait_for_log(&self) -> Cursor {
        // The log is in commit order: when it has this change, it has everything before.
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

    /// Ends the connection that uses the replication slot, and drops the slot.
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

    /// The kinds of all recorded incidents, oldest first.
    pub async fn incidents(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from cdc_incidents order by id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    /// The epoch and the newest position of the log.
    pub async fn head(&self) -> Cursor {
        let (epoch, position): (i64, Position) =
            sqlx::query_as("select epoch, last_position from cdc_state")
                .fetch_one(&self.pool)
                .await
                .unwrap();
        Cursor { epoch: Epoch::new(u32::try_from(epoch).unwrap()), position }
    }

    /// The address of the database for the setting `DATABASE_URL`, as the superuser.
    pub fn url(&self) -> String {
        url(&self.endpoint)
    }

    /// The settings with the address of the database for both roles.
    pub fn settings(&self) -> [(&'static str, String); 2] {
        [("DATABASE_URL", url(&self.runtime)), ("DATABASE_OWNER_URL", url(&self.owner))]
    }

    /// The name of the database's replication slot.
    pub fn slot(&self) -> String {
        format!("tributary_{}", self.endpoint.database)
    }
}

fn url(endpoint: &Endpoint) -> String {
    let Endpoint { host, port, user, database, .. } = endpoint;
    let host = match host {
        Host::Tcp(name) => name.clone(),
        Host::Socket(folder) => folder.display().to_string(),
    };
    format!("postgres://{user}@/{database}?host={host}&port={port}")
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Fails only when the thread has ended; the database is then removed with the cluster.
        let unused = UnusedDatabase { endpoint: self.endpoint.clone(), slot: self.slot() };
        let _ = UNUSED_DATABASES.send(unused);
    }
}

struct UnusedDatabase {
    endpoint: Endpoint,
    slot: String,
}

/// Drops databases and their slots while other tests run, because a cluster has a limited number of
/// slots. In a thread of its own, because a test's runtime ends with the test.
static UNUSED_DATABASES: LazyLock<mpsc::Sender<UnusedDatabase>> = LazyLock::new(|| {
    let (sender, databases) = mpsc::channel::<UnusedDatabase>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for database in databases {
            if let Err(error) = runtime.block_on(remove(&database)) {
                eprintln!("the database {} can't be dropped: {error}", database.endpoint.database);
            }
        }
    });
    sender
});

/// Repeated for a while, because a worker may use the slot until its runtime has ended.
async fn remove(unused: &UnusedDatabase) -> Result<(), sqlx::Error> {
    let name = &unused.endpoint.database;
    let admin = Endpoint { database: "postgres".to_owned(), ..unused.endpoint.clone() };
    let mut admin = connect(&admin).await?;
    run(&mut admin, format!("alter database {name} with allow_connections false")).await?;
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        let attempt = drop_slot_and_database(&mut admin, name, &unused.slot).await;
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

/// Runs a statement without parameters, whose names are generated by this module.
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
    async fn each_test_has_its_own_database_and_epoch() {
        let (one, other) = tokio::join!(TestDatabase::create(), TestDatabase::create());
        assert_ne!(one.endpoint.database, other.endpoint.database);
        assert_ne!(epoch(&one).await, epoch(&other).await);
    }

    #[tokio::test]
    async fn database_and_slot_are_dropped_after_the_test() {
        let kept = TestDatabase::create().await;
        let dropped = TestDatabase::create().await;
        let (name, slot) = (dropped.endpoint.database.clone(), dropped.slot());
        sqlx::query("select pg_create_logical_replication_slot($1, 'pgoutput')")
            .bind(&slot)
            .execute(&dropped.pool)
            .await
            .unwrap();
        drop(dropped);

        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let (remaining,): (i64,) = sqlx::query_as(
                "select (select count(*) from pg_database where datname = $1)
                      + (select count(*) from pg_replication_slots where slot_name = $2)",
            )
            .bind(&name)
            .bind(&slot)
            .fetch_one(&kept.pool)
            .await
            .unwrap();
            if remaining == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{name} or its slot still exists");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
