//! The events of the security log.

use contract::{Email, ErrorCode, UserId};

use crate::error::ApiFailure;
use crate::limits::Budget;
use crate::mail::SignInChange;

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// With their password.
    Password,
    /// With the link that completes a sign-up.
    SignUpLink,
    /// With the link to choose a new password.
    ResetLink,
    /// With the OpenID provider.
    Provider,
    /// With a passkey.
    Passkey,
    /// With a code, after one of the others.
    SecondFactor,
}

/// Why somebody wasn't signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// No account has the email address.
    NoAccount,
    /// The password is wrong, or was changed meanwhile.
    WrongPassword,
}

/// Why the OpenID provider's answer signed nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderRefusal {
    /// It isn't the answer to a request of this browser, or it came too late or twice.
    UnknownRequest,
    /// The provider signs the person in to nothing, or its answer proves nothing.
    Answer,
    /// The provider doesn't say that the email address is the person's.
    EmailUnverified,
    /// The account with the email address hasn't confirmed it.
    AccountUnconfirmed,
    /// The provider doesn't say that the person signed in there just now.
    NotRecent,
    /// It is somebody else than the account's owner.
    OtherPerson,
    /// The account's owner has unlinked the person.
    Unlinked,
    /// The account has another email address.
    OtherAddress,
}

impl ProviderRefusal {
    /// Returns the code in the envelope.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::UnknownRequest | Self::Answer => ErrorCode::ProviderRefused,
            Self::EmailUnverified => ErrorCode::ProviderEmailUnverified,
            Self::AccountUnconfirmed => ErrorCode::ProviderAccountUnconfirmed,
            Self::NotRecent => ErrorCode::ProviderSignInNotRecent,
            Self::OtherPerson => ErrorCode::ProviderOtherPerson,
            Self::Unlinked => ErrorCode::ProviderUnlinked,
            Self::OtherAddress => ErrorCode::ProviderOtherAddress,
        }
    }
}

/// Why a passkey was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyRefusal {
    /// The answer is to no challenge of this browser, or came too late or twice.
    UnknownChallenge,
    /// The account has no such passkey.
    UnknownPasskey,
    /// The answer proves nothing.
    Answer,
    /// The authenticator's counter went back: there is a copy of the passkey.
    Copy,
}

/// The sessions that were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions {
    /// One that the user chose.
    One,
    /// All but the one that sent the request.
    Others,
    /// All.
    All,
}

