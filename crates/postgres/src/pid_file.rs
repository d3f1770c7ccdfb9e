//! `postmaster.pid`, in which a running Postgres writes its process id and state.

use std::fs;
use std::io;
use std::path::Path;

use rustix::process::Pid;

/// The content of `postmaster.pid`, whose lines are defined in Postgres'
/// `src/include/utils/pidfile.h`: the process id is the first, the state the eighth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: Pid,
    pub(super) is_ready: bool,
}

impl PidFile {
    pub(super) const NAME: &str = "postmaster.pid";

    /// Reads the file. None when there is no such file, or Postgres hasn't written its id yet.
    pub(super) fn read(pgdata: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(pgdata.join(Self::NAME)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        // A Postgres in single-user mode writes its id as a negative number.
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
    fn process_id_and_state_are_parsed() {
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
