//! Change data capture: what Postgres commits becomes activities.
//!
//! One transaction's way through here, a file a step:
//!
//! 1. `slot` is there and nobody else holds it: whoever holds it is the cluster's one worker.
//! 2. `transport` hands over what Postgres sends as `frame`s, in commit order.
//! 3. `decoder` reads the row changes among them, `relation` knows their columns.
//! 4. `assembly` gathers a transaction's changes and who made them, `change` makes each an
//!    activity.
//! 5. `worker` writes whole transactions to the log, and acknowledges to the slot what is durable.
//!
//! `health` tells the rest of the server how far behind all this is, `budget` how long Postgres will
//! wait for it. `retention` drops what the log has had for long enough.

mod assembly;
mod backoff;
mod budget;
mod change;
mod decoder;
mod frame;
mod health;
mod incident;
mod relation;
mod retention;
pub mod slot;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod worker;

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use activity::log::LogError;
use db::Endpoint;

pub use budget::WalBudget;
pub use health::{Health, HealthReader, HealthSender, Role, health};

/// The publication that the migrations create.
const PUBLICATION: &str = "tributary";

/// Why the worker had to let go of its slot, or didn't get it.
#[derive(Debug, thiserror::Error)]
pub enum CdcError {
    /// Another node is the worker. Not a failure: this one stands by.
    #[error("another node holds the replication slot")]
    SlotHeld,
    /// The replication connection broke, or Postgres refused it.
    #[error("the replication connection failed: {0}")]
    Transport(#[from] pgwire_replication::PgWireError),
    /// Postgres ended the replication connection in an orderly way.
    #[error("Postgres ended the replication connection")]
    Ended,
    /// Nothing comes over the replication connection any more, although Postgres speaks often.
    #[error("Postgres has been silent for {0:?}")]
    Silent(Duration),
    /// The database takes too long to write the log down.
    #[error("the log wasn't written within {0:?}")]
    Stuck(Duration),
    /// Postgres didn't accept the replication connection in time.
    #[error("Postgres didn't start replication within {0:?}")]
    NoAnswer(Duration),
    /// What Postgres sent doesn't make a transaction.
    #[error("the replication stream can't be read: {0}")]
    Assembly(#[from] assembly::AssemblyError),
    /// The log couldn't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A query about the slot failed.
    #[error("the replication slot can't be managed: {0}")]
    Database(#[from] sqlx::Error),
}

/// Makes sure that Postgres keeps the WAL from here on for the worker, whoever that will be.
///
/// # Errors
/// When the database can't be asked or has no slot to spare.
pub async fn ensure_slot(database: &Endpoint, pool: &PgPool) -> Result<(), CdcError> {
    match slot::prepare(database, pool, &slot::name(&database.database)).await {
        // Another node's worker keeps the place.
        Err(CdcError::SlotHeld) => Ok(()),
        other => other,
    }
}

/// Keeps the log up with the database until `stop`: as the worker when the slot is free, otherwise
/// standing by to take over.
///
/// The worker drops what the log has had for longer than `retention`.
///
/// Returns when `stop` is cancelled; the slot is then free for the next worker. What was read but
/// isn't durable is forgotten, and read again by whoever is next.
pub async fn run(
    database: Endpoint,
    pool: PgPool,
    health: HealthSender,
    retention: Duration,
    stop: CancellationToken,
) {
    let worker = worker::Worker::new(&database, &pool, &health, retention);
    let slot = slot::name(&database.database);
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        never = worker.run() => match never {},
        never = health.watch(&pool) => match never {},
        never = budget::watch(&pool, &slot, health.wal()) => match never {},
    }
}
