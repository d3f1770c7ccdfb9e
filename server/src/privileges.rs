//! Gives up root's privileges before the server does anything for others.
//!
//! The server then runs as the same ordinary user as its private Postgres. First comes what only root can do:
//! binding ports below 1024, opening the folder of the site, and giving that user the folders in which the server
//! writes. What the user can't read later is refused at start, in a sentence.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use db::tls::InvalidFile;
use private_postgres::SystemUser;
use private_postgres::folder::{self, FolderError};

use crate::config::{Config, MAIL_FOLDER};
use crate::opened_by_root::{PrivilegedSockets, SiteFolder};

/// Why the server doesn't run as another user than root, in a sentence for the person who starts it.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// `RUN_AS_USER` is root, or there is no such user.
    #[error(
        "RUN_AS_USER is {0}, which is no ordinary user of this machine: name one, such as postgres"
    )]
    NoOrdinaryUser(String),
    /// There is no user to run as.
    #[error(
        "the server doesn't run as root, and this machine has neither a user postgres nor nobody: name \
         another one in RUN_AS_USER, or start the server as an ordinary user"
    )]
    NoUser,
    /// A folder can't be given to the user.
    #[error("the folder in {setting} can't be used: {cause}")]
    Folder {
        /// The setting that names the folder.
        setting: &'static str,
        /// The reason.
        cause: FolderError,
    },
    /// A folder can't be reached.
    #[error(
        "the folder in {setting} can't be used: the user {user}, as which the server runs, can't enter {}; \
         choose another folder, such as /var/lib/tributary", .closed.display()
    )]
    Closed {
        /// The setting that names the folder.
        setting: &'static str,
        /// The folder on the way that is closed.
        closed: PathBuf,
        /// The user's name.
        user: String,
    },
    /// The system refuses to change the user.
    #[error("can't become the user {user} ({source}): start the server as an ordinary user")]
    Change {
        /// The user's name.
        user: String,
        /// The system's error.
        source: io::Error,
    },
    /// The change of the user can be undone.
    #[error(
        "root's privileges can't be given up on this system: start the server as an ordinary user"
    )]
    StillRoot,
    /// A file that connections to the database need. Its path is part of the URL, which is never printed.
    #[error(
        "the file in {parameter} for DATABASE_URL can't be read by the user {user}, as which the server \
         runs: let that user read it, or set RUN_AS_USER to one who may"
    )]
    Certificate {
        /// The parameter of the URL that names the file.
        parameter: &'static str,
        /// The user's name.
        user: String,
    },
    /// A file of the site.
    #[error(
        "{} can't be read by the user {user}, as which the server runs: let that user read the site \
         (`chmod -R go+rX`), or set RUN_AS_USER to one who may", .path.display()
    )]
    Site {
        /// The file or folder.
        path: PathBuf,
        /// The user's name.
        user: String,
    },
}

/// The sockets and the user for a server that root has started. Empty if an ordinary user has started it.
#[derive(Debug, Default)]
pub struct Opened {
    /// The user as which the server runs instead of root.
    pub user: Option<SystemUser>,
    /// Ports below 1024.
    pub sockets: PrivilegedSockets,
    /// The folder with the site, if the user can't reach it by its path.
    pub site: Option<SiteFolder>,
}

impl Opened {
    /// Returns the path by which the server reaches the folder of the site.
    #[must_use]
    pub fn site_root(&self, config: &Config) -> PathBuf {
        self.site.as_ref().map_or_else(|| config.site_root.clone(), SiteFolder::path)
    }
}

/// Makes a process of root one of an ordinary user. Does nothing in a process of an ordinary user.
///
/// To be called before the process has other threads, so that none of them starts as root.
///
/// # Errors
/// See [`PrivilegeError`].
pub fn give_up(config: &Config) -> Result<Opened, PrivilegeError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Opened::default());
    }
    let user = choose_user(config)?;
    prepare_folders(config, &user)?;
    let sockets = PrivilegedSockets::bind(config);
    let site = SiteFolder::open(&config.site_root);
    become_user(&user)?;

    check_certificates(config, &user)?;
    let is_reachable = fs::metadata(config.site_root.join(".")).is_ok();
    let opened = Opened { user: Some(user.clone()), sockets, site: site.filter(|_| !is_reachable) };
    let reached = opened.site_root(config);
    if opened.site.is_some() && fs::metadata(&reached).is_err() {
        let path = config.site_root.clone();
        return Err(PrivilegeError::Site { path, user: user.name().to_owned() });
    }
    check_site(&config.site_root, &reached, &user)?;
    Ok(opened)
}

