//! Change data capture: turns what Postgres commits into activities in the log.
//!
//! The way of a transaction, one module a step:
//!
//! 1. `replication_slot` creates the slot, and `publication` checks what Postgres sends. The node whose connection acquires it runs the cluster's
//!    only active worker.
//! 2. `transport` receives `frame`s from Postgres, in commit order.
//! 3. `decoder` decodes row changes; `relation` keeps the columns of their tables.
//! 4. `assembly` collects a transaction's changes and its actor; `change` makes an activity of each.
//! 5. `worker` appends whole transactions to the log, and acknowledges to the slot what is committed.
//!
//! `health` publishes the worker's lag, `wal_budget` how much more WAL Postgres retains for the slot.
//! `retention` drops activities that are older than the retention.

mod assembly;
mod change;
mod decoder;
mod error;
mod frame;
mod health;
mod publication;
mod relation;
mod replication_slot;
mod retention;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod wal_budget;
mod worker;

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use activity::LocalFeed;
use db::Endpoint;

pub use error::CdcError;
pub use health::{Health, HealthReader, HealthSender, Role, health_channel};
pub use replication_slot::{Blocker, ensure_slot};
pub use wal_budget::WalBudget;

/// Runs the CDC worker of this node until `stop` is cancelled: active while it has the slot,
/// otherwise standing by to take over.
///
/// The active worker hands small batches to `feed`, for the tail of this node. It also drops activities that are older than `retention`.
///
/// After `stop`, the slot is free for the worker of another node. What was read but isn't committed
/// is discarded, and read again by the next worker.
pub async fn run(
    database: Endpoint,
    pool: PgPool,
    health: HealthSender,
    feed: LocalFeed,
    retention: Duration,
    stop: CancellationToken,
) {
    let worker = worker::Worker::new(&database, &pool, &health, &feed, retention);
    let slot = replication_slot::slot_name(&database.database);
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        never = worker.run() => match never {},
        never = health.publish_periodically(&pool, &slot) => match never {},
        never = wal_budget::sample_periodically(&pool, &slot, health.wal_budget()) => match never {},
    }
}
