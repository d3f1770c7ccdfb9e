//! A folder with messages as text files, where there is no mail server.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::{DeliveryError, Message};

/// How long a file is kept. Its link has expired long before.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The folder. Only its owner can read it, because messages contain secret links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFolder {
    path: PathBuf,
}

impl MailFolder {
    /// Returns the folder at `path`. It is created with the first message.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the message into a new file. Returns its name. A reader sees the whole file or none.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn write(&self, id: Uuid, message: &Message) -> Result<String, DeliveryError> {
        let name = format!("{id}.txt");
        self.try_write(&name, message).await.map_err(|error| {
            DeliveryError::Transient(format!("can't write to {}: {error}", self.path.display()))
        })?;
        Ok(name)
    }

    async fn try_write(&self, name: &str, message: &Message) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path).await?;
        self.check_owner().await?;
        let temporary = self.path.join(format!(".{name}"));
        // A file that an interrupted attempt left is replaced.
        let mut file = fs::OpenOptions::new();
        file.write(true).create(true).truncate(true).mode(0o600);
        file.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let mut file = file.open(&temporary).await?;
        let Message { to, subject, .. } = message;
        let text = format!("To: {to}\nSubject: {subject}\n\n{}", message.text());
        file.write_all(text.as_bytes()).await?;
        file.sync_all().await?;
        fs::rename(temporary, self.path.join(name)).await
    }

    /// Checks who owns the folder: somebody else could have made it, or lead the messages elsewhere.
    async fn check_owner(&self) -> io::Result<()> {
        let found = fs::symlink_metadata(&self.path).await?;
        let user = geteuid();
        if found.is_symlink() {
            return Err(io::Error::other("it is a symbolic link"));
        }
        match user.is_root() || found.uid() == 0 || found.uid() == user.as_raw() {
            true => Ok(()),
            false => Err(io::Error::other("it belongs to another user")),
        }
    }

    /// Reads a message. `None` if this folder has no file of that name, which another node may have.
    ///
    /// # Errors
    /// When the file can't be read.
    pub async fn read(&self, name: &str) -> io::Result<Option<String>> {
        // Names come from the database: they are never a way out of the folder.
        if Path::new(name).file_name() != Some(name.as_ref()) {
            return Ok(None);
        }
        match fs::read_to_string(self.path.join(name)).await {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes the files that are older than a week at this time.
    ///
    /// # Errors
    /// When the folder can't be read, or a file can't be deleted.
    pub async fn delete_old(&self, now: SystemTime) -> io::Result<()> {
        let mut entries = match fs::read_dir(&self.path).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(entry) = entries.next_entry().await? {
            let is_message = entry.path().extension().is_some_and(|extension| extension == "txt");
            let written = entry.metadata().await?.modified()?;
            let age = now.duration_since(written).unwrap_or_default();
            if is_message && age > MAX_AGE {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use contract::Email;

    use super::*;
    use crate::Paragraph;

    fn message() -> Message {
        Message {
            to: Email::parse("ada@example.com").unwrap(),
            subject: "Hello".to_owned(),
            paragraphs: vec![Paragraph::Text("How are you?".to_owned())],
        }
    }

    #[tokio::test]
    async fn message_is_a_readable_file_for_its_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let folder = MailFolder::new(parent.path().join("data/mail"));
        let name = folder.write(Uuid::nil(), &message()).await.unwrap();
        let text = folder.read(&name).await.unwrap().unwrap();
        assert_eq!(text, "To: ada@example.com\nSubject: Hello\n\nHow are you?\n");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join(&name)), 0o600);
    }

    #[tokio::test]
    async fn name_of_another_folder_is_no_message() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::write(parent.path().join("secret"), "x").unwrap();
        let folder = MailFolder::new(parent.path().join("mail"));
        folder.write(Uuid::nil(), &message()).await.unwrap();
        for name in ["../secret", "/etc/passwd", "..", "missing.txt"] {
            assert_eq!(folder.read(name).await.unwrap(), None, "{name}");
        }
    }

    #[tokio::test]
    async fn only_old_messages_are_deleted() {
        let parent = tempfile::tempdir().unwrap();
        let folder = MailFolder::new(parent.path().join("mail"));
        folder.delete_old(SystemTime::UNIX_EPOCH).await.unwrap();
        let old = folder.write(Uuid::nil(), &message()).await.unwrap();
        let new = folder.write(Uuid::max(), &message()).await.unwrap();
        let written = |name| folder.path().join(name).metadata().unwrap().modified().unwrap();
        let file = std::fs::File::options().write(true).open(folder.path().join(&old)).unwrap();
        file.set_modified(written(&new) - Duration::from_secs(2)).unwrap();
        folder.delete_old(written(&new) + MAX_AGE - Duration::from_secs(1)).await.unwrap();
        assert_eq!(folder.read(&old).await.unwrap(), None);
        assert!(folder.read(&new).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn symbolic_link_in_place_of_the_folder_or_of_a_file_is_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let path = |name: &str| parent.path().join(name);
        for name in ["elsewhere", "mail"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(path(target), path(name)).unwrap();
        };
        link("elsewhere", "link");
        let error = MailFolder::new(path("link")).write(Uuid::nil(), &message()).await.unwrap_err();
        assert!(error.to_string().contains("it is a symbolic link"), "{error}");
        link("elsewhere/letter", &format!("mail/.{}.txt", Uuid::nil()));
        let refused = MailFolder::new(path("mail")).write(Uuid::nil(), &message()).await;
        assert!(matches!(refused, Err(DeliveryError::Transient(_))), "{refused:?}");
        assert_eq!(std::fs::read_dir(path("elsewhere")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn unwritable_folder_is_a_transient_error() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = MailFolder::new(file.join("mail")).write(Uuid::nil(), &message()).await;
        assert!(matches!(error, Err(DeliveryError::Transient(_))), "{error:?}");
    }
}
