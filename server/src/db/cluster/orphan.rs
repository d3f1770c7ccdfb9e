//! A Postgres that was left running by a Tributary that was killed.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use rustix::process::{Pid, kill_process};

use super::ClusterError;
use super::data_folder::DataFolder;
use super::pid_file::PidFile;
use super::postmaster::{FAST, IMMEDIATE, POLL, STOP_TIMEOUT};

/// Stops a Postgres that was left on the folder. We hold the lock, so it has no owner any more.
pub(super) async fn stop(folder: &DataFolder) -> Result<(), ClusterError> {
    let data = folder.postgres();
    let unusable = |problem| folder.unusable(problem);
    let Some(PidFile { pid, .. }) = PidFile::read(&data).map_err(unusable)? else { return Ok(()) };
    match occupant(pid, &data) {
        // Postgres itself deals with the file of a dead one.
        Occupant::Nobody => return Ok(()),
        // The number was given to some other process since. Postgres would take that for itself.
        Occupant::Another => return fs::remove_file(data.join(PidFile::NAME)).map_err(unusable),
        Occupant::Foreign => {
            let folder = folder.path().to_owned();
            return Err(ClusterError::Foreign { folder, pid: pid.as_raw_pid() });
        }
        Occupant::Orphan => {}
    }
    tracing::warn!(pid = pid.as_raw_pid(), "stopping the Postgres that an earlier run left behind");
    for signal in [FAST, IMMEDIATE] {
        kill_process(pid, signal).map_err(|error| unusable(error.into()))?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if occupant(pid, &data) != Occupant::Orphan {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Err(ClusterError::Unstoppable { pid: pid.as_raw_pid() })
}

/// Who has the process id that Postgres left in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occupant {
    Nobody,
    /// A Postgres that was started as we start it, on this data.
    Orphan,
    /// A Postgres that may have been started on this data in another way.
    Foreign,
    /// Some other process.
    Another,
}

fn occupant(pid: Pid, data: &Path) -> Occupant {
    match arguments(pid) {
        Ok(arguments) => Occupant::with(&arguments, data),
        Err(_) if rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH) => {
            Occupant::Nobody
        }
        Err(_) => Occupant::Foreign,
    }
}

impl Occupant {
    /// By the arguments of a process: the program and `-D` with the data. A process that has ended
    /// but that nobody waited for has none.
    fn with(arguments: &[String], data: &Path) -> Self {
        let program = arguments.first().map(|program| Path::new(program).file_name());
        if program != Some(Some("postgres".as_ref())) {
            return Self::Another;
        }
        match arguments.iter().position(|argument| argument == "-D") {
            Some(at) if arguments.get(at + 1).is_some_and(|value| Path::new(value) == data) => {
                Self::Orphan
            }
            Some(_) => Self::Another,
            None => Self::Foreign,
        }
    }
}

#[cfg(target_os = "linux")]
fn arguments(pid: Pid) -> io::Result<Vec<String>> {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_pid()))?;
    let arguments = line.split(|byte| *byte == 0);
    Ok(arguments.map(|argument| String::from_utf8_lossy(argument).into_owned()).collect())
}

#[cfg(not(target_os = "linux"))]
fn arguments(pid: Pid) -> io::Result<Vec<String>> {
    let output = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p"])
        .arg(pid.as_raw_pid().to_string())
        .output()?;
    if !output.status.success() {
        return Err(io::ErrorKind::NotFound.into());
    }
    // `ps` joins arguments by a space. A data folder with a space is taken for a foreign one.
    let line = String::from_utf8_lossy(&output.stdout);
    Ok(line.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_postgres_that_was_started_on_this_data_is_an_orphan() {
        let data = Path::new("/data/postgres");
        for (line, occupant) in [
            ("/usr/lib/postgresql/15/bin/postgres -D /data/postgres -c fsync=on", Occupant::Orphan),
            ("postgres -D /var/lib/postgresql/15/main", Occupant::Another),
            ("postgres", Occupant::Foreign),
            ("vi -D /data/postgres", Occupant::Another),
            ("postgres: checkpointer ", Occupant::Another),
            ("", Occupant::Another),
        ] {
            let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(Occupant::with(&arguments, data), occupant, "{line}");
        }
    }
}
