use std::io;
use std::path::PathBuf;

/// Why the cluster can't be used. Each text is one sentence that says what is wrong and what to do;
/// some are followed by lines of Postgres' own output.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No Postgres is installed.
    #[error(
        "no Postgres (version {oldest} or newer) was found on this machine: install it (on Debian \
         `apt install postgresql`), or name the directory of its programs"
    )]
    NoBinaries {
        /// The oldest major version that is accepted.
        oldest: u32,
    },
    /// [`ClusterOptions::bin_dir`](crate::ClusterOptions::bin_dir) is wrong.
    #[error(
        "there is no working `initdb` and `postgres` (version {oldest} or newer) in {}: name \
         another directory of Postgres' programs", .bin_dir.display()
    )]
    InvalidBinDir {
        /// The directory.
        bin_dir: PathBuf,
        /// The oldest major version that is accepted.
        oldest: u32,
    },
    /// The data was written by a major version that isn't installed. Postgres reads only its own.
    #[error(
        "the data in {} was written by Postgres {wrote}, but only {} is installed: install \
         Postgres {wrote}, name the directory of its programs, or choose another data directory",
        .data_dir.display(), join(.installed)
    )]
    MajorMismatch {
        /// The data directory.
        data_dir: PathBuf,
        /// The major version that wrote the data.
        wrote: u32,
        /// The installed major versions, at least one.
        installed: Vec<u32>,
    },
    /// Another process holds the directory's lock.
    #[error(
        "the data directory {} is in use by {}: stop it, or choose another data directory",
        .data_dir.display(), describe_holder(*.pid)
    )]
    InUse {
        /// The data directory.
        data_dir: PathBuf,
        /// The process that holds the lock, if its id could be read.
        pid: Option<u32>,
    },
    /// A Postgres that this crate didn't start uses the data.
    #[error(
        "a Postgres server that was started by hand or by another program (process {pid}) is using \
         the data in {}: stop it first", .data_dir.display()
    )]
    ForeignPostgres {
        /// The data directory.
        data_dir: PathBuf,
        /// The server's process id.
        pid: i32,
    },
    /// The directory can't be created, read or written.
    #[error(
        "the data directory {} can't be used ({source}): choose another data directory",
        .data_dir.display()
    )]
    DataDir {
        /// The data directory.
        data_dir: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The program runs as root, and the user that Postgres runs as can't reach the data.
    #[error(
        "Postgres refuses to run as root, and the user {user}, as which it would run, can't enter \
         {}: choose another data directory", .closed.display()
    )]
    NoAccess {
        /// The directory on the way to the data that is closed to the user.
        closed: PathBuf,
        /// The user's name, or its number.
        user: String,
    },
    /// The program runs as root, and there is no user that Postgres could run as.
    #[error(
        "Postgres refuses to run as root, and this machine has neither a user `postgres` nor \
         `nobody`: start the program as an ordinary user"
    )]
    NoUser,
    /// The user that the program runs as has no name, which `initdb` needs.
    #[error(
        "the user id {uid} has no entry in /etc/passwd, without which Postgres can't set up its data: \
         add one, or install libnss-wrapper"
    )]
    UnknownUser {
        /// The user's number.
        uid: u32,
    },
    /// The path of the socket would be too long.
    #[error(
        "the path of Postgres' socket may have {limit} bytes at most ({problem}): set TMPDIR to \
         a short path, or choose another data directory"
    )]
    SocketPath {
        /// The limit in bytes.
        limit: usize,
        /// Why the temporary directory can't be used instead.
        problem: String,
    },
    /// `initdb` failed.
    #[error("Postgres couldn't set up the data directory {}:\n{output}", .data_dir.display())]
    Initdb {
        /// The data directory.
        data_dir: PathBuf,
        /// The last lines of its output.
        output: String,
    },
    /// Postgres ended instead of starting.
    #[error("Postgres couldn't start; the end of its log, {}:\n{tail}", .log.display())]
    Start {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Postgres runs but doesn't accept connections.
    #[error(
        "Postgres wasn't ready after {seconds} s and was stopped; the end of its log, {}:\n{tail}",
        .log.display()
    )]
    ReadyTimeout {
        /// How long it had, in seconds.
        seconds: u64,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Postgres doesn't end.
    #[error("Postgres (process {pid}) doesn't stop: end it by hand")]
    StopTimeout {
        /// The server's process id.
        pid: i32,
    },
    /// One of Postgres' programs can't be run.
    #[error("{} can't be run: {source}", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

fn describe_holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("another process ({pid})"),
        None => "another process".to_owned(),
    }
}

fn join(majors: &[u32]) -> String {
    majors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
