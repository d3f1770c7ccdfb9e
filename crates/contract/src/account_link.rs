//! Links that are sent by mail and can be used once.

use serde::{Deserialize, Serialize};

use super::text::{Email, Name, Password};

/// The purpose of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Finishes a sign-up with the choice of a password.
    SignUp,
    /// Confirms the present or a new address of an account.
    ConfirmEmail,
    /// Chooses a new password.
    ResetPassword,
}

impl LinkPurpose {
    /// Returns the path of the link's page, without its token.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignUp => "/sign-up",
            Self::ConfirmEmail => "/confirm-email",
            Self::ResetPassword => "/reset-password",
        }
    }

    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// Returns the endpoint that uses the link.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::SignUp => "/auth/sign-up/complete",
            Self::ConfirmEmail => "/auth/confirm-email",
            Self::ResetPassword => "/auth/reset-password",
        }
    }

    /// Returns the link's own path.
    #[must_use]
    pub fn link(self, token: &str) -> String {
        format!("{}/{token}", self.path())
    }
}

/// A link that can still be used, as its page reads it with the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// The purpose of the link.
    pub purpose: LinkPurpose,
    /// The address that the link was asked for.
    pub email: Email,
    /// The name that was given at sign-up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
}

/// `POST /auth/recover`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recover {
    /// The account's email address.
    pub email: Email,
}

/// `POST /auth/sign-up/complete` and `POST /auth/reset-password`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoosePassword {
    /// The token of the link.
    pub token: String,
    /// The chosen password.
    pub password: Password,
}

/// `POST /auth/confirm-email`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmEmail {
    /// The token of the link.
    pub token: String,
}
