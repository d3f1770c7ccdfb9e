//! The error of a form that the browser submitted without scripts. The server redirects back to the
//! form's page with `?error=<code>&field=<name>&field=<name>&email=<entered address>`.

use leptos_router::params::ParamsMap;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use crate::components::FieldProblems;
use contract::{ApiError, Email, ErrorCode, InvalidText, Name};

/// Returns the error in the query; none if there isn't a known one.
#[must_use]
pub fn error_from_query(query: &ParamsMap) -> Option<ApiError> {
    let code = query.get_str("error")?;
    let code = ErrorCode::deserialize(IntoDeserializer::<Error>::into_deserializer(code)).ok()?;
    if code != ErrorCode::InvalidFields {
        return Some(ApiError::new(code, message(code)));
    }
    let mut problems = FieldProblems::default();
    for field in query.get_all("field").unwrap_or_default() {
        problems.add(&field, "invalid", field_message(&field, query));
    }
    Some(problems.into_error())
}

const fn message(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::WrongCredentials => "Incorrect email address or password.",
        ErrorCode::SignInExpired => {
            "This took too long, or there were too many wrong codes. Sign in again."
        }
        ErrorCode::ProviderUnreachable => {
            "The service that you sign in with can't be reached. Try again in a moment."
        }
        ErrorCode::ProviderRefused => "Signing in with the other service didn't work. Try again.",
        ErrorCode::ProviderEmailUnverified => {
            "The other service hasn't confirmed your email address. Confirm it there, then try again."
        }
        ErrorCode::ProviderAccountUnconfirmed => {
            "An account with your email address hasn't confirmed it. Sign in with its password, and confirm \
             the address first."
        }
        ErrorCode::ProviderSignInNotRecent => {
            "The other service doesn't say that you signed in there just now. Choose a password instead."
        }
        ErrorCode::ProviderOtherPerson => "You signed in as somebody else there. Try again.",
        ErrorCode::ProviderOtherAddress => {
            "The other service has another email address than this account."
        }
        ErrorCode::ProviderUnlinked => {
            "This sign-in was unlinked from your account. Sign in otherwise, and link it on your account page."
        }
        ErrorCode::LastSignInMethod => {
            "This is the only way to sign in to your account. Choose a password first."
        }
        ErrorCode::OtherAccount => "This browser is signed in to another account now.",
        ErrorCode::TooMany => "Too many attempts. Wait a moment, then try again.",
        ErrorCode::TooSlow => "Sending this took too long. Check your connection and try again.",
        ErrorCode::LinkExpired => {
            "This link has expired, or it was used already. Ask for a new one."
        }
        ErrorCode::InvitationExpired => "This invitation has expired. Ask for a new one.",
        ErrorCode::CrossSite => "This form was sent from another site. Fill it in here.",
        _ => "Something went wrong. Try again.",
    }
}

fn field_message(field: &str, query: &ParamsMap) -> String {
    let entered = query.get_str(field).unwrap_or_default();
    let found = |problem: Option<InvalidText>, otherwise: &str| {
        problem.map_or_else(|| otherwise.to_owned(), |problem| problem.message.to_owned())
    };
    match field {
        "name" => found(Name::parse(entered).err(), "Choose a different name."),
        "email" => {
            found(Email::parse(entered).err(), "This invitation is for a different email address.")
        }
        "password" => "Use 8 to 128 characters, and no password that is easy to guess.".to_owned(),
        "code" => {
            "This code is wrong, or it was used before. Enter the one that your app shows now."
                .to_owned()
        }
        _ => "Choose a different value.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&'static str, &str)]) -> ParamsMap {
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn query_without_a_known_code_is_no_error() {
        assert_eq!(error_from_query(&query(&[("email", "ada@example.com")])), None);
        assert_eq!(error_from_query(&query(&[("error", "nonsense")])), None);
    }

    #[test]
    fn each_code_has_a_message() {
        let error = error_from_query(&query(&[("error", "wrong_credentials")])).unwrap();
        assert_eq!(error.code, ErrorCode::WrongCredentials);
        assert!(error.message.contains("Incorrect"));
    }

    #[test]
    fn each_invalid_field_has_a_message() {
        let error = error_from_query(&query(&[
            ("error", "invalid_fields"),
            ("field", "email"),
            ("field", "password"),
            ("email", "ada"),
        ]))
        .unwrap();
        assert_eq!(error.field("email"), Some(Email::parse("ada").unwrap_err().message));
        assert!(error.field("password").is_some());
        assert_eq!(error.field("name"), None);
    }
}
