//! Faults: of browsers, of server nodes and of the database.

use std::time::Duration;

use sqlx::PgPool;

use super::client::Client;
use super::existing_rows::ExistingRows;
use super::nodes::Nodes;
use super::postgres::{Crash, Postgres};
use super::report::Report;
use super::rng::Rng;
use super::test_run::retry_until_connected;
use db::transaction::begin;

/// How long dropping the slot may take.
const DROP_SLOT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a new epoch may take to begin. A worker that has failed several times waits for some seconds.
const NEW_EPOCH_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the log has every change since the last check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogState {
    Complete,
    /// The slot was dropped: changes may be missing, and readers must be reset.
    Incomplete,
}

/// Injects a fault into one browser, or makes it visit an organization.
pub(super) async fn inject_into_browser(
    rng: &mut Rng,
    clients: &mut [Client],
    rows: &ExistingRows,
    report: &mut Report,
) {
    let index = rng.below(clients.len());
    let client = &mut clients[index];
    let kind = match rng.below(14) {
        0 | 1 => {
            client.set_offline(true);
            "browser offline"
        }
        2 => {
            client.set_offline(false);
            "browser online"
        }
        3 | 4 => {
            client.set_paused(true);
            "reader stalled"
        }
        5 => {
            client.set_paused(false);
            "reader resumed"
        }
        6 => {
            client.cut_connections();
            "connection cut"
        }
        7 => {
            client.rewind(rng.below(50)).await;
            "old cursor"
        }
        8 => {
            client.reload(Duration::from_millis(rng.next() % 80));
            "page reloaded"
        }
        9 | 10 => {
            client.change_leader();
            "leader changed"
        }
        _ => match rng.pick(&rows.organizations) {
            Some(organization) => {
                client.visit(organization.id);
                report.operation("visit", format!("{} visits {}", client.name, organization.slug));
                return;
            }
            None => return,
        },
    };
    report.fault(kind, format!("{}: {kind}", client.name));
}

/// Injects a fault into the server nodes or the database.
pub(super) async fn inject_into_system(
    rng: &mut Rng,
    nodes: &Nodes,
    postgres: &mut Postgres,
    source_faults: bool,
    report: &mut Report,
) -> LogState {
    let what = rng.below(if source_faults { 25 } else { 20 });
    let (running, idle) = (nodes.running(), nodes.idle());
    let running = rng.pick(&running).copied().filter(|_| running.len() > 1);
    let idle = rng.pick(&idle).copied();
    match what {
        0..=4 => {
            if let Some(index) = running {
                nodes.kill(index).await;
                report.fault("node killed", format!("node {index} is killed"));
            }
        }
        5 | 6 => {
            if let Some(index) = running {
                nodes.stop(index).await;
                report.fault("node stopped", format!("node {index} stops"));
            }
        }
        7..=11 => {
            if let Some(index) = idle {
                nodes.restart(index).await;
                report.fault("node started", format!("node {index} starts"));
            }
        }
        12 => {
            cut_worker(&postgres.pool, &postgres.slot()).await;
            report.fault("worker cut", "the worker's connection is cut".to_owned());
        }
        13 | 14 => {
            let done = cut_worker_within_transaction(rng, &postgres.pool, &postgres.slot()).await;
            let text = format!("the worker is cut within a transaction: {done:?}");
            report.fault("worker cut within transactions", text);
        }
        15 | 16 => {
            cut_connections(&postgres.pool).await;
            report.fault("database connections cut", "every connection is cut".to_owned());
        }
        17 => {
            drop_slot(&postgres.pool, &postgres.slot()).await;
            report.fault("slot dropped", "the slot is dropped".to_owned());
            return LogState::Incomplete;
        }
        18 => {
            postgres.crash(Crash::AllProcesses).await;
            report.fault("postgres killed", "Postgres is killed and starts again".to_owned());
        }
        19 => {
            postgres.crash(Crash::Postmaster).await;
            report.fault("postmaster killed", "the postmaster is killed".to_owned());
        }
        24 => {
            read_only_phase(rng, &postgres.pool).await;
            report.fault("read-only phase", "the database was read-only".to_owned());
        }
        20..=22 => {
            let damage = *rng.pick(&DAMAGES).expect("there are some");
            if damage_source(&postgres.pool, damage).await.is_ok() {
                report.fault("source damaged", damage.to_owned());
            }
            return LogState::Incomplete;
        }
        _ => {}
    }
    LogState::Complete
}

