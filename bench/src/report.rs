//! Tables for `docs/benchmarks.md`.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;

/// A title and its measurements, as a Markdown table.
#[derive(Debug)]
pub struct Table {
    /// The scenario and its parameters.
    pub title: String,
    /// The measurements.
    pub rows: Vec<Row>,
}

/// A measurement.
#[derive(Debug)]
pub struct Row {
    /// The name of the figure.
    pub name: String,
    /// The figure, with its unit.
    pub value: String,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} | |\n|---|---|", self.title)?;
        for Row { name, value } in &self.rows {
            writeln!(f, "| {name} | {value} |")?;
        }
        Ok(())
    }
}

/// The machine and the server's version, in a line.
///
/// # Errors
/// When the program can't be started.
pub fn environment(program: &Path) -> io::Result<String> {
    let version = Command::new(program).arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let cores = std::thread::available_parallelism()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!("{version}, {cores} cores, Linux {}\n", kernel.trim()))
}

/// Median, 99th percentile and maximum of times in microseconds, as milliseconds.
#[must_use]
pub fn percentiles(micros: &mut [u64]) -> String {
    micros.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "an hour in microseconds is exact")]
    let at = |share: usize| {
        let index = (micros.len() * share / 1000).min(micros.len().saturating_sub(1));
        micros.get(index).map_or(0.0, |value| *value as f64 / 1000.0)
    };
    format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", at(500), at(990), at(1000))
}
