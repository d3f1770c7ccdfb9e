//! Postgres' main process: starting and stopping it.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::ClusterError;
use super::binaries::Binaries;
use super::data_folder::DataFolder;
use super::pid_file::PidFile;
use super::run_as::RunAs;

/// Recovery after a crash reads up to the WAL of a checkpoint's distance: seconds, rarely minutes.
const READY_TIMEOUT: Duration = Duration::from_secs(300);

/// Processes of a Postgres that was killed end by themselves, a moment later.
const LEFTOVERS_TIMEOUT: Duration = Duration::from_secs(10);

/// How long each way of stopping may take, the gentle one and the hard one.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) const POLL: Duration = Duration::from_millis(10);

/// Disconnects everybody, writes everything, ends ("fast shutdown").
pub(super) const FAST: Signal = Signal::INT;

/// Ends at once; the next start recovers ("immediate shutdown").
pub(super) const IMMEDIATE: Signal = Signal::QUIT;

/// A Postgres that is our child.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
}

impl Postmaster {
    /// Starts Postgres on the folder and waits until it takes connections.
    pub(super) async fn start(
        binaries: &Binaries,
        folder: &DataFolder,
        run_as: &RunAs,
        settings: &[(&'static str, String)],
    ) -> Result<Self, ClusterError> {
        let started = Instant::now();
        begin_log(&folder.log()).map_err(|problem| folder.unusable(problem))?;
        loop {
            let mut postmaster = Self::spawn(binaries, folder, run_as, settings)?;
            let outcome = postmaster.wait_until_ready(folder, started).await?;
            let said = folder.log_tail();
            match outcome {
                Outcome::Ready => return Ok(postmaster),
                Outcome::Ended
                    if said.contains("shared memory block")
                        && started.elapsed() < LEFTOVERS_TIMEOUT =>
                {
                    tokio::time::sleep(POLL * 20).await;
                }
                Outcome::Ended => return Err(ClusterError::Start { log: folder.log(), said }),
                Outcome::Late => {
                    postmaster.stop().await?;
                    let seconds = READY_TIMEOUT.as_secs();
                    return Err(ClusterError::NeverReady { seconds, log: folder.log(), said });
                }
            }
        }
    }

    fn spawn(
        binaries: &Binaries,
        folder: &DataFolder,
        run_as: &RunAs,
        settings: &[(&'static str, String)],
    ) -> Result<Self, ClusterError> {
        let log = OpenOptions::new()
            .append(true)
            .open(folder.log())
            .map_err(|problem| folder.unusable(problem))?;
        let program = binaries.program("postgres");
        let mut command = Command::new(&program);
        command.arg("-D").arg(folder.postgres());
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        run_as.apply(&mut command, &folder.postgres());
        let child = command
            // Ctrl-C in the terminal is for the server, which stops Postgres last.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|problem| ClusterError::Run { program, problem })?;
        Ok(Self { child })
    }

    async fn wait_until_ready(
        &mut self,
        folder: &DataFolder,
        started: Instant,
    ) -> Result<Outcome, ClusterError> {
        let mut told = false;
        loop {
            if self.has_ended() {
                return Ok(Outcome::Ended);
            }
            let file =
                PidFile::read(&folder.postgres()).map_err(|problem| folder.unusable(problem))?;
            if file.is_some_and(|file| file.pid == self.pid() && file.is_ready) {
                return Ok(Outcome::Ready);
            }
            if started.elapsed() > READY_TIMEOUT {
                return Ok(Outcome::Late);
            }
            if !told && started.elapsed() > Duration::from_secs(5) {
                tracing::info!("Postgres isn't ready yet; after a crash it first recovers");
                told = true;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Stops Postgres: gently, and if that takes too long, at once.
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
        Err(ClusterError::Unstoppable { pid: self.pid().as_raw_pid() })
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether it has ended. A child that nobody has waited for keeps its process id, so that
    /// signals after a `false` can't reach another process.
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) {
        // It may have ended in the meantime, which is what signals are sent for.
        let _ = kill_process(self.pid(), signal);
    }
}

/// Whoever drops it without [`Postmaster::stop`] has no time to wait.
impl Drop for Postmaster {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.signal(FAST);
        }
    }
}

/// Empties the log. Failed statements are in it, so that it is for nobody else to read.
fn begin_log(log: &Path) -> io::Result<()> {
    let private = Permissions::from_mode(0o600);
    File::create(log)?.set_permissions(private)
}

enum Outcome {
    Ready,
    Ended,
    Late,
}
