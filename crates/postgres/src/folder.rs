//! Folders in which a program keeps its files: who owns them, and how root gives them to an ordinary user.
//!
//! Another user who may write beside a program's files could put a symbolic link in the place of one of them,
//! so that the program overwrites something else. Therefore links aren't followed here.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, chownat, fchown, fstat, openat, statat,
};
use rustix::process::{Gid, Uid};

use super::system_user::SystemUser;

/// The mode bits with which files of other users are safe from each other, as in `/tmp`.
const STICKY: u32 = 0o1000;

/// The mode bit with which every user may create files.
const WRITABLE_FOR_ALL: u32 = 0o002;

/// Why a folder isn't used. The texts are clauses that name the path.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A symbolic link is in the place of the folder, or of a file in it.
    #[error("{} is a symbolic link, and only a real file or folder is accepted there", .path.display())]
    SymbolicLink {
        /// The link.
        path: PathBuf,
    },
    /// The folder or a file in it belongs to another user.
    #[error(
        "{} belongs to the user {owner} and not to {user}, which `chown -R {user} {}` changes",
        .path.display(), .folder.display()
    )]
    OtherOwner {
        /// The file or folder that belongs to the other user.
        path: PathBuf,
        /// The other user's name or number.
        owner: String,
        /// The user's name or number.
        user: String,
        /// The folder.
        folder: PathBuf,
    },
    /// Root's folder has files that the program hasn't made. It may be a folder of the system.
    #[error(
        "{} belongs to root and contains {}, so it isn't given to the user {user}, which `chown -R {user} \
         {}` does", .folder.display(), .path.display(), .folder.display()
    )]
    OtherFile {
        /// The folder.
        folder: PathBuf,
        /// A file that the program doesn't know.
        path: PathBuf,
        /// The user's name or number.
        user: String,
    },
    /// Every user may write to root's folder.
    #[error("{} belongs to root, and every user may create files there", .path.display())]
    Shared {
        /// The folder.
        path: PathBuf,
    },
    /// The system's error.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Checks a folder of the current user: neither it nor what has one of these names is a symbolic link, and it
/// belongs to that user or to root. Root itself may use everyone's.
///
/// # Errors
/// See [`FolderError`].
pub fn check(folder: &Path, names: &[&str]) -> Result<(), FolderError> {
    let Some(found) = metadata(folder)? else { return Ok(()) };
    let user = rustix::process::geteuid().as_raw();
    if user != 0 && found.uid() != 0 && found.uid() != user {
        return Err(FolderError::OtherOwner {
            path: folder.to_owned(),
            owner: SystemUser::owner_of(found.uid(), found.gid()).name().to_owned(),
            user: SystemUser::owner_of(user, user).name().to_owned(),
            folder: folder.to_owned(),
        });
    }
    for name in names {
        metadata(&folder.join(name))?;
    }
    Ok(())
}

/// Reads the metadata of the path. None if nothing is there.
///
/// # Errors
/// When the path is a symbolic link, or can't be read.
fn metadata(path: &Path) -> Result<Option<Metadata>, FolderError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(FolderError::SymbolicLink { path: path.to_owned() }),
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError::Io { path: path.to_owned(), source }),
    }
}

/// As root, creates the folder for the user, or gives a folder to them that root has made, with what is in it.
/// One that belongs to the user already is only checked.
///
/// `is_known` tells by its path below the folder whether the program has made a file. Of other files nothing is
/// given away.
///
/// # Errors
/// See [`FolderError`]. Nothing has changed its owner then, unless the system fails halfway.
pub fn hand_over(
    folder: &Path,
    user: &SystemUser,
    is_known: &dyn Fn(&Path) -> bool,
) -> Result<(), FolderError> {
    let failed = |source: io::Error| FolderError::Io { path: folder.to_owned(), source };
    if metadata(folder)?.is_none() {
        // Other users may pass through the folders above, since the user is one of them.
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        let mut builder = DirBuilder::new();
        builder.mode(0o711);
        if let Some(above) = above {
            builder.recursive(true).create(above).map_err(failed)?;
        }
        builder.recursive(true).create(folder).map_err(failed)?;
    }
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory =
        openat(CWD, folder, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let search = Search { folder, user, is_known };
    let status = fstat(&directory).map_err(|error| failed(error.into()))?;
    search.check_owner(folder, &status)?;
    let directory = Arc::new(directory);
    if status.st_uid == user.uid() {
        return search.check_known(&directory);
    }
    let found = search.find(&directory, Path::new(""))?;
    let mode = status.st_mode & 0o7777;
    if mode & STICKY != 0 || (mode & WRITABLE_FOR_ALL != 0 && !found.is_empty()) {
        return Err(FolderError::Shared { path: folder.to_owned() });
    }
    let (uid, gid) = (Some(Uid::from_raw(user.uid())), Some(Gid::from_raw(user.gid())));
    for Found { parent, name } in &found {
        chownat(parent, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| failed(error.into()))?;
    }
    // Last, so that an interrupted change is repeated.
    fchown(&directory, uid, gid).map_err(|error| failed(error.into()))
}

/// The search for files and folders to give to the user.
struct Search<'a> {
    folder: &'a Path,
    user: &'a SystemUser,
    is_known: &'a dyn Fn(&Path) -> bool,
}

