//! Initialises Postgres' data, once.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Instant;

use super::binaries::Binaries;
use super::data_dir::{DataDir, last_lines};
use super::run_as::RunAs;
use super::user_wrapper::UserWrapper;
use super::{ClusterError, ClusterOptions, Durability};

/// The prefix of directories in which an `initdb` works or was interrupted.
const UNFINISHED: &str = "unfinished-";

/// In order of preference. `C` sorts by byte and knows no letters beyond ASCII, but every system
/// has it.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Initialises the data under a temporary name and renames it when it is complete, so that an
/// interrupted start leaves nothing that looks like data.
pub(super) async fn run(
    binaries: &Binaries,
    data_dir: &DataDir,
    run_as: &RunAs,
    options: &ClusterOptions,
) -> Result<(), ClusterError> {
    let started = Instant::now();
    let unusable = |error| data_dir.unusable(error);
    remove_unfinished(data_dir.path());
    let work = data_dir.path().join(format!("{UNFINISHED}{}", std::process::id()));

    let mut wrapper = UserWrapper::None;
    let mut locales = LOCALES.iter().peekable();
    while let Some(locale) = locales.peek() {
        DirBuilder::new().mode(0o700).create(&work).map_err(unusable)?;
        run_as.set_owner(&work).map_err(unusable)?;
        let output = initdb(binaries, &work, run_as, options, locale, &wrapper).await?;
        if output.status.success() {
            fs::rename(&work, data_dir.pgdata()).map_err(unusable)?;
            // Without a sync of the parent, a power failure could undo the rename.
            File::open(data_dir.path()).and_then(|parent| parent.sync_all()).map_err(unusable)?;
            tracing::info!(took = ?started.elapsed(), "set up a new Postgres data directory");
            return Ok(());
        }
        fs::remove_dir_all(&work).map_err(unusable)?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("could not look up effective user ID") {
            wrapper = match wrapper.next(data_dir.path()) {
                Some(next) => next,
                None => return Err(ClusterError::UnknownUser { uid: run_as.uid() }),
            };
        } else if stderr.contains("invalid locale") {
            locales.next();
        } else {
            return Err(failed(data_dir, &stderr));
        }
    }
    Err(failed(data_dir, "no usable locale"))
}

fn failed(data_dir: &DataDir, output: &str) -> ClusterError {
    ClusterError::Initdb { data_dir: data_dir.path().to_owned(), output: last_lines(output) }
}

async fn initdb(
    binaries: &Binaries,
    work: &Path,
    run_as: &RunAs,
    options: &ClusterOptions,
    locale: &str,
    wrapper: &UserWrapper,
) -> Result<Output, ClusterError> {
    let program = binaries.program("initdb");
    let mut command = wrapper.command(&program, run_as.uid());
    command
        .args(["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--data-checksums"])
        .args(["--username", &options.superuser, "--locale", locale])
        .arg("--pgdata")
        .arg(work)
        .stdin(Stdio::null());
    if options.durability == Durability::None {
        command.arg("--no-sync");
    }
    run_as.apply(&mut command, work);
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    command.output().await.map_err(|source| ClusterError::Spawn { program, source })
}

/// Whether a directory of that name belongs to an interrupted run.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Removes the directories of interrupted runs. The `initdb` of a program that was killed may still
/// be writing: it can't finish once its files are gone, and the next run removes what it wrote
/// afterwards.
fn remove_unfinished(data_dir: &Path) {
    for entry in fs::read_dir(data_dir).into_iter().flatten().flatten() {
        if is_unfinished(&entry.file_name().to_string_lossy())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            let directory = entry.path();
            tracing::warn!(%error, directory = %directory.display(), "couldn't remove an unfinished initdb");
        }
    }
}
