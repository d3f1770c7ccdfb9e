//! The texts of messages.

use ::mail::{Message, Paragraph};
use contract::Email;
use contract::account_link::LinkPurpose;

use super::SignInChange;

/// The subject of a message, with the values that its text contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A link that can be used once: its path.
    Link(LinkPurpose, String),
    /// Someone signed up with an address that has an account.
    HasAccount,
    /// Someone wants to change to an address that another account has.
    AddressInUse,
    /// The password was changed.
    PasswordChanged,
    /// The address was changed.
    EmailChanged {
        /// The address before.
        former: String,
        /// The address now.
        new: String,
    },
    /// A way to sign in was changed.
    SignInChanged(SignInChange),
}

/// Writes the message. `origin` is the address of the server, such as `https://tributary.example.com`.
pub(super) fn write(content: &Content, to: Email, origin: &str) -> Message {
    let text = |text: &str| Paragraph::Text(text.to_owned());
    let link = |label: &str, path: &str| Paragraph::Link {
        label: label.to_owned(),
        url: format!("{origin}{path}"),
    };
    let reset = || link("Choose a new password", "/recover");
    let (subject, paragraphs) = match content {
        Content::Link(LinkPurpose::SignUp, path) => (
            "Finish creating your Tributary account",
            vec![
                text(
                    "Someone, probably you, wants to create a Tributary account with this email address.",
                ),
                link("Choose a password to finish", path),
                text(
                    "The link works once, for 24 hours. If this wasn't you, ignore this message: no \
                     account is created without the link.",
                ),
            ],
        ),
        Content::Link(LinkPurpose::ConfirmEmail, path) => (
            "Confirm your email address",
            vec![
                text(
                    "Someone, probably you, wants to use this email address for a Tributary account.",
                ),
                link("Confirm the address", path),
                text("The link works once, for 24 hours. If this wasn't you, ignore this message."),
            ],
        ),
        Content::Link(LinkPurpose::ResetPassword, path) => (
            "Choose a new Tributary password",
            vec![
                text("Someone, probably you, asked for a new password for your Tributary account."),
                link("Choose a new password", path),
                text(
                    "The link works once, for one hour. If this wasn't you, ignore this message: your \
                     password stays as it is.",
                ),
            ],
        ),
        Content::HasAccount => (
            "You already have a Tributary account",
            vec![
                text(
                    "Someone, probably you, wanted to create a Tributary account with this email \
                     address. It already has one.",
                ),
                link("Sign in", "/sign-in"),
                reset(),
                text("If this wasn't you, ignore this message."),
            ],
        ),
        Content::AddressInUse => (
            "This email address already has a Tributary account",
            vec![
                text(
                    "Someone, probably you, wants to use this email address for another Tributary \
                     account. It already has one. To free the address, sign in to its account, and \
                     change its address or delete it.",
                ),
                link("Sign in", "/sign-in"),
                reset(),
                text("If this wasn't you, ignore this message."),
            ],
        ),
        Content::PasswordChanged => (
            "Your Tributary password was changed",
            vec![
                text(
                    "The password of your Tributary account was changed, and all other browsers were \
                     signed out.",
                ),
                text("If this wasn't you, choose a new password now."),
                reset(),
            ],
        ),
        Content::EmailChanged { former, new } => (
            "The email address of your Tributary account was changed",
            vec![
                text(&format!(
                    "The email address of your Tributary account was changed from {former} to {new}."
                )),
                text(
                    "If this wasn't you, ask the administrator of the server for help: you can't sign \
                     in with the former address any more.",
                ),
            ],
        ),
        Content::SignInChanged(change) => {
            let (subject, sentence) = sign_in_changed(*change);
            let otherwise = "If this wasn't you, choose a new password now, and check the ways to sign in on your \
                 account page.";
            (subject, vec![text(sentence), text(otherwise), reset()])
        }
    };
    Message { to, subject: subject.to_owned(), paragraphs }
}

/// Returns the subject and the first sentence.
const fn sign_in_changed(change: SignInChange) -> (&'static str, &'static str) {
    match change {
        SignInChange::TwoFactorOn => (
            "Two-factor authentication was turned on",
            "Signing in to your Tributary account now asks for a code of your authenticator app.",
        ),
        SignInChange::TwoFactorOff => (
            "Two-factor authentication was turned off",
            "Signing in to your Tributary account doesn't ask for a code any more.",
        ),
        SignInChange::RecoveryCodesReplaced => (
            "You have new Tributary recovery codes",
            "The recovery codes of your Tributary account were replaced. The former ones stopped working.",
        ),
        SignInChange::RecoveryCodeUsed => (
            "A Tributary recovery code was used",
            "A recovery code of your Tributary account was used instead of a code of your authenticator \
             app. It doesn't work again.",
        ),
        SignInChange::ProviderLinked => (
            "Another way to sign in to Tributary was added",
            "Somebody signed in to your Tributary account with an external account that has confirmed your \
             email address. It is now one of the ways to sign in.",
        ),
        SignInChange::ProviderUnlinked => (
            "A way to sign in to Tributary was removed",
            "An external account doesn't sign in to your Tributary account any more.",
        ),
        SignInChange::PasskeyAdded => (
            "A passkey was added",
            "Your Tributary account has a new passkey, which signs in without a password.",
        ),
        SignInChange::PasskeyRemoved => (
            "A passkey was removed",
            "A passkey of your Tributary account was removed. It doesn't sign in any more.",
        ),
    }
}
