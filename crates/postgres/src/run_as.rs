//! The user that Postgres runs as. It refuses to run as root.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::ClusterError;

/// The user that `postgres` and `initdb` run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The user of this process.
    CurrentUser,
    /// Another one, because this process runs as root.
    OtherUser(SystemUser),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SystemUser {
    name: String,
    uid: u32,
    gid: u32,
}

impl RunAs {
    /// The current user; for root, the owner of existing data, else `postgres` or `nobody`.
    pub(super) fn for_data(pgdata: &Path) -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::CurrentUser);
        }
        let users = fs::read_to_string("/etc/passwd").map(|text| parse_users(&text));
        let users = users.unwrap_or_default();
        let owner = fs::metadata(pgdata).ok().filter(|data| data.uid() != 0);
        if let Some(owner) = owner {
            let (uid, gid) = (owner.uid(), owner.gid());
            let known = users.into_iter().find(|user| user.uid == uid);
            let name = known.map_or_else(|| uid.to_string(), |user| user.name);
            return Ok(Self::OtherUser(SystemUser { name, uid, gid }));
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| users.iter().find(|user| user.name == *name && user.uid != 0))
            .map(|user| Self::OtherUser(user.clone()))
            .ok_or(ClusterError::NoUser)
    }

    /// The user's number.
    pub(super) fn uid(&self) -> u32 {
        match self {
            Self::CurrentUser => rustix::process::geteuid().as_raw(),
            Self::OtherUser(user) => user.uid,
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
            command.uid(user.uid).gid(user.gid);
        }
    }

    /// Makes the user the owner of the file or directory.
    pub(super) fn set_owner(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::CurrentUser => Ok(()),
            Self::OtherUser(user) => chown(path, Some(user.uid), Some(user.gid)),
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
        let closed = directory.ancestors().find(|ancestor| {
            fs::metadata(ancestor).is_ok_and(|metadata| !user.may_enter(&metadata))
        });
        match closed {
            None => Ok(()),
            Some(closed) => {
                Err(ClusterError::NoAccess { closed: closed.to_owned(), user: user.name.clone() })
            }
        }
    }
}

impl SystemUser {
    /// Decides by the permission bits alone: `Command::uid` drops supplementary groups.
    fn may_enter(&self, directory: &Metadata) -> bool {
        let enter = if directory.uid() == self.uid {
            0o100
        } else if directory.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        directory.mode() & enter != 0
    }
}

/// The number of a user that has a name and isn't root.
pub(super) fn any_named_user() -> Option<u32> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let named = parse_users(&passwd).into_iter().rev().find(|user| user.uid != 0)?;
    Some(named.uid)
}

/// Parses `/etc/passwd`, whose lines are `name:password:uid:gid:…` (passwd(5)). Skips lines that
/// aren't.
fn parse_users(passwd: &str) -> Vec<SystemUser> {
    passwd
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(SystemUser { name, uid, gid })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn malformed_lines_of_passwd_are_skipped() {
        let users =
            parse_users("root:x:0:0:root:/root:/bin/bash\n# x\n+::::::\npostgres:x:101:104::\n");
        let names: Vec<_> =
            users.iter().map(|user| (user.name.as_str(), user.uid, user.gid)).collect();
        assert_eq!(names, [("root", 0, 0), ("postgres", 101, 104)]);
    }

    #[test]
    fn directory_that_is_closed_to_the_user_is_named() {
        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inner = parent.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = SystemUser { name: "stranger".to_owned(), uid: 4_000_000, gid: 4_000_000 };

        let message =
            RunAs::OtherUser(stranger.clone()).check_access(&inner).unwrap_err().to_string();
        let expected = format!(
            "the user stranger, as which it would run, can't enter {}:",
            parent.path().display()
        );
        assert!(message.contains(&expected), "{message}");

        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o711)).unwrap();
        RunAs::OtherUser(stranger).check_access(&inner).unwrap();
    }
}
