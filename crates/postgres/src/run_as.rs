//! The user that Postgres runs as. It refuses to run as root.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::ClusterError;
use super::system_user::SystemUser;

/// The user that `postgres` and `initdb` run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The user of this process.
    CurrentUser,
    /// Another one, because this process runs as root.
    OtherUser(SystemUser),
}

impl RunAs {
    /// Returns the current user; for root, see [`SystemUser::for_data`].
    pub(super) fn for_data(data_dir: &Path) -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::CurrentUser);
        }
        SystemUser::for_data(data_dir).map(Self::OtherUser).ok_or(ClusterError::NoUser)
    }

    /// Returns the user's number.
    pub(super) fn uid(&self) -> u32 {
        match self {
            Self::CurrentUser => rustix::process::geteuid().as_raw(),
            Self::OtherUser(user) => user.uid(),
        }
    }

    /// Makes the command run as that user and in that directory, which the user must be able to
    /// enter. Removes libpq's and Postgres' variables (`PGDATA`, `PGPORT`, …), which would change
    /// what the command does.
    pub(super) fn apply(&self, command: &mut Command, directory: &Path) {
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(name);
        }
        command.current_dir(directory);
        if let Self::OtherUser(user) = self {
            // It drops supplementary groups too.
            command.uid(user.uid()).gid(user.gid());
        }
    }

    /// Makes the user the owner of the file or directory.
    pub(super) fn set_owner(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::CurrentUser => Ok(()),
            Self::OtherUser(user) => chown(path, Some(user.uid()), Some(user.gid())),
        }
    }

    /// Whether the file or directory belongs to the user.
    pub(super) fn owns(&self, metadata: &Metadata) -> bool {
        metadata.uid() == self.uid()
    }

    /// Checks that the user can enter the directory and all its parents.
    ///
    /// # Errors
    /// [`ClusterError::NoAccess`] with the closed directory.
    pub(super) fn check_access(&self, directory: &Path) -> Result<(), ClusterError> {
        let Self::OtherUser(user) = self else { return Ok(()) };
        match user.first_closed(directory) {
            None => Ok(()),
            Some(closed) => Err(ClusterError::NoAccess { closed, user: user.name().to_owned() }),
        }
    }
}
