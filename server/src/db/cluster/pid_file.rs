//! The file in which Postgres says that it runs.

use std::fs;
use std::io;
use std::path::Path;

use rustix::process::Pid;

/// `postmaster.pid`, which Postgres keeps in its data while it runs: its process id in the first
/// line, its state in the eighth (`miscinit.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: Pid,
    pub(super) is_ready: bool,
}

impl PidFile {
    pub(super) const NAME: &str = "postmaster.pid";

    /// None when there is no such file, or Postgres hasn't filled it yet.
    pub(super) fn read(data: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(data.join(Self::NAME)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        // A Postgres that was started by hand, without a postmaster, writes a negative number.
        let number: i32 = lines.next()?.trim().parse().ok()?;
        let pid = Pid::from_raw(number.checked_abs()?)?;
        let is_ready = lines.nth(6).is_some_and(|state| state.trim() == "ready");
        Some(Self { pid, is_ready })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_and_its_state_are_read_from_the_file() {
        let starting = "4711\n/data\n1700000000\n5432\n/run\n\n  123 45\nstarting\n";
        let ready = starting.replace("starting", "ready   ");
        let pid = Pid::from_raw(4711).unwrap();
        assert_eq!(PidFile::parse(starting), Some(PidFile { pid, is_ready: false }));
        assert_eq!(PidFile::parse(&ready), Some(PidFile { pid, is_ready: true }));
        assert_eq!(PidFile::parse("4711\n"), Some(PidFile { pid, is_ready: false }));
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("0\n"), None);
    }
}
