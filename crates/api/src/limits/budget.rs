//! The budgets, their names in the settings, and their defaults.

use super::Rate;

/// A budget: the kind of request that it counts, and the client that it counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Attempts to sign in, by the client's address.
    SignInByAddress,
    /// Attempts to sign in, by the email address that they name.
    SignInByAccount,
    /// New accounts, by the client's address.
    SignUpByAddress,
    /// Requests for a new password, by the client's address.
    RecoveryByAddress,
    /// Requests for a new password, by the email address that they name.
    RecoveryByAccount,
    /// Messages that ask to confirm an email address, by the client's address.
    ConfirmByAddress,
    /// Messages that ask to confirm an email address, by that address.
    ConfirmByAccount,
    /// Uses of one-time links and codes, by the client's address.
    LinkByAddress,
    /// Attempts to confirm a sensitive change, such as by the password, by account.
    StepUpByAccount,
    /// Invited people, by the account that invites.
    InviteByAccount,
    /// Opened streams, by account.
    StreamsByAccount,
    /// Requests that change something, by account.
    WritesByAccount,
}

impl Budget {
    /// All budgets, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::SignInByAddress,
        Self::SignInByAccount,
        Self::SignUpByAddress,
        Self::RecoveryByAddress,
        Self::RecoveryByAccount,
        Self::ConfirmByAddress,
        Self::ConfirmByAccount,
        Self::LinkByAddress,
        Self::StepUpByAccount,
        Self::InviteByAccount,
        Self::StreamsByAccount,
        Self::WritesByAccount,
    ];

    /// Returns the name in the settings and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignInByAddress => "sign-in-by-address",
            Self::SignInByAccount => "sign-in-by-account",
            Self::SignUpByAddress => "sign-up-by-address",
            Self::RecoveryByAddress => "recovery-by-address",
            Self::RecoveryByAccount => "recovery-by-account",
            Self::ConfirmByAddress => "confirm-by-address",
            Self::ConfirmByAccount => "confirm-by-account",
            Self::LinkByAddress => "link-by-address",
            Self::StepUpByAccount => "step-up-by-account",
            Self::InviteByAccount => "invite-by-account",
            Self::StreamsByAccount => "streams-by-account",
            Self::WritesByAccount => "writes-by-account",
        }
    }

    /// Returns the rate without a setting. By address, an office of hundreds of people fits; by account,
    /// what one person does with several devices.
    #[must_use]
    pub const fn default_rate(self) -> Rate {
        match self {
            Self::SignInByAddress => Rate::per_minutes(100, 10),
            Self::SignInByAccount => Rate::per_minutes(10, 10),
            Self::SignUpByAddress => Rate::per_minutes(30, 60),
            Self::RecoveryByAddress => Rate::per_minutes(30, 60),
            Self::RecoveryByAccount => Rate::per_minutes(5, 60),
            Self::ConfirmByAddress => Rate::per_minutes(30, 60),
            Self::ConfirmByAccount => Rate::per_minutes(5, 60),
            Self::LinkByAddress => Rate::per_minutes(60, 10),
            Self::StepUpByAccount => Rate::per_minutes(10, 10),
            Self::InviteByAccount => Rate::per_minutes(200, 60),
            // Each of ten devices may reconnect four streams at once after a restart.
            Self::StreamsByAccount => Rate::per_minutes(120, 1),
            Self::WritesByAccount => Rate::per_minutes(300, 1),
        }
    }

    /// Returns the first sentence of a refusal, for people.
    pub(super) const fn refusal(self) -> &'static str {
        match self {
            Self::SignInByAddress | Self::SignInByAccount => "Too many attempts to sign in.",
            Self::SignUpByAddress => "Too many new accounts from your network.",
            Self::RecoveryByAddress | Self::RecoveryByAccount => {
                "Too many requests for a new password."
            }
            Self::ConfirmByAddress | Self::ConfirmByAccount => {
                "Too many messages to confirm an email address."
            }
            Self::LinkByAddress | Self::StepUpByAccount => "Too many attempts.",
            Self::InviteByAccount => "You've invited too many people in a short time.",
            Self::StreamsByAccount => "Too many new connections.",
            Self::WritesByAccount => "You've made too many changes in a short time.",
        }
    }
}
