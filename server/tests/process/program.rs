//! A server as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use testing::{Sandbox, eventually};

/// A running server, which is killed when this is dropped.
pub struct Program(pub Child);

impl Program {
    pub fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// The address that the server prints, without `http://`.
    pub fn address(&mut self) -> String {
        let mut output = BufReader::new(self.0.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            if let Some((_, address)) = line.trim().split_once(" is running on http://") {
                return address.to_owned();
            }
            line.clear();
        }
        panic!("the server has ended: {:?}", self.0.wait());
    }

    /// Stops the server as systemd does, and returns how long that took.
    pub async fn stop(mut self) -> Duration {
        let begun = Instant::now();
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        eventually("the server ends", async || self.0.try_wait().unwrap().is_some()).await;
        begun.elapsed()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server on a private Postgres in the sandbox, and on a free port.
pub fn command(sandbox: &Sandbox) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    command
        .env("DATA_DIR", sandbox.data_dir())
        .env("ADDRESS", "127.0.0.1:0")
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_OWNER_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
