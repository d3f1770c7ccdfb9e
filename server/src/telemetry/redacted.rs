//! Removes the address of the database from log lines. Errors of Postgres and of libraries name the role, the
//! database or the host, and reach the log in many places.

use std::io::{self, Write};
use std::sync::Arc;

use db::Redactor;

/// A writer of whole lines, from which the parts of the database's URL are removed.
#[derive(Debug)]
pub struct Redacted<W> {
    redactor: Arc<Redactor>,
    writer: W,
}

impl<W> Redacted<W> {
    pub fn new(redactor: Arc<Redactor>, writer: W) -> Self {
        Self { redactor, writer }
    }
}

impl<W: Write> Write for Redacted<W> {
    /// Writes the line without the secrets. The subscriber writes each line at once, so no part is
    /// split.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.writer.write_all(self.redactor.redact(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use db::Endpoint;
    use tracing::subscriber::with_default;
    use tracing::warn;

    use super::*;

    #[test]
    fn lines_in_both_formats_have_no_part_of_the_address() {
        let url = "postgres://ada:s3cret@db.example/main";
        let redactor = Arc::new(Endpoint::parse("DATABASE_URL", url).unwrap().redactor());
        let (reader, writer) = io::pipe().unwrap();
        let writer = Arc::new(writer);
        let make_writer = move || {
            Redacted::new(Arc::clone(&redactor), writer.try_clone().expect("a pipe can be shared"))
        };
        let log = || {
            warn!(error = "no user \"ada\" for database \"main\"", "db.example says no to s3cret");
        };
        let text = tracing_subscriber::fmt().with_ansi(false).with_writer(make_writer.clone());
        with_default(text.finish(), log);
        let json = tracing_subscriber::fmt().json().with_writer(make_writer);
        with_default(json.finish(), log);
        let lines = io::read_to_string(reader).unwrap();
        assert_eq!(lines.matches("says no to …").count(), 2, "{lines}");
        for part in ["ada", "s3cret", "db.example", "main"] {
            assert!(!lines.contains(part), "{part} is in {lines}");
        }
    }
}