/// Something that matters for the security of an account or of the server.
///
/// Events about an account name it. The others are about the account whose session sent the request, if
/// any did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Somebody signed in.
    SignedIn(UserId, SignInMethod),
    /// Somebody tried to sign in.
    SignInRefused(&'a Email, SignInRefusal),
    /// The OpenID provider's answer was refused.
    ProviderRefused(ProviderRefusal),
    /// The answer of a passkey's authenticator was refused.
    PasskeyRefused(PasskeyRefusal),
    /// Somebody signed out.
    SignedOut(UserId),
    /// Somebody with a session entered a wrong password, when asked for it again.
    PasswordRefused(UserId),
    /// Somebody entered a wrong code of the second factor.
    CodeRefused(UserId),
    /// The ways to sign in were changed, or a recovery code was used.
    SignInChanged(UserId, SignInChange),
    /// An account was created.
    AccountCreated(UserId, &'a Email),
    /// An account was deleted.
    AccountDeleted(UserId),
    /// Somebody asked for a link to choose a new password.
    RecoveryRequested(&'a Email),
    /// The password was changed.
    PasswordChanged(UserId),
    /// The email address was changed to this one.
    EmailChanged(UserId, &'a Email),
    /// The owner of the email address confirmed it.
    EmailConfirmed(UserId, &'a Email),
    /// Sessions were ended before their time.
    SessionsEnded(UserId, EndedSessions),
    /// A one-time link that is unknown, used or expired.
    LinkRefused,
    /// The user lacks the role for what the request does.
    Forbidden,
    /// The page was rendered for another account.
    OtherAccount,
    /// A page of another site sent the request.
    CrossSite,
    /// A page of an unknown origin sent the request.
    UnknownOrigin,
    /// The request is for a host under which the server doesn't answer.
    UnknownHost,
    /// A budget of an account or address is used up.
    LimitExceeded(Budget, LimitedClient<'a>),
    /// An address has too many connections.
    ConnectionRefused,
}

/// The client whose budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedClient<'a> {
    /// That of the client's address.
    Address,
    /// That of an account.
    Account(UserId),
    /// That of an email address, with or without an account.
    Email(&'a Email),
}

impl<'a> Event<'a> {
    /// Returns the refusal that a failure is. None for failures that don't concern security.
    pub(super) const fn of_failure(failure: &ApiFailure) -> Option<Self> {
        match failure {
            ApiFailure::LinkExpired => Some(Self::LinkRefused),
            ApiFailure::PasskeyRefused(refusal) => Some(Self::PasskeyRefused(*refusal)),
            ApiFailure::Forbidden => Some(Self::Forbidden),
            ApiFailure::OtherAccount => Some(Self::OtherAccount),
            ApiFailure::CrossSite => Some(Self::CrossSite),
            ApiFailure::UnknownOrigin => Some(Self::UnknownOrigin),
            ApiFailure::UnknownHost => Some(Self::UnknownHost),
            _ => None,
        }
    }

    /// Returns the field `event` of the line, which programs search for.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignedIn(..) => "signed_in",
            Self::SignInRefused(..) => "sign_in_refused",
            Self::ProviderRefused(_) => "provider_refused",
            Self::PasskeyRefused(_) => "passkey_refused",
            Self::SignedOut(_) => "signed_out",
            Self::PasswordRefused(_) => "password_refused",
            Self::CodeRefused(_) => "code_refused",
            Self::SignInChanged(..) => "sign_in_changed",
            Self::AccountCreated(..) => "account_created",
            Self::AccountDeleted(_) => "account_deleted",
            Self::RecoveryRequested(_) => "recovery_requested",
            Self::PasswordChanged(_) => "password_changed",
            Self::EmailChanged(..) => "email_changed",
            Self::EmailConfirmed(..) => "email_confirmed",
            Self::SessionsEnded(..) => "sessions_ended",
            Self::LinkRefused => "link_refused",
            Self::Forbidden => "forbidden",
            Self::OtherAccount => "other_account",
            Self::CrossSite => "cross_site",
            Self::UnknownOrigin => "unknown_origin",
            Self::UnknownHost => "unknown_host",
            Self::LimitExceeded(..) => "limit_exceeded",
            Self::ConnectionRefused => "connection_refused",
        }
    }

    /// Returns the message of the line.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::SignedIn(..) => "Somebody signed in",
            Self::SignInRefused(..) => "A sign-in was refused",
            Self::ProviderRefused(_) => "An answer of the OpenID provider was refused",
            Self::PasskeyRefused(_) => "A passkey was refused",
            Self::SignedOut(_) => "Somebody signed out",
            Self::PasswordRefused(_) => "A wrong password was entered in an open session",
            Self::CodeRefused(_) => "A wrong code of the second factor was entered",
            Self::SignInChanged(..) => "The ways to sign in were changed",
            Self::AccountCreated(..) => "An account was created",
            Self::AccountDeleted(_) => "An account was deleted",
            Self::RecoveryRequested(_) => "A link to choose a new password was requested",
            Self::PasswordChanged(_) => "A password was changed",
            Self::EmailChanged(..) => "An email address was changed",
            Self::EmailConfirmed(..) => "An email address was confirmed",
            Self::SessionsEnded(..) => "Sessions were ended",
            Self::LinkRefused => "A one-time link was refused",
            Self::Forbidden => "A request without permission was refused",
            Self::OtherAccount => "A request of a page of another account was refused",
            Self::CrossSite => "A request of another site was refused",
            Self::UnknownOrigin => "A request of an unknown origin was refused",
            Self::UnknownHost => "A request for an unknown host was refused",
            Self::LimitExceeded(..) => "A request exceeded a limit",
            Self::ConnectionRefused => "An address has too many connections",
        }
    }

    /// Returns the field `detail` of the line: what distinguishes events of the same name.
    pub(super) const fn detail(self) -> Option<&'static str> {
        Some(match self {
            Self::SignedIn(_, SignInMethod::Password) => "password",
            Self::SignedIn(_, SignInMethod::SignUpLink) => "sign_up_link",
            Self::SignedIn(_, SignInMethod::ResetLink) => "reset_link",
            Self::SignedIn(_, SignInMethod::Provider) => "provider",
            Self::SignedIn(_, SignInMethod::Passkey) => "passkey",
            Self::SignedIn(_, SignInMethod::SecondFactor) => "second_factor",
            Self::SignInChanged(_, SignInChange::TwoFactorOn) => "two_factor_on",
            Self::SignInChanged(_, SignInChange::TwoFactorOff) => "two_factor_off",
            Self::SignInChanged(_, SignInChange::RecoveryCodesReplaced) => {
                "recovery_codes_replaced"
            }
            Self::SignInChanged(_, SignInChange::RecoveryCodeUsed) => "recovery_code_used",
            Self::SignInChanged(_, SignInChange::ProviderLinked) => "provider_linked",
            Self::SignInChanged(_, SignInChange::ProviderUnlinked) => "provider_unlinked",
            Self::SignInChanged(_, SignInChange::PasskeyAdded) => "passkey_added",
            Self::SignInChanged(_, SignInChange::PasskeyRemoved) => "passkey_removed",
            Self::PasskeyRefused(PasskeyRefusal::UnknownChallenge) => "unknown_challenge",
            Self::PasskeyRefused(PasskeyRefusal::UnknownPasskey) => "unknown_passkey",
            Self::PasskeyRefused(PasskeyRefusal::Answer) => "answer",
            Self::PasskeyRefused(PasskeyRefusal::Copy) => "copy",
            Self::ProviderRefused(ProviderRefusal::UnknownRequest) => "unknown_request",
            Self::ProviderRefused(ProviderRefusal::Answer) => "answer",
            Self::ProviderRefused(ProviderRefusal::EmailUnverified) => "email_unverified",
            Self::ProviderRefused(ProviderRefusal::AccountUnconfirmed) => "account_unconfirmed",
            Self::ProviderRefused(ProviderRefusal::NotRecent) => "not_recent",
            Self::ProviderRefused(ProviderRefusal::OtherPerson) => "other_person",
            Self::ProviderRefused(ProviderRefusal::Unlinked) => "unlinked",
            Self::ProviderRefused(ProviderRefusal::OtherAddress) => "other_address",
            Self::SignInRefused(_, SignInRefusal::NoAccount) => "no_account",
            Self::SignInRefused(_, SignInRefusal::WrongPassword) => "wrong_password",
            Self::SessionsEnded(_, EndedSessions::One) => "one",
            Self::SessionsEnded(_, EndedSessions::Others) => "others",
            Self::SessionsEnded(_, EndedSessions::All) => "all",
            Self::LimitExceeded(budget, _) => budget.name(),
            _ => return None,
        })
    }

    /// Returns the account that the event is about.
    pub(super) const fn account(self) -> Option<UserId> {
        match self {
            Self::SignedIn(id, _)
            | Self::SignedOut(id)
            | Self::PasswordRefused(id)
            | Self::CodeRefused(id)
            | Self::SignInChanged(id, _)
            | Self::AccountCreated(id, _)
            | Self::AccountDeleted(id)
            | Self::PasswordChanged(id)
            | Self::EmailChanged(id, _)
            | Self::EmailConfirmed(id, _)
            | Self::SessionsEnded(id, _)
            | Self::LimitExceeded(_, LimitedClient::Account(id)) => Some(id),
            _ => None,
        }
    }

    /// Returns the email address that the event is about.
    pub(super) const fn email(self) -> Option<&'a Email> {
        match self {
            Self::SignInRefused(email, _)
            | Self::AccountCreated(_, email)
            | Self::RecoveryRequested(email)
            | Self::EmailChanged(_, email)
            | Self::EmailConfirmed(_, email)
            | Self::LimitExceeded(_, LimitedClient::Email(email)) => Some(email),
            _ => None,
        }
    }
}
