//! The pieces in which Postgres sends its transactions.

use bytes::Bytes;

use activity::{Commit, Lsn};

/// One piece. Between `Begin` and `Commit` comes one transaction, alone and whole; transactions
/// come in the order of their commits.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A transaction begins, one that is already committed.
    Begin(Commit),
    /// What somebody wrote into this transaction with `pg_logical_emit_message`.
    Message {
        /// For whom it is.
        prefix: String,
        /// What it says.
        content: Bytes,
    },
    /// A pgoutput message about tables and rows, still encoded.
    Data(Bytes),
    /// The transaction is complete.
    Commit {
        /// Where its commit record ends: once it is durable here, this is what to acknowledge.
        end: Lsn,
    },
    /// There is nothing to send before `end`.
    KeepAlive {
        /// How far Postgres has read its WAL for us.
        end: Lsn,
    },
}
