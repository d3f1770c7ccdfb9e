//! The users that `/etc/passwd` lists.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A user that isn't root. Root's processes give their work to such a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemUser {
    name: String,
    uid: u32,
    gid: u32,
}

impl SystemUser {
    /// Returns the user to whom root gives a data directory: the owner of the data, or of the
    /// directory, that exists; else `postgres` or `nobody`. None on a machine without these.
    #[must_use]
    pub fn for_data(data_dir: &Path) -> Option<Self> {
        let users = listed_users();
        let owner = [data_dir.join("postgres"), data_dir.to_owned()]
            .iter()
            .filter_map(|existing| fs::symlink_metadata(existing).ok())
            .find(|existing| existing.uid() != 0);
        if let Some(owner) = owner {
            return Some(Self::with_ids(users, owner.uid(), owner.gid()));
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| users.iter().find(|user| user.name == *name && user.uid != 0).cloned())
    }

    /// Returns the user with that name, or with that number, which needs no entry in `/etc/passwd`. None
    /// when there is no such user, and for root.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let users = listed_users();
        let named = users.iter().find(|user| user.name == name).cloned();
        let user = named.or_else(|| {
            let uid = name.parse().ok()?;
            let primary_group = users.iter().find(|user| user.uid == uid).map(|user| user.gid);
            Some(Self::with_ids(users, uid, primary_group.unwrap_or(uid)))
        })?;
        // The largest number stands for "no change" where owners are set.
        (user.uid != 0 && user.uid != u32::MAX).then_some(user)
    }

    /// Returns the user with these numbers, whoever it is.
    pub(super) fn owner_of(uid: u32, gid: u32) -> Self {
        Self::with_ids(listed_users(), uid, gid)
    }

    fn with_ids(users: Vec<Self>, uid: u32, gid: u32) -> Self {
        let known = users.into_iter().find(|user| user.uid == uid);
        Self { name: known.map_or_else(|| uid.to_string(), |user| user.name), uid, gid }
    }

    /// Returns the user's name, or its number if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the user's number.
    #[must_use]
    pub const fn uid(&self) -> u32 {
        self.uid
    }

    /// Returns the number of the user's group.
    #[must_use]
    pub const fn gid(&self) -> u32 {
        self.gid
    }

    /// Returns the directory or the nearest of its parents that the user can't enter.
    #[must_use]
    pub fn first_closed(&self, directory: &Path) -> Option<PathBuf> {
        let closed = directory.ancestors().find(|ancestor| {
            fs::metadata(ancestor).is_ok_and(|metadata| !self.may_enter(&metadata))
        });
        closed.map(Path::to_owned)
    }

    /// Decides by the permission bits alone: the user has no supplementary groups.
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

/// Returns the number of a user that has a name and isn't root.
pub(super) fn any_named_user() -> Option<u32> {
    let named = listed_users().into_iter().rev().find(|user| user.uid != 0)?;
    Some(named.uid)
}

fn listed_users() -> Vec<SystemUser> {
    fs::read_to_string("/etc/passwd").map(|text| parse_users(&text)).unwrap_or_default()
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
    fn user_is_found_by_name_and_by_a_number_without_a_name_unless_it_is_root() {
        for root in ["root", "0"] {
            assert_eq!(SystemUser::find(root), None, "{root}");
        }
        assert_eq!(SystemUser::find("nobody-with-this-name"), None);
        let named = SystemUser::find("nobody").unwrap();
        assert_eq!(SystemUser::find(&named.uid.to_string()), Some(named));
        let nameless = SystemUser::find("987654").unwrap();
        assert_eq!((nameless.name(), nameless.uid(), nameless.gid()), ("987654", 987_654, 987_654));
    }

    #[test]
    fn directory_that_is_closed_to_the_user_is_found() {
        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inner = parent.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = SystemUser { name: "stranger".to_owned(), uid: 4_000_000, gid: 4_000_000 };
        assert_eq!(stranger.first_closed(&inner), Some(parent.path().to_owned()));
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.first_closed(&inner), None);
    }
}
