//! Conditions of the database in which requests fail although neither they nor the server is wrong.
//!
//! They pass by themselves or by an operator's doing. A request that meets one is answered with 503, and
//! may be repeated later.

use std::time::Duration;

/// Why the database can't serve a request at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// It can't be reached: it stops, starts, recovers, or the network fails.
    Unreachable,
    /// No connection or memory is free.
    Exhausted,
    /// A lock wasn't granted, a statement took too long, or concurrent transactions conflicted.
    Contended,
    /// Its disk is full. Reads still work.
    DiskFull,
    /// It accepts reads only: a standby, or the operator has set it so.
    ReadOnly,
}

impl Condition {
    /// Returns the condition that caused the error. None for errors that a repetition would not change.
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Some(Self::Unreachable),
            sqlx::Error::PoolTimedOut => Some(Self::Exhausted),
            sqlx::Error::Database(problem) => Self::of_sqlstate(&problem.code()?),
            _ => None,
        }
    }

    /// Returns the condition that an SQLSTATE stands for (Postgres manual, appendix A).
    #[must_use]
    pub fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            // disk_full. Postgres reports ENOSPC of any file under this code.
            "53100" => Some(Self::DiskFull),
            // read_only_sql_transaction: on a standby, and with `default_transaction_read_only`.
            "25006" => Some(Self::ReadOnly),
            // insufficient_resources: out of memory, too many connections, a configured limit.
            _ if code.starts_with("53") => Some(Self::Exhausted),
            // query_canceled (`statement_timeout`), lock_not_available (`lock_timeout`),
            // idle_in_transaction_session_timeout, and PostgreSQL 17's transaction_timeout.
            "57014" | "55P03" | "25P03" | "25P04" => Some(Self::Contended),
            // transaction_rollback: serialization failures and deadlocks.
            _ if code.starts_with("40") && code != "40002" => Some(Self::Contended),
            // connection_exception, and the operator interventions: the server stops, crashed, can't
            // connect now, the database was dropped, the session was idle for too long.
            _ if code.starts_with("08") || code.starts_with("57P") => Some(Self::Unreachable),
            _ => None,
        }
    }

    /// Returns how long a client should wait before it repeats the request.
    #[must_use]
    pub const fn retry_after(self) -> Duration {
        Duration::from_secs(match self {
            Self::Contended => 1,
            Self::Exhausted => 2,
            Self::Unreachable => 5,
            Self::DiskFull | Self::ReadOnly => 15,
        })
    }

    /// Whether reads work in this condition, and only writes fail.
    #[must_use]
    pub const fn allows_reads(self) -> bool {
        matches!(self, Self::DiskFull | Self::ReadOnly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_sqlstates_are_conditions_and_bugs_are_not() {
        use Condition::{Contended, DiskFull, Exhausted, ReadOnly, Unreachable};
        for (code, expected) in [
            ("53100", Some(DiskFull)),
            ("25006", Some(ReadOnly)),
            ("53200", Some(Exhausted)),
            ("53300", Some(Exhausted)),
            ("57014", Some(Contended)),
            ("55P03", Some(Contended)),
            ("25P03", Some(Contended)),
            ("40001", Some(Contended)),
            ("40P01", Some(Contended)),
            ("08006", Some(Unreachable)),
            ("57P01", Some(Unreachable)),
            ("57P03", Some(Unreachable)),
            // An undefined table, a violated check, an integrity violation at commit, an internal error.
            ("42P01", None),
            ("23514", None),
            ("40002", None),
            ("XX000", None),
        ] {
            assert_eq!(Condition::of_sqlstate(code), expected, "{code}");
        }
    }
}
