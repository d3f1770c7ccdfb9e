//! Delivery to a mail server.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use uuid::Uuid;

use crate::{DeliveryError, Message};

/// How long an attempt may take. Shorter than the time after which another node tries.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The address of a mail server, which may contain a password: never printed.
#[derive(Clone)]
pub struct SmtpUrl(String);

/// Why an address of a mail server is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "enter the address of a mail server, such as smtps://user:password@mail.example.com, or \
     smtp://user:password@mail.example.com:587?tls=required"
)]
pub struct InvalidSmtpUrl;

impl FromStr for SmtpUrl {
    type Err = InvalidSmtpUrl;

    fn from_str(text: &str) -> Result<Self, InvalidSmtpUrl> {
        AsyncSmtpTransport::<Tokio1Executor>::from_url(text).map_err(|_| InvalidSmtpUrl)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

/// The address that messages come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sender(Mailbox);

/// Why a sender is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("enter an email address, such as Tributary <tributary@example.com>")]
pub struct InvalidSender;

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        text.parse().map(Self).map_err(|_| InvalidSender)
    }
}

/// A mail server and the sender of the messages.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("sender", &self.sender).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Creates a client that doesn't connect yet.
    ///
    /// # Errors
    /// Never for a parsed [`SmtpUrl`], unless the system's certificates can't be read.
    pub fn new(url: &SmtpUrl, sender: Sender) -> Result<Self, InvalidSmtpUrl> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0);
        let transport = builder.map_err(|_| InvalidSmtpUrl)?.timeout(Some(TIMEOUT)).build();
        Ok(Self { transport, sender: sender.0 })
    }

    /// Sends the message.
    ///
    /// # Errors
    /// [`DeliveryError::Permanent`] when the server refuses it for good (a reply of 5xx).
    pub async fn send(&self, id: Uuid, message: &Message) -> Result<(), DeliveryError> {
        let email = self.build(id, message)?;
        let sent = tokio::time::timeout(TIMEOUT, self.transport.send(email)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => {
                Err(DeliveryError::Permanent(describe(&error)))
            }
            Ok(Err(error)) => Err(DeliveryError::Transient(describe(&error))),
            Err(_) => Err(DeliveryError::Transient(format!(
                "the mail server didn't answer within {} s",
                TIMEOUT.as_secs()
            ))),
        }
    }

    fn build(&self, id: Uuid, message: &Message) -> Result<lettre::Message, DeliveryError> {
        let permanent = |error: &dyn fmt::Display| DeliveryError::Permanent(error.to_string());
        let address: Address = message.to.as_str().parse().map_err(|error| permanent(&error))?;
        // RFC 3834: automatic answers, such as those of absent people, aren't sent to it.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        lettre::Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, address))
            .subject(&message.subject)
            .message_id(Some(format!("<{id}@{}>", self.sender.email.domain())))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(message.text(), message.html()))
            .map_err(|error| permanent(&error))
    }
}

/// Returns the error with its causes, which lettre's own `Display` leaves out in part.
fn describe(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(reason) = cause {
        let reason_text = reason.to_string();
        if !text.contains(&reason_text) {
            text = format!("{text}: {reason_text}");
        }
        cause = reason.source();
    }
    text
}

#[cfg(test)]
mod tests;
