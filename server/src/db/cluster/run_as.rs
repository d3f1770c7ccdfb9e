//! Whom Postgres runs as: it refuses to be root.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::ClusterError;

/// Whom Postgres and its set-up run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunAs {
    /// As whoever runs the server.
    Ourselves,
    /// As another user, since we are root.
    Unprivileged(SystemUser),
}

/// A user of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SystemUser {
    name: String,
    uid: u32,
    gid: u32,
}

impl RunAs {
    /// As ourselves, or if we are root: as the owner of the data, `postgres` or `nobody`.
    pub(super) fn for_data(data: &Path) -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let users = fs::read_to_string("/etc/passwd").map(|text| parse_users(&text));
        let users = users.unwrap_or_default();
        let owner = fs::metadata(data).ok().filter(|data| data.uid() != 0);
        if let Some(owner) = owner {
            let (uid, gid) = (owner.uid(), owner.gid());
            let known = users.into_iter().find(|user| user.uid == uid);
            let name = known.map_or_else(|| uid.to_string(), |user| user.name);
            return Ok(Self::Unprivileged(SystemUser { name, uid, gid }));
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| users.iter().find(|user| user.name == *name && user.uid != 0))
            .map(|user| Self::Unprivileged(user.clone()))
            .ok_or(ClusterError::NoUser)
    }

    /// Makes the command run as that user, without what our environment says about Postgres, from
    /// a folder that the user can be in.
    pub(super) fn apply(&self, command: &mut Command, folder: &Path) {
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(name);
        }
        command.current_dir(folder);
        if let Self::Unprivileged(user) = self {
            command.uid(user.uid).gid(user.gid);
        }
    }

    /// Gives the file or folder to that user.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Unprivileged(user) => chown(path, Some(user.uid), Some(user.gid)),
        }
    }

    /// Whether the file or folder belongs to that user.
    pub(super) fn owns(&self, metadata: &Metadata) -> bool {
        match self {
            Self::Ourselves => metadata.uid() == rustix::process::geteuid().as_raw(),
            Self::Unprivileged(user) => metadata.uid() == user.uid,
        }
    }

    /// Checks that the user can enter the folder and all that lead to it.
    pub(super) fn check_reach(&self, folder: &Path) -> Result<(), ClusterError> {
        let Self::Unprivileged(user) = self else { return Ok(()) };
        let closed = folder.ancestors().find(|ancestor| {
            fs::metadata(ancestor).is_ok_and(|metadata| !user.may_enter(&metadata))
        });
        match closed {
            None => Ok(()),
            Some(folder) => {
                Err(ClusterError::OutOfReach { folder: folder.to_owned(), user: user.name.clone() })
            }
        }
    }
}

impl SystemUser {
    /// By the permission bits alone: it runs without supplementary groups.
    fn may_enter(&self, folder: &Metadata) -> bool {
        let enter = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        folder.mode() & enter != 0
    }
}

/// Reads `/etc/passwd` (passwd(5)): `name:password:uid:gid:…`.
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
    fn users_are_read_from_the_list_and_broken_lines_are_skipped() {
        let users =
            parse_users("root:x:0:0:root:/root:/bin/bash\n# x\n+::::::\npostgres:x:101:104::\n");
        let names: Vec<_> =
            users.iter().map(|user| (user.name.as_str(), user.uid, user.gid)).collect();
        assert_eq!(names, [("root", 0, 0), ("postgres", 101, 104)]);
    }

    #[test]
    fn a_folder_that_is_closed_to_the_user_is_named() {
        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inner = parent.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = SystemUser { name: "stranger".to_owned(), uid: 4_000_000, gid: 4_000_000 };

        let sentence =
            RunAs::Unprivileged(stranger.clone()).check_reach(&inner).unwrap_err().to_string();
        let wanted =
            format!("the user stranger whom it runs as can't enter {}:", parent.path().display());
        assert!(sentence.contains(&wanted), "{sentence}");

        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o711)).unwrap();
        RunAs::Unprivileged(stranger).check_reach(&inner).unwrap();
    }
}
