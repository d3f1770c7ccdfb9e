//! Messages by email: what they say, and how they are delivered: over SMTP, or into a folder where there
//! is no mail server. Knows nothing of the database.

mod folder;
mod message;
mod smtp;

pub use folder::MailFolder;
pub use message::{Message, Paragraph};
pub use smtp::{InvalidSender, InvalidSmtpUrl, Sender, Smtp, SmtpUrl};

use uuid::Uuid;

/// How messages are delivered.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// Into a folder of this machine.
    Folder(MailFolder),
}

/// The result of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The mail server took it.
    Smtp,
    /// It is in this file of the folder.
    File(String),
}

/// Why a message wasn't delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Another attempt may succeed.
    #[error("{0}")]
    Transient(String),
    /// The mail server refuses the message for good.
    #[error("{0}")]
    Permanent(String),
}

impl Mailer {
    /// Delivers the message. `id` identifies it, so that mail programs show a repetition once.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    pub async fn deliver(&self, id: Uuid, message: &Message) -> Result<Delivery, DeliveryError> {
        match self {
            Self::Smtp(smtp) => smtp.send(id, message).await.map(|()| Delivery::Smtp),
            Self::Folder(folder) => folder.write(id, message).await.map(Delivery::File),
        }
    }
}
