//! Logging to standard error, and the export of spans.

pub(crate) mod otlp;
mod panics;
mod redacted;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use opentelemetry_otlp::ExporterBuildError;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, FilterExt, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::otlp::Export;
use self::redacted::Redacted;
use crate::config::{Config, LogFormat};
use crate::repeated_lines::RepeatedLines;

/// The filter without `RUST_LOG`. SQL statements are left out, because their parameters are personal
/// data, and the replication client, because the CDC worker logs its errors.
const DEFAULT_FILTER: &str = "info,sqlx=warn,pgwire_replication=off";

/// The filter of the security log, unless `RUST_LOG` has one.
const SECURITY_FILTER: &str = "security=info";

/// Why logging can't start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` isn't a valid filter.
    #[error("RUST_LOG is invalid ({0}); use something like `{DEFAULT_FILTER}`")]
    Filter(#[from] ParseError),
    /// The thread that counts repeated lines can't be started.
    #[error("can't start a thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[from] io::Error),
    /// A variable of the export of spans isn't supported.
    #[error("can't export spans: {0}; see the variables OTEL_EXPORTER_OTLP_*")]
    Export(#[from] ExporterBuildError),
}

/// The running telemetry. [`Self::shut_down`] ends it.
#[derive(Debug)]
pub struct Telemetry(Option<Export>);

impl Telemetry {
    /// Sends the spans that wait to be exported. It takes two seconds at most.
    pub fn shut_down(self) {
        if let Some(export) = self.0 {
            export.flush();
        }
    }
}

/// Starts logging for the whole process, filtered by `RUST_LOG`, and the export of spans if the
/// configuration names a collector. Panics are logged from then on. No line has a part of the database's URL.
///
/// # Errors
/// When `RUST_LOG` can't be parsed, or a variable `OTEL_EXPORTER_OTLP_*` isn't supported.
///
/// # Panics
/// When called twice.
pub fn start(config: &Config) -> Result<Telemetry, TelemetryError> {
    let setting = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = EnvFilter::try_new(if setting.is_empty() { DEFAULT_FILTER } else { &setting })?;
    // A filter for finding faults must not turn the security log off by accident.
    let filter = match setting.contains("security") {
        true => filter,
        false => filter.add_directive(SECURITY_FILTER.parse()?),
    };
    let export = Export::start(&config.otlp)?;
    let repeated = RepeatedLines::default();
    let redactor = Arc::new(config.database.redactor());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || Redacted::new(Arc::clone(&redactor), Unbreakable(io::stderr())))
        .with_ansi(io::stderr().is_terminal());
    let lines = match config.log_format {
        LogFormat::Text => lines.compact().with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(filter.and(repeated.clone()));
    tracing_subscriber::registry().with(lines).with(export.as_ref().map(Export::layer)).init();
    panics::log_panics();
    repeated.report_periodically()?;
    Ok(Telemetry(export))
}

/// A writer that never fails, because its reader may be gone: a log line that can't be written is lost,
/// but the task that logs it goes on. `println!` and the fallback of `tracing-subscriber` panic instead.
#[derive(Debug)]
pub struct Unbreakable<W>(pub W);

impl<W: Write> Write for Unbreakable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Interrupted and partial writes are the caller's to repeat.
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Ok(0) | Err(_) => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard error of a process whose reader is gone.
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn lines_without_a_reader_are_lost_without_an_error() {
        let mut writer = Unbreakable(Broken);
        writeln!(writer, "a line").unwrap();
        writer.flush().unwrap();
    }
}
