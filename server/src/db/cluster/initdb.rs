//! Setting up Postgres' data, once.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use super::binaries::Binaries;
use super::data_folder::{DataFolder, last_lines};
use super::run_as::RunAs;
use super::{ClusterError, Durability, SUPERUSER};

/// Folders in which an `initdb` works, or was interrupted.
const UNFINISHED: &str = "unfinished-";

/// The best first. `C` orders by byte and knows no letters beyond ASCII, but is everywhere.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Sets the data up in a folder of another name, which gets its own only once it is complete: a
/// start that is interrupted leaves nothing that looks like data.
pub(super) async fn run(
    binaries: &Binaries,
    folder: &DataFolder,
    run_as: &RunAs,
    durability: Durability,
) -> Result<(), ClusterError> {
    let started = Instant::now();
    let unusable = |problem| folder.unusable(problem);
    remove_unfinished(folder.path());
    let work = folder.path().join(format!("{UNFINISHED}{}", std::process::id()));

    for locale in LOCALES {
        DirBuilder::new().mode(0o700).create(&work).map_err(unusable)?;
        run_as.own(&work).map_err(unusable)?;
        let output = initdb(binaries, &work, run_as, durability, locale).await?;
        if output.status.success() {
            fs::rename(&work, folder.postgres()).map_err(unusable)?;
            // A rename that isn't on the disk yet would be forgotten by a power cut.
            File::open(folder.path()).and_then(|folder| folder.sync_all()).map_err(unusable)?;
            tracing::info!(took = ?started.elapsed(), "set up a new Postgres data folder");
            return Ok(());
        }
        fs::remove_dir_all(&work).map_err(unusable)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.contains("invalid locale") {
            return Err(failed(folder, &said));
        }
    }
    Err(failed(folder, "no usable locale"))
}

fn failed(folder: &DataFolder, said: &str) -> ClusterError {
    ClusterError::Initdb { folder: folder.path().to_owned(), said: last_lines(said) }
}

async fn initdb(
    binaries: &Binaries,
    work: &Path,
    run_as: &RunAs,
    durability: Durability,
    locale: &str,
) -> Result<Output, ClusterError> {
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command
        .args(["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--data-checksums"])
        .args(["--username", SUPERUSER, "--locale", locale])
        .arg("--pgdata")
        .arg(work)
        .stdin(Stdio::null());
    if durability == Durability::None {
        command.arg("--no-sync");
    }
    run_as.apply(&mut command, work);
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    command.output().await.map_err(|problem| ClusterError::Run { program, problem })
}

/// Removes what interrupted set-ups left. One may still be at work, although its server was killed:
/// it can't finish any more, and the next set-up removes the rest.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED)
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, folder = %entry.path().display(), "an unfinished set-up stays");
        }
    }
}
