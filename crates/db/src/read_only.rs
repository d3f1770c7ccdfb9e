//! The error of a transaction that would write to a read-only database.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use sqlx::error::{DatabaseError, ErrorKind};

/// Makes the error that Postgres itself reports for a change in a read-only transaction.
pub(super) fn error() -> sqlx::Error {
    sqlx::Error::Database(Box::new(ReadOnlyTransaction))
}

#[derive(Clone, Copy, Debug)]
struct ReadOnlyTransaction;

impl fmt::Display for ReadOnlyTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for ReadOnlyTransaction {}

impl DatabaseError for ReadOnlyTransaction {
    fn message(&self) -> &'static str {
        "the database is read-only"
    }

    /// `read_only_sql_transaction`
    fn code(&self) -> Option<Cow<'_, str>> {
        Some("25006".into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
