//! Why the worker stops reading.

use std::time::Duration;

use activity::log::LogError;
use pgwire_replication::PgWireError;
use sqlx::error::DatabaseError;

use super::assembly::AssemblyError;
use super::change::ChangeError;
use super::publication::Fault;
use super::replication_slot::Blocker;

/// Why the worker has released its slot, or couldn't acquire it. It retries after each.
#[derive(Debug, thiserror::Error)]
pub enum CdcError {
    /// Another node's worker is active. Not a failure: this one stands by.
    #[error("another node uses the replication slot")]
    SlotInUse,
    /// The replication connection broke, or Postgres refused it.
    #[error("the replication connection failed: {0}")]
    Transport(#[from] PgWireError),
    /// Postgres closed the replication connection in an orderly way.
    #[error("Postgres closed the replication connection")]
    ConnectionClosed,
    /// Nothing is received, and the process that sends doesn't exist any more or can't be asked for.
    #[error("the replication connection is silent, and Postgres doesn't know it any more")]
    ConnectionLost,
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
    /// The slot can't be created before the other transactions have ended.
    #[error(
        "the replication slot waits for {}; until that ends, changes don't reach open pages. \
         `select pg_terminate_backend(…)` ends a process",
        .0.as_ref().map_or_else(|| "open transactions".to_owned(), ToString::to_string)
    )]
    SlotBlocked(Option<Blocker>),
    /// All slots of the Postgres server are in use.
    #[error(
        "all replication slots of Postgres are in use: drop one that isn't needed \
         (`select * from pg_replication_slots`), or raise max_replication_slots and restart Postgres"
    )]
    NoFreeSlot,
    /// The publication is damaged and can't be repaired.
    #[error("the publication isn't complete and can't be repaired: {0}")]
    Publication(#[source] sqlx::Error),
    /// Postgres doesn't send all that the log needs. The slot has to be replaced.
    #[error("changes are missing in the replication stream: {0}")]
    Incomplete(String),
    /// A query about the slot failed.
    #[error("the replication slot can't be managed: {0}")]
    Database(#[from] sqlx::Error),
}

/// The worker's reaction to a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Try again: the cause ends by itself, or an operator ends it.
    Retry,
    /// Try again a few times. If it keeps failing at the same position, replace the slot.
    RetryThenReplaceSlot,
    /// Replace the slot at once: trying again would lose or repeat changes.
    ReplaceSlot,
}

/// Classes of SQLSTATEs whose causes are outside of the replication stream (Postgres, appendix A):
/// connections, transaction states, rollbacks, resources, operators, the system.
const TRANSIENT_CLASSES: [&str; 6] = ["08", "25", "40", "53", "54", "57"];

/// Further such SQLSTATEs: object in use, lock not available, system error, input or output error.
const TRANSIENT_CODES: [&str; 4] = ["55006", "55P03", "58000", "58030"];

fn is_transient(sql_state: &str) -> bool {
    TRANSIENT_CODES.contains(&sql_state)
        || TRANSIENT_CLASSES.iter().any(|class| sql_state.starts_with(class))
}

impl CdcError {
    /// Returns the worker's reaction to this failure.
    pub(super) fn remedy(&self) -> Remedy {
        let by_state = |state: Option<&str>| match state {
            Some(state) if !is_transient(state) => Remedy::RetryThenReplaceSlot,
            _ => Remedy::Retry,
        };
        match self {
            Self::Incomplete(_)
            | Self::Assembly(AssemblyError::Change(
                ChangeError::FormerRowIncomplete { .. } | ChangeError::VersionKept { .. },
            )) => Remedy::ReplaceSlot,
            Self::Assembly(_) => Remedy::RetryThenReplaceSlot,
            Self::Transport(PgWireError::Server(message)) => by_state(sql_state(message)),
            Self::Log(LogError::Database(error)) | Self::Database(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code);
                by_state(code.as_deref())
            }
            _ => Remedy::Retry,
        }
    }

    /// Returns what has to be repaired before the slot is replaced.
    pub(super) fn fault(&self) -> Option<Fault> {
        match self {
            Self::Assembly(AssemblyError::Change(ChangeError::VersionKept { table })) => {
                Some(Fault::Triggers(table.clone()))
            }
            _ => None,
        }
    }
}

/// Returns the SQLSTATE in the text of an error of the replication connection.
fn sql_state(message: &str) -> Option<&str> {
    message.split_once("SQLSTATE ")?.1.get(..5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql_state: &str) -> Remedy {
        let message = format!("no (SQLSTATE {sql_state})");
        CdcError::Transport(PgWireError::Server(message)).remedy()
    }

    #[test]
    fn errors_of_the_stream_replace_the_slot_and_those_around_it_do_not() {
        for stream in ["42704", "22021", "XX000", "55000", "0A000", "58P01"] {
            assert_eq!(refused(stream), Remedy::RetryThenReplaceSlot, "{stream}");
        }
        for around in ["53300", "57P01", "55006", "25006", "53100", "58030", "08006"] {
            assert_eq!(refused(around), Remedy::Retry, "{around}");
        }
        let other = PgWireError::Server("the server is gone".to_owned());
        assert_eq!(CdcError::Transport(other).remedy(), Remedy::Retry);
        assert_eq!(CdcError::ConnectionClosed.remedy(), Remedy::Retry);
        assert_eq!(CdcError::Incomplete(String::new()).remedy(), Remedy::ReplaceSlot);
    }
}
