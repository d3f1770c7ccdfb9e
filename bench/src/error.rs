//! Why a measurement failed.

use std::io;

/// Why a measurement failed.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The server program can't be started, or its state can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A statement failed.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// The server ended before it listened.
    #[error("the server didn't start; its last line: {0}")]
    NotStarted(String),
    /// A stream was refused or ended.
    #[error("a stream ended: {0}")]
    StreamEnded(String),
    /// A request wasn't answered with 200.
    #[error("not an answer with status 200: {0}")]
    NoAnswer(String),
    /// A client didn't receive what it must.
    #[error("client {client} received version {received} after {previous}")]
    OutOfOrder {
        /// The number of the client.
        client: usize,
        /// The version before.
        previous: i64,
        /// The version that came.
        received: i64,
    },
    /// A client waits for a message in vain.
    #[error("{clients} clients wait for messages after 60 s")]
    Missing {
        /// How many.
        clients: usize,
    },
    /// A task has panicked.
    #[error("{0}")]
    Task(#[from] tokio::task::JoinError),
}
