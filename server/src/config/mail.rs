//! The settings of mail.

use std::path::PathBuf;

use clap::Args;
use mail::{InvalidSmtpUrl, MailFolder, Mailer, Sender, Smtp};

use super::{Config, SecretUrl};

/// The name of the folder for messages in the data folder.
pub const MAIL_FOLDER: &str = "mail";

/// How mail is sent.
#[derive(Clone, Debug, Default, Args)]
pub struct MailConfig {
    /// Mail server, such as `smtps://user:password@mail.example.com`, or
    /// `smtp://user:password@mail.example.com:587?tls=required`. Without it, messages are written to
    /// `MAIL_FOLDER`, and system admins see them.
    #[arg(long, env, hide_env_values = true, requires = "mail_from")]
    pub smtp_url: Option<SecretUrl>,

    /// Address that messages come from, such as `Tributary <tributary@example.com>`.
    #[arg(long, env)]
    pub mail_from: Option<Sender>,

    /// Folder for messages without a mail server. By default `mail` in `DATA_DIR`.
    #[arg(long, env)]
    pub mail_folder: Option<PathBuf>,
}

impl Config {
    /// Returns how messages are delivered.
    ///
    /// # Errors
    /// When `SMTP_URL` is invalid.
    pub fn mailer(&self) -> Result<Mailer, InvalidSmtpUrl> {
        let MailConfig { smtp_url, mail_from, mail_folder } = &self.mail;
        match (smtp_url, mail_from) {
            (Some(url), Some(sender)) => {
                Ok(Mailer::Smtp(Box::new(Smtp::new(&url.reveal().parse()?, sender.clone())?)))
            }
            _ => {
                let folder = mail_folder.clone();
                let folder = folder.unwrap_or_else(|| self.database.data_dir.join(MAIL_FOLDER));
                Ok(Mailer::Folder(MailFolder::new(folder)))
            }
        }
    }
}
