//! The queue of messages: the table `mail_messages`.
//!
//! A handler queues a message in the transaction of its change ([`queue`]). A task of each node writes and
//! delivers what is due ([`delivery`]). What a message says is decided when it is delivered, not by the
//! handler, so that an answer takes the same time whether an address has an account or not.

pub mod delivery;
pub mod outbox;
pub mod queue;
mod text;

use std::sync::Arc;

use ::mail::MailFolder;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use self::delivery::MailDelivery;

/// The mail as handlers use it.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// The folder that messages are written to. None where a mail server sends them.
    pub folder: Option<MailFolder>,
    queued: Arc<Notify>,
}

impl Mail {
    /// Returns the mail of a server that writes messages to `folder`, or sends them if there is none.
    #[must_use]
    pub fn new(folder: Option<MailFolder>) -> Self {
        Self { folder, queued: Arc::default() }
    }

    /// Wakes this node's delivery after a message was committed. Without it the message is delivered
    /// some seconds later.
    pub fn wake(&self) {
        self.queued.notify_one();
    }

    async fn queued(&self) {
        self.queued.notified().await;
    }
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MailKind {
    /// It contains a link.
    Link,
    /// The password was changed.
    PasswordChanged,
    /// The address was changed.
    EmailChanged,
    /// A way to sign in was changed.
    SignInChanged,
}

/// A change of the ways to sign in, of which the owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInChange {
    /// Signing in asks for a code of an app.
    TwoFactorOn,
    /// Signing in asks for no code any more.
    TwoFactorOff,
    /// There are new recovery codes.
    RecoveryCodesReplaced,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A person at the OpenID provider can sign in.
    ProviderLinked,
    /// A person at the OpenID provider can't sign in any more.
    ProviderUnlinked,
    /// There is a new passkey.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
}
