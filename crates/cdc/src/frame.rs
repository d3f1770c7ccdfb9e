//! The frames in which Postgres sends transactions.

use bytes::Bytes;

use activity::{Commit, Lsn};

/// A frame. Between `Begin` and `Commit` is exactly one complete transaction. Transactions arrive in
/// the order of their commits.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The start of a transaction, which is already committed.
    Begin(Commit),
    /// A message that the transaction wrote with `pg_logical_emit_message`.
    Message {
        /// Names the application that the message is for.
        prefix: String,
        /// The message itself.
        content: Bytes,
    },
    /// An encoded pgoutput message about a table or a row.
    Data(Bytes),
    /// The end of the transaction.
    Commit {
        /// The end of its commit record, to be acknowledged once the transaction is in the log.
        end: Lsn,
    },
    /// Postgres has nothing to send before `end`.
    KeepAlive {
        /// The position up to which Postgres has decoded its WAL.
        end: Lsn,
    },
}
