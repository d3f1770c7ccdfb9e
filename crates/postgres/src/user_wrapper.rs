//! Gives a user id without an entry in `/etc/passwd` a name, which `initdb` insists on. Container
//! platforms run programs with such ids. The server itself needs no name.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{data_dir, system_user};

/// The folders in which distributions install libraries.
const LIBRARY_DIRS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// How a program is started.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UserWrapper {
    /// As it is.
    None,
    /// With cwrap's library, which answers for the system's list of users.
    NssWrapper {
        library: PathBuf,
        /// A list of users for it.
        passwd: PathBuf,
    },
    /// In a user namespace (`user_namespaces(7)`) in which its id is that of a user with a name.
    Namespace {
        /// That user's id.
        named: u32,
    },
}

impl UserWrapper {
    /// Returns the next wrapper to try when the program doesn't find its user's name.
    pub(super) fn next(&self, data_dir: &Path) -> Option<Self> {
        let namespace = || system_user::any_named_user().map(|named| Self::Namespace { named });
        match self {
            Self::None => match find_library(&LIBRARY_DIRS) {
                Some(library) => {
                    Some(Self::NssWrapper { library, passwd: data_dir.join("passwd") })
                }
                None => namespace(),
            },
            Self::NssWrapper { .. } => namespace(),
            Self::Namespace { .. } => None,
        }
    }

    /// Returns the command that starts the program for that user.
    pub(super) fn command(&self, program: &Path, uid: u32) -> Command {
        match self {
            Self::None => Command::new(program),
            Self::NssWrapper { library, passwd } => {
                // A file that can't be written shows as the same error as before.
                let _ = write_passwd(passwd, uid);
                let mut command = Command::new(program);
                command
                    .env("LD_PRELOAD", library)
                    .env("NSS_WRAPPER_PASSWD", passwd)
                    .env("NSS_WRAPPER_GROUP", "/etc/group");
                command
            }
            Self::Namespace { named } => {
                let mut command = Command::new("unshare");
                command.args(["--user", &format!("--map-user={named}"), "--"]).arg(program);
                command
            }
        }
    }
}

fn write_passwd(passwd: &Path, uid: u32) -> io::Result<()> {
    let mut options = data_dir::options();
    let mut file = options.write(true).create(true).truncate(true).open(passwd)?;
    writeln!(file, "postgres:x:{uid}:{uid}::/:/bin/false")
}

/// Finds the library in one of the folders or in a folder of theirs.
fn find_library(folders: &[impl AsRef<OsStr>]) -> Option<PathBuf> {
    const NAME: &str = "libnss_wrapper.so";
    let folders = folders.iter().map(|folder| PathBuf::from(folder.as_ref()));
    let with_inner = folders.flat_map(|folder| {
        let inner = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        std::iter::once(folder.clone()).chain(inner.collect::<Vec<_>>())
    });
    with_inner.map(|folder| folder.join(NAME)).find(|library| library.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_is_found_in_the_folder_of_an_architecture() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find_library(&[folder.path()]), None);
        let library = folder.path().join("x86_64-linux-gnu/libnss_wrapper.so");
        fs::create_dir(library.parent().unwrap()).unwrap();
        fs::write(&library, "").unwrap();
        assert_eq!(find_library(&[folder.path()]), Some(library));
    }

    #[test]
    fn attempts_end_after_the_namespace() {
        assert_eq!(UserWrapper::Namespace { named: 1 }.next(Path::new("/data")), None);
    }
}
