//! Starts and stops Postgres' main process, the postmaster.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::ClusterError;
use super::binaries::Binaries;
use super::data_dir::{self, DataDir};
use super::pid_file::PidFile;
use super::run_as::RunAs;

/// How long a start may take. After a crash, Postgres first replays the WAL since the last
/// checkpoint, which takes seconds, rarely minutes.
const READY_TIMEOUT: Duration = Duration::from_secs(300);

/// How long to wait for the child processes of a postmaster that was killed. They hold its shared
/// memory, and end by themselves a moment later.
const SHARED_MEMORY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a fast shutdown may take, and then an immediate one.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) const POLL: Duration = Duration::from_millis(10);

/// Fast shutdown: ends all sessions, writes a checkpoint, exits (Postgres' documentation, "Shutting
/// Down the Server").
pub(super) const FAST: Signal = Signal::INT;

/// Immediate shutdown: exits without a checkpoint; the next start recovers.
pub(super) const IMMEDIATE: Signal = Signal::QUIT;

/// A postmaster that is a child of this process.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
}

impl Postmaster {
    /// Starts Postgres on the data directory and waits until it accepts connections.
    pub(super) async fn start(
        binaries: &Binaries,
        data_dir: &DataDir,
        run_as: &RunAs,
        settings: &[(String, String)],
    ) -> Result<Self, ClusterError> {
        let started = Instant::now();
        truncate_log(&data_dir.log()).map_err(|error| data_dir.unusable(error))?;
        loop {
            let mut postmaster = Self::spawn(binaries, data_dir, run_as, settings)?;
            let outcome = postmaster.wait_until_ready(data_dir, started).await?;
            let tail = data_dir.log_tail();
            match outcome {
                Outcome::Ready => return Ok(postmaster),
                Outcome::Ended
                    if tail.contains("shared memory block")
                        && started.elapsed() < SHARED_MEMORY_TIMEOUT =>
                {
                    tokio::time::sleep(POLL * 20).await;
                }
                Outcome::Ended => return Err(ClusterError::Start { log: data_dir.log(), tail }),
                Outcome::TimedOut => {
                    postmaster.stop().await?;
                    let seconds = READY_TIMEOUT.as_secs();
                    return Err(ClusterError::ReadyTimeout { seconds, log: data_dir.log(), tail });
                }
            }
        }
    }

    fn spawn(
        binaries: &Binaries,
        data_dir: &DataDir,
        run_as: &RunAs,
        settings: &[(String, String)],
    ) -> Result<Self, ClusterError> {
        let log = data_dir::options()
            .append(true)
            .open(data_dir.log())
            .map_err(|error| data_dir.unusable(error))?;
        let program = binaries.program("postgres");
        let mut command = Command::new(&program);
        command.arg("-D").arg(data_dir.pgdata());
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        run_as.apply(&mut command, &data_dir.pgdata());
        let child = command
            // Ctrl-C in a terminal signals its whole process group. It must reach the program only,
            // which stops Postgres after everything that uses it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|source| ClusterError::Spawn { program, source })?;
        Ok(Self { child })
    }

    async fn wait_until_ready(
        &mut self,
        data_dir: &DataDir,
        started: Instant,
    ) -> Result<Outcome, ClusterError> {
        let mut has_logged = false;
        loop {
            if self.has_ended() {
                return Ok(Outcome::Ended);
            }
            let file =
                PidFile::read(&data_dir.pgdata()).map_err(|error| data_dir.unusable(error))?;
            if file.is_some_and(|file| file.pid == self.pid() && file.is_ready) {
                return Ok(Outcome::Ready);
            }
            if started.elapsed() > READY_TIMEOUT {
                return Ok(Outcome::TimedOut);
            }
            if !has_logged && started.elapsed() > Duration::from_secs(5) {
                tracing::info!("Postgres isn't ready yet: after a crash it replays its WAL first");
                has_logged = true;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Stops Postgres with a fast shutdown, and if that takes too long, with an immediate one.
    pub(super) async fn stop(mut self) -> Result<(), ClusterError> {
        for signal in [FAST, IMMEDIATE] {
            self.signal(signal);
            let deadline = Instant::now() + STOP_TIMEOUT;
            while Instant::now() < deadline {
                if self.has_ended() {
                    return Ok(());
                }
                tokio::time::sleep(POLL).await;
            }
            tracing::warn!(?signal, "Postgres hasn't stopped yet");
        }
        Err(ClusterError::StopTimeout { pid: self.pid().as_raw_pid() })
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether it has ended. After `false`, its process id can't belong to another process: a child
    /// keeps its id until it is waited for, which only this function does.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) {
        // It fails only if the process has ended in the meantime.
        let _ = kill_process(self.pid(), signal);
    }
}

/// Requests a fast shutdown without waiting for it, since `drop` can't wait without blocking.
impl Drop for Postmaster {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.signal(FAST);
        }
    }
}

/// Empties the log, and closes it to other users since it contains failed statements.
fn truncate_log(log: &Path) -> io::Result<()> {
    let private = Permissions::from_mode(0o600);
    let mut options = data_dir::options();
    let log = options.write(true).create(true).truncate(true).open(log)?;
    log.set_permissions(private)
}

enum Outcome {
    Ready,
    Ended,
    TimedOut,
}
