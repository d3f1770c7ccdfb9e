//! The worker against a real Postgres.

mod activity_content;
mod authentication;
mod commit_order;
mod crash;
mod cuttable_proxy;
mod damage;
pub(super) mod postgres_outage;
mod retention;
mod silence;
mod slot_loss;
mod slot_ownership;
mod starved_slot;
mod upstream_defects;
mod visibility;

use std::time::{Duration, Instant};

use contract::{Action, Epoch, Position};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{HealthReader, Role, health_channel, run};
use activity::{Activity, LocalFeed, Lsn, log};
use db::Endpoint;
use db::crash_point::CrashPoint;
use db::crash_point::CrashingTask;
use db::transaction::begin;
use testing::{TestDatabase, eventually};

/// Longer than any test.
const RETENTION: Duration = Duration::from_secs(3600);

/// A worker that runs in a task of its own.
pub(super) struct Worker {
    pub(super) health: HealthReader,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Worker {
    /// A worker that crashes when it reaches `point` for the `nth` time.
    pub(super) fn crashing_at(
        database: &TestDatabase,
        point: CrashPoint,
        nth: u32,
    ) -> CrashingTask {
        let (sender, _) = health_channel(database.clock.clone());
        let (endpoint, pool) = (database.runtime.clone(), db::pool(&database.runtime, 4));
        CrashingTask::spawn(
            point,
            nth,
            run(endpoint, pool, sender, LocalFeed::default(), RETENTION, CancellationToken::new()),
        )
    }

    pub(super) fn start(database: &TestDatabase) -> Self {
        Self::start_with_endpoint(database.runtime.clone(), database)
    }

    pub(super) fn start_with_retention(database: &TestDatabase, retention: Duration) -> Self {
        Self::spawn(database.runtime.clone(), database, retention)
    }

    /// A worker whose replication connection goes to `endpoint`.
    pub(super) fn start_with_endpoint(endpoint: Endpoint, database: &TestDatabase) -> Self {
        Self::spawn(endpoint, database, RETENTION)
    }

    fn spawn(endpoint: Endpoint, database: &TestDatabase, retention: Duration) -> Self {
        let (sender, health) = health_channel(database.clock.clone());
        let stop = CancellationToken::new();
        let pool = db::pool::pool_with(&database.runtime, 4, db::StatementLimits::BACKGROUND);
        let task = tokio::spawn(run(
            endpoint,
            pool,
            sender,
            LocalFeed::default(),
            retention,
            stop.clone(),
        ));
        Self { health, stop, task }
    }

    /// A worker that has acquired the slot: what is committed from now on must reach the log.
    pub(super) async fn start_active(database: &TestDatabase) -> Self {
        let worker = Self::start(database);
        worker.wait_for_role(Role::Active).await;
        worker
    }

    pub(super) async fn wait_for_role(&self, role: Role) {
        eventually(&format!("the worker is {role:?}"), async || self.health.report().role == role)
            .await;
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Aborts the worker at whatever point it is.
    pub(super) async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

async fn slot_is_active(database: &TestDatabase) -> bool {
    let active: Option<bool> =
        sqlx::query_scalar("select active from pg_replication_slots where slot_name = $1")
            .bind(database.slot())
            .fetch_optional(&database.pool)
            .await
            .unwrap();
    active == Some(true)
}

async fn epoch(database: &TestDatabase) -> Epoch {
    log::head(&database.pool).await.unwrap().epoch
}

pub(super) async fn wait_for_free_slot(database: &TestDatabase) {
    eventually("the slot is free", async || !slot_is_active(database).await).await;
}

pub(super) async fn execute(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

async fn add_user(pool: &PgPool, name: &str) {
    execute(pool, &user(name)).await;
}

/// The statement that adds a user of that name.
fn user(name: &str) -> String {
    format!(
        "insert into users (id, email, name)
         values (gen_random_uuid(), lower('{name}@example.com'), '{name}')"
    )
}

async fn lsn(pool: &PgPool, sql: &str) -> Lsn {
    let lsn: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
    lsn.parse().unwrap()
}

async fn whole_log(database: &TestDatabase) -> Vec<Activity> {
    log::activities_after(&database.pool, Position(0), 100_000).await.unwrap()
}

/// Waits until the log has `count` activities, and returns them.
async fn wait_for_log(database: &TestDatabase, count: usize) -> Vec<Activity> {
    eventually(&format!("the log has {count} activities"), async || {
        let sql = "select count(*) >= $1 from activities";
        let count = i64::try_from(count).unwrap();
        sqlx::query_scalar(sql).bind(count).fetch_one(&database.pool).await.unwrap()
    })
    .await;
    let log = whole_log(database).await;
    assert_eq!(log.len(), count, "{log:#?}");
    log
}

/// Waits until everything that is committed by now is in the log, and returns it.
async fn current_log(database: &TestDatabase) -> Vec<Activity> {
    add_user(&database.pool, "Omega").await;
    eventually("the log has the last user", async || {
        let sql = "select data ->> 'name' from activities order by id desc limit 1";
        let newest: Option<String> =
            sqlx::query_scalar(sql).fetch_optional(&database.pool).await.unwrap();
        newest.as_deref() == Some("Omega")
    })
    .await;
    let mut log = whole_log(database).await;
    log.pop();
    log
}

fn name(activity: &Activity) -> &str {
    activity.change.data["name"].as_str().unwrap_or_default()
}

fn names(log: &[Activity]) -> Vec<&str> {
    log.iter().map(name).collect()
}

fn actions(log: &[Activity]) -> Vec<Action> {
    log.iter().map(|activity| activity.change.action).collect()
}