/// Statements that damage the publication or the log's source, as operators and backups may.
const DAMAGES: [&str; 7] = [
    "truncate notes",
    "drop publication tributary",
    "alter publication tributary drop table memberships",
    "alter table memberships replica identity default",
    "alter publication tributary set (publish = 'insert')",
    "alter table memberships disable trigger user",
    "set local session_replication_role = replica; update users set name = left(name, 99) || '~'",
];

/// Damages the source, makes the worker notice it by acquiring the slot again, and waits for the new
/// epoch: changes are missing in the log until it begins.
async fn damage_source(pool: &PgPool, damage: &'static str) -> Result<(), sqlx::Error> {
    let epoch = async || -> i64 {
        let read = || sqlx::query_scalar("select epoch from cdc_state").fetch_one(pool);
        retry_until_connected(read).await
    };
    let before = epoch().await;
    sqlx::raw_sql(damage).execute(pool).await?;
    sqlx::query("select pg_terminate_backend(active_pid) from pg_replication_slots where active")
        .execute(pool)
        .await?;
    let deadline = tokio::time::Instant::now() + NEW_EPOCH_TIMEOUT;
    while epoch().await == before {
        assert!(tokio::time::Instant::now() < deadline, "no new epoch after: {damage}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Makes the database accept only reads for a while, as while another server is promoted.
async fn read_only_phase(rng: &mut Rng, pool: &PgPool) {
    let set = "alter database oracle set default_transaction_read_only = on";
    if sqlx::query(set).execute(pool).await.is_err() {
        return;
    }
    // The setting counts for new connections.
    cut_connections(pool).await;
    tokio::time::sleep(Duration::from_millis(rng.next() % 1_000)).await;
    retry_until_connected(|| async {
        let reset = "begin read write;
                     alter database oracle reset default_transaction_read_only;
                     commit";
        sqlx::raw_sql(reset).execute(pool).await
    })
    .await;
    cut_connections(pool).await;
}

async fn cut_worker(pool: &PgPool, slot: &str) {
    let ended = sqlx::query(
        "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1",
    );
    let _ = ended.bind(slot).execute(pool).await;
}

/// Cuts the worker's connection while it writes a transaction, and another one is open.
async fn cut_worker_within_transaction(
    rng: &mut Rng,
    pool: &PgPool,
    slot: &str,
) -> Result<(), sqlx::Error> {
    let mut open = begin(pool).await?;
    let touch = "update memberships set muted = not muted";
    sqlx::query("update organizations set name = name || '.' where char_length(name) < 90")
        .execute(&mut *open)
        .await?;
    sqlx::query(touch).execute(pool).await?;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(rng.next() % 20)).await;
        cut_worker(pool, slot).await;
    }
    open.commit().await
}

/// Cuts every connection to the database but the one that does it.
async fn cut_connections(pool: &PgPool) {
    let ended = sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()",
    );
    let _ = ended.execute(pool).await;
}

async fn drop_slot(pool: &PgPool, slot: &str) {
    let deadline = tokio::time::Instant::now() + DROP_SLOT_TIMEOUT;
    loop {
        cut_worker(pool, slot).await;
        let dropped: Result<Option<i32>, _> = sqlx::query_scalar(
            "select 1 from (
                 select pg_drop_replication_slot(slot_name) from pg_replication_slots
                  where slot_name = $1 and active_pid is null
             ) dropped",
        )
        .bind(slot)
        .fetch_optional(pool)
        .await;
        if matches!(dropped, Ok(Some(_))) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "the slot can't be dropped: {dropped:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
