use std::io;
use std::path::PathBuf;

use crate::db::requirements::OLDEST_MAJOR;

/// Why the private cluster can't be used: each a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Nothing to run.
    #[error(
        "no Postgres (version {OLDEST_MAJOR} or newer) was found on this machine: install it (on \
         Debian `apt install postgresql`), name the folder with its programs in PG_BIN, or use \
         another server with DATABASE_URL"
    )]
    NoBinaries,
    /// `PG_BIN` was given and is wrong.
    #[error(
        "PG_BIN is {}, but there is no working `initdb` and `postgres` (version {OLDEST_MAJOR} or \
         newer) in it", .0.display()
    )]
    NamedBinaries(PathBuf),
    /// The data was written by a version that isn't installed.
    #[error(
        "the data in {} was written by Postgres {wrote}, but only {} is installed here: install Postgres {wrote}, name its \
         folder in PG_BIN, or choose another folder with DATA_DIR", .folder.display(), list(.found)
    )]
    OtherMajor {
        /// The data folder.
        folder: PathBuf,
        /// The major version that wrote the data.
        wrote: u32,
        /// The major versions that are here, at least one.
        found: Vec<u32>,
    },
    /// Another Tributary uses the data.
    #[error(
        "the data folder {} is in use by {}: stop that one, or choose another folder with DATA_DIR",
        .folder.display(), holder(*.pid)
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// Who holds it, when it wrote that down.
        pid: Option<u32>,
    },
    /// A Postgres that isn't ours uses the data.
    #[error(
        "a Postgres that Tributary didn't start (process {pid}) is using the data in {}: stop it \
         first", .folder.display()
    )]
    Foreign {
        /// The data folder.
        folder: PathBuf,
        /// Its process.
        pid: i32,
    },
    /// The folder can't be written or read.
    #[error(
        "the data folder {} can't be used ({problem}): choose another with DATA_DIR",
        .folder.display()
    )]
    Folder {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        problem: io::Error,
    },
    /// Postgres doesn't run as root, and whom it runs as can't get at the data.
    #[error(
        "Postgres doesn't run as root, and the user {user} whom it runs as can't enter {}: choose \
         another data folder with DATA_DIR, such as /var/lib/tributary", .folder.display()
    )]
    OutOfReach {
        /// The folder on the way to the data.
        folder: PathBuf,
        /// The user.
        user: String,
    },
    /// No such user.
    #[error(
        "Postgres doesn't run as root, and this machine has neither a user `postgres` nor `nobody` \
         to run it as: start Tributary as an ordinary user"
    )]
    NoUser,
    /// There is no place for the socket.
    #[error(
        "there is no place for Postgres' socket, whose path may have {most} bytes: choose a data \
         folder with a shorter path with DATA_DIR, or set TMPDIR to a short one ({problem})"
    )]
    Socket {
        /// The limit.
        most: usize,
        /// What is wrong with the place under the temporary folder.
        problem: String,
    },
    /// `initdb` failed.
    #[error("Postgres couldn't set up the data folder {}:\n{said}", .folder.display())]
    Initdb {
        /// The data folder.
        folder: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// Postgres ended instead of starting.
    #[error("Postgres couldn't start; the end of its log, {}:\n{said}", .log.display())]
    Start {
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// Postgres runs but doesn't get ready.
    #[error(
        "Postgres wasn't ready after {seconds} s and was stopped; the end of its log, {}:\n{said}",
        .log.display()
    )]
    NeverReady {
        /// How long it had.
        seconds: u64,
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// Postgres doesn't end.
    #[error("Postgres (process {pid}) doesn't stop: end it by hand")]
    Unstoppable {
        /// Its process.
        pid: i32,
    },
    /// A program can't be run.
    #[error("{} can't be run: {problem}", .program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        problem: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("another Tributary (process {pid})"),
        None => "another Tributary".to_owned(),
    }
}

fn list(majors: &[u32]) -> String {
    majors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