/// A file or folder of root to give to the user.
struct Found {
    parent: Arc<OwnedFd>,
    name: OsString,
}

impl Search<'_> {
    /// Lists what root owns below the directory, contents before their folder.
    fn find(&self, directory: &Arc<OwnedFd>, below: &Path) -> Result<Vec<Found>, FolderError> {
        let mut found = Vec::new();
        for (name, status) in self.entries(directory, below)? {
            let relative = below.join(&name);
            let path = self.folder.join(&relative);
            let is_folder = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
            // Another name of the file may be anywhere.
            if !(self.is_known)(&relative) || (!is_folder && status.st_nlink > 1) {
                return Err(FolderError::OtherFile {
                    folder: self.folder.to_owned(),
                    path,
                    user: self.user.name().to_owned(),
                });
            }
            self.check_owner(&path, &status)?;
            if status.st_uid == self.user.uid() {
                continue;
            }
            if is_folder {
                let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let inner = openat(directory, &name, flags, Mode::empty());
                let inner =
                    inner.map_err(|error| FolderError::Io { path, source: error.into() })?;
                found.extend(self.find(&Arc::new(inner), &relative)?);
            }
            found.push(Found { parent: Arc::clone(directory), name });
        }
        Ok(found)
    }

    /// Checks what the program knows in a directory of the user. Only the user can have put the rest there.
    fn check_known(&self, directory: &OwnedFd) -> Result<(), FolderError> {
        for (name, status) in self.entries(directory, Path::new(""))? {
            if (self.is_known)(Path::new(&name)) && status.st_uid != self.user.uid() {
                return Err(self.other_owner(&self.folder.join(&name), &status));
            }
        }
        Ok(())
    }

    /// Returns the names in a directory with their state. None of those that are known is a symbolic
    /// link.
    fn entries(
        &self,
        directory: &OwnedFd,
        below: &Path,
    ) -> Result<Vec<(OsString, Stat)>, FolderError> {
        let path = self.folder.join(below);
        let failed =
            |error: rustix::io::Errno| FolderError::Io { path: path.clone(), source: error.into() };
        let mut entries = Vec::new();
        for entry in Dir::read_from(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name: OsString = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
            if name == "." || name == ".." {
                continue;
            }
            let status = match statat(directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(status) => status,
                // It was removed meanwhile.
                Err(rustix::io::Errno::NOENT) => continue,
                Err(error) => return Err(failed(error)),
            };
            let is_link = FileType::from_raw_mode(status.st_mode) == FileType::Symlink;
            if is_link && (self.is_known)(&below.join(&name)) {
                return Err(FolderError::SymbolicLink { path: path.join(&name) });
            }
            entries.push((name, status));
        }
        Ok(entries)
    }

    /// Checks that root or the user owns the file.
    fn check_owner(&self, path: &Path, status: &Stat) -> Result<(), FolderError> {
        match status.st_uid == 0 || status.st_uid == self.user.uid() {
            true => Ok(()),
            false => Err(self.other_owner(path, status)),
        }
    }

    fn other_owner(&self, path: &Path, status: &Stat) -> FolderError {
        FolderError::OtherOwner {
            path: path.to_owned(),
            owner: SystemUser::owner_of(status.st_uid, status.st_gid).name().to_owned(),
            user: self.user.name().to_owned(),
            folder: self.folder.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