fn choose_user(config: &Config) -> Result<SystemUser, PrivilegeError> {
    match &config.run_as_user {
        Some(name) => {
            SystemUser::find(name).ok_or_else(|| PrivilegeError::NoOrdinaryUser(name.clone()))
        }
        None => SystemUser::for_data(&config.database.data_dir).ok_or(PrivilegeError::NoUser),
    }
}

/// Gives the user the folders in which the server writes.
fn prepare_folders(config: &Config, user: &SystemUser) -> Result<(), PrivilegeError> {
    let sends_mail = config.mail.smtp_url.is_some();
    let mail_folder = config.mail.mail_folder.as_deref().filter(|_| !sends_mail);
    if config.database.url.is_none() || (!sends_mail && mail_folder.is_none()) {
        prepare("DATA_DIR", &config.database.data_dir, user, |folder| {
            private_postgres::hand_over(folder, user, &is_mail)
        })?;
    }
    if let Some(mail_folder) = mail_folder {
        prepare("MAIL_FOLDER", mail_folder, user, |folder| {
            folder::hand_over(folder, user, &is_message)
        })?;
    }
    Ok(())
}

fn prepare(
    setting: &'static str,
    path: &Path,
    user: &SystemUser,
    hand_over: impl Fn(&Path) -> Result<(), FolderError>,
) -> Result<(), PrivilegeError> {
    let io_error = |source| FolderError::Io { path: path.to_owned(), source };
    let path = std::path::absolute(path)
        .map_err(|source| PrivilegeError::Folder { setting, cause: io_error(source) })?;
    if let Some(closed) = path.parent().and_then(|parent| user.first_closed(parent)) {
        return Err(PrivilegeError::Closed { setting, closed, user: user.name().to_owned() });
    }
    hand_over(&path).map_err(|cause| PrivilegeError::Folder { setting, cause })
}

/// Whether it is the folder with messages in the data folder, or one of its files.
fn is_mail(path: &Path) -> bool {
    path.strip_prefix(MAIL_FOLDER)
        .is_ok_and(|message| message.as_os_str().is_empty() || is_message(message))
}

/// Whether it is a message, or one that is being written.
fn is_message(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt") && path.components().count() == 1
}

/// Changes user and groups of the whole process, for good.
#[cfg(not(target_vendor = "apple"))]
fn become_user(user: &SystemUser) -> Result<(), PrivilegeError> {
    use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};
    // The user last, whose change takes the right to change the rest.
    setgroups(&[])
        .and_then(|()| setgid(Gid::from_raw(user.gid())))
        .and_then(|()| setuid(Uid::from_raw(user.uid())))
        .map_err(|error| PrivilegeError::Change {
            user: user.name().to_owned(),
            source: error.into(),
        })?;
    match setuid(Uid::from_raw(0)) {
        Err(_) => Ok(()),
        Ok(()) => Err(PrivilegeError::StillRoot),
    }
}

/// Refuses: macOS offers no way to leave supplementary groups that applies to all threads.
#[cfg(target_vendor = "apple")]
fn become_user(_: &SystemUser) -> Result<(), PrivilegeError> {
    Err(PrivilegeError::StillRoot)
}

/// Connections read these files again and again.
fn check_certificates(config: &Config, user: &SystemUser) -> Result<(), PrivilegeError> {
    let Ok(Some(endpoint)) = config.database.endpoint() else { return Ok(()) };
    match endpoint.tls.check_files() {
        Err(InvalidFile::Unreadable { parameter, source })
            if source.kind() == io::ErrorKind::PermissionDenied =>
        {
            Err(PrivilegeError::Certificate { parameter, user: user.name().to_owned() })
        }
        _ => Ok(()),
    }
}

/// Checks that the files of the site can be read by the path `reached`. Messages have the one that is configured.
fn check_site(configured: &Path, reached: &Path, user: &SystemUser) -> Result<(), PrivilegeError> {
    for folder in ["", "pkg"] {
        let denied = |name: &Path| {
            let path = configured.join(folder).join(name);
            Err(PrivilegeError::Site { path, user: user.name().to_owned() })
        };
        let entries = match fs::read_dir(reached.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return denied(Path::new(""));
            }
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let opened = File::open(entry.path());
            if opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
                return denied(Path::new(&entry.file_name()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_files_are_given_away() {
        for own in ["mail", "mail/0197.txt", "mail/.0197.txt"] {
            assert!(is_mail(Path::new(own)), "{own}");
        }
        for other in ["mails", "mail/a/b.txt", "mail/backup", "backup.txt", "etc/passwd"] {
            assert!(!is_mail(Path::new(other)), "{other}");
        }
    }
}
