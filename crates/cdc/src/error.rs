//! Why the worker stops reading.

use std::time::Duration;

use activity::log::LogError;

use super::assembly::AssemblyError;

/// Why the worker has released its slot, or couldn't acquire it. It retries after each.
#[derive(Debug, thiserror::Error)]
pub enum CdcError {
    /// Another node's worker is active. Not a failure: this one stands by.
    #[error("another node uses the replication slot")]
    SlotInUse,
    /// The replication connection broke, or Postgres refused it.
    #[error("the replication connection failed: {0}")]
    Transport(#[from] pgwire_replication::PgWireError),
    /// Postgres closed the replication connection in an orderly way.
    #[error("Postgres closed the replication connection")]
    ConnectionClosed,
    /// Nothing was received within this time, although Postgres sends keep-alives.
    #[error("nothing was received from Postgres for {0:?}")]
    ReceiveTimeout(Duration),
    /// The log wasn't written within this time.
    #[error("the activity log couldn't be written within {0:?}")]
    WriteTimeout(Duration),
    /// Postgres didn't accept the replication connection within this time.
    #[error("Postgres didn't start replication within {0:?}")]
    StartTimeout(Duration),
    /// The frames from Postgres don't make a transaction.
    #[error("the replication stream is invalid: {0}")]
    Assembly(#[from] AssemblyError),
    /// The log couldn't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A query about the slot failed.
    #[error("the replication slot can't be managed: {0}")]
    Database(#[from] sqlx::Error),
}
