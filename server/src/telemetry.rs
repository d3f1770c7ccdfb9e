//! Logging to standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{EnvFilter, ParseError};

use crate::config::LogFormat;

/// The filter without `RUST_LOG`. SQL statements are left out, because their parameters are personal
/// data, and the replication client, because the CDC worker logs its errors.
const DEFAULT_FILTER: &str = "info,sqlx=warn,pgwire_replication=off";

/// Why logging can't start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` isn't a valid filter.
    #[error("RUST_LOG is invalid ({0}); use something like `{DEFAULT_FILTER}`")]
    Filter(#[from] ParseError),
}

/// Starts logging for the whole process, filtered by `RUST_LOG`.
///
/// # Errors
/// When `RUST_LOG` can't be parsed.
///
/// # Panics
/// When called twice.
pub fn start(format: LogFormat) -> Result<(), TelemetryError> {
    let setting = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = EnvFilter::try_new(if setting.is_empty() { DEFAULT_FILTER } else { &setting })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match format {
        LogFormat::Text => lines.compact().with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
