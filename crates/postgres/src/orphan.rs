//! Stops a Postgres that a killed program left running.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use rustix::process::{Pid, kill_process};

use super::ClusterError;
use super::data_dir::DataDir;
use super::pid_file::PidFile;
use super::postmaster::{FAST, IMMEDIATE, POLL, STOP_TIMEOUT};

/// Stops a Postgres that still runs on the data, and waits for its end. The caller holds the
/// directory's lock, so the program that started it is gone.
pub(super) async fn stop_orphan(data_dir: &DataDir) -> Result<(), ClusterError> {
    let pgdata = data_dir.pgdata();
    let unusable = |error| data_dir.unusable(error);
    let Some(PidFile { pid, .. }) = PidFile::read(&pgdata).map_err(unusable)? else {
        return Ok(());
    };
    match identify(pid, &pgdata) {
        // Postgres removes the file of a dead server by itself.
        PidOwner::None => return Ok(()),
        // The id was reused. Postgres would take that process for a running server.
        PidOwner::Unrelated => {
            return fs::remove_file(pgdata.join(PidFile::NAME)).map_err(unusable);
        }
        PidOwner::ForeignPostgres => {
            let data_dir = data_dir.path().to_owned();
            return Err(ClusterError::ForeignPostgres { data_dir, pid: pid.as_raw_pid() });
        }
        PidOwner::Orphan => {}
    }
    tracing::warn!(pid = pid.as_raw_pid(), "stopping the Postgres that an earlier run left behind");
    for signal in [FAST, IMMEDIATE] {
        kill_process(pid, signal).map_err(|error| unusable(error.into()))?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if identify(pid, &pgdata) != PidOwner::Orphan {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Err(ClusterError::StopTimeout { pid: pid.as_raw_pid() })
}

/// The process that has the id which `postmaster.pid` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PidOwner {
    /// There is no such process.
    None,
    /// A Postgres that was started on this data the way this crate does it.
    Orphan,
    /// A Postgres that may use this data but was started in another way.
    ForeignPostgres,
    /// A process that doesn't use this data.
    Unrelated,
}

fn identify(pid: Pid, pgdata: &Path) -> PidOwner {
    match arguments(pid, pgdata) {
        Ok(arguments) => PidOwner::from_arguments(&arguments, pgdata),
        Err(_) if rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH) => {
            PidOwner::None
        }
        Err(_) => PidOwner::ForeignPostgres,
    }
}

impl PidOwner {
    /// Decides by a process' command line: the program's name, and `-D` with the directory. The
    /// command line of a zombie is empty.
    fn from_arguments(arguments: &[String], pgdata: &Path) -> Self {
        let program = arguments.first().map(|program| Path::new(program).file_name());
        if program != Some(Some("postgres".as_ref())) {
            return Self::Unrelated;
        }
        match arguments.iter().position(|argument| argument == "-D") {
            Some(at) if arguments.get(at + 1).is_some_and(|value| Path::new(value) == pgdata) => {
                Self::Orphan
            }
            Some(_) => Self::Unrelated,
            None => Self::ForeignPostgres,
        }
    }
}

/// Returns the command line of a process, as proc(5) has it: each argument ends with a zero byte.
#[cfg(target_os = "linux")]
fn arguments(pid: Pid, _pgdata: &Path) -> io::Result<Vec<String>> {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_pid()))?;
    let arguments = line.split(|byte| *byte == 0);
    Ok(arguments.map(|argument| String::from_utf8_lossy(argument).into_owned()).collect())
}

#[cfg(not(target_os = "linux"))]
fn arguments(pid: Pid, pgdata: &Path) -> io::Result<Vec<String>> {
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "command=", "-p"])
        .arg(pid.as_raw_pid().to_string())
        .output()?;
    if !output.status.success() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(split_ps_line(String::from_utf8_lossy(&output.stdout).trim_end(), pgdata))
}

/// `ps` joins arguments with spaces, which paths may contain as well. Our own command line is
/// recognised as a whole: the program, `-D`, the data, and the first setting.
#[cfg(any(test, not(target_os = "linux")))]
fn split_ps_line(line: &str, pgdata: &Path) -> Vec<String> {
    let data = format!("{} -c ", pgdata.display());
    match line.split_once(" -D ") {
        Some((program, rest)) if rest.starts_with(&data) => {
            vec![program.to_owned(), "-D".to_owned(), pgdata.display().to_string()]
        }
        _ => line.split_whitespace().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_postgres_that_was_started_on_this_data_is_an_orphan() {
        let pgdata = Path::new("/data/postgres");
        for (line, owner) in [
            ("/usr/lib/postgresql/15/bin/postgres -D /data/postgres -c fsync=on", PidOwner::Orphan),
            ("postgres -D /var/lib/postgresql/15/main", PidOwner::Unrelated),
            ("postgres", PidOwner::ForeignPostgres),
            ("vi -D /data/postgres", PidOwner::Unrelated),
            ("postgres: checkpointer ", PidOwner::Unrelated),
            ("", PidOwner::Unrelated),
        ] {
            let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(PidOwner::from_arguments(&arguments, pgdata), owner, "{line}");
        }
    }

    #[test]
    fn orphan_is_recognised_in_the_output_of_ps_when_paths_contain_spaces() {
        let pgdata = Path::new("/Library/Application Support/x/postgres");
        for (line, owner) in [
            ("/A b/postgres -D /Library/Application Support/x/postgres -c a=b", PidOwner::Orphan),
            ("postgres -D /Library/Application Support/y/postgres -c a=b", PidOwner::Unrelated),
            ("postgres: checkpointer ", PidOwner::Unrelated),
            ("postgres", PidOwner::ForeignPostgres),
        ] {
            let arguments = split_ps_line(line, pgdata);
            assert_eq!(PidOwner::from_arguments(&arguments, pgdata), owner, "{line}");
        }
    }
}
