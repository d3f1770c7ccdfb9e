//! Why a form was refused that a browser sent by itself, with scripts off.
//!
//! The server sends it back to the form's page as
//! `?error=<code>&field=<name>&field=<name>&email=<what was typed>`.

use leptos_router::params::ParamsMap;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use crate::components::Problems;
use contract::{ApiError, Email, ErrorCode, InvalidText, Name};

/// What the address says was wrong; none when nothing was.
#[must_use]
pub fn refusal(query: &ParamsMap) -> Option<ApiError> {
    let code = query.get_str("error")?;
    let code = ErrorCode::deserialize(IntoDeserializer::<Error>::into_deserializer(code)).ok()?;
    if code != ErrorCode::InvalidFields {
        return Some(ApiError::new(code, sentence(code)));
    }
    let mut problems = Problems::default();
    for field in query.get_all("field").unwrap_or_default() {
        problems.note(&field, "invalid", field_sentence(&field, query));
    }
    Some(problems.into_error())
}

const fn sentence(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::WrongCredentials => "Incorrect email address or password.",
        ErrorCode::TooMany => "Too many attempts. Wait a moment, then try again.",
        ErrorCode::InvitationExpired => "This invitation has expired. Ask for a new one.",
        ErrorCode::CrossSite => "This form was sent from another site. Fill it in here.",
        _ => "Something went wrong. Try again.",
    }
}

fn field_sentence(field: &str, query: &ParamsMap) -> String {
    let typed = query.get_str(field).unwrap_or_default();
    let found = |problem: Option<InvalidText>, otherwise: &str| {
        problem.map_or_else(|| otherwise.to_owned(), |problem| problem.message.to_owned())
    };
    match field {
        "name" => found(Name::parse(typed).err(), "Choose a different name."),
        "email" => found(
            Email::parse(typed).err(),
            "This email address already has an account, or isn't the one that was invited.",
        ),
        "password" => "Use 8 to 128 characters.".to_owned(),
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
    fn without_an_error_nothing_was_refused() {
        assert_eq!(refusal(&query(&[("email", "ada@example.com")])), None);
        assert_eq!(refusal(&query(&[("error", "nonsense")])), None);
    }

    #[test]
    fn a_code_becomes_a_sentence() {
        let error = refusal(&query(&[("error", "wrong_credentials")])).unwrap();
        assert_eq!(error.code, ErrorCode::WrongCredentials);
        assert!(error.message.contains("Incorrect"));
    }

    #[test]
    fn each_wrong_field_gets_its_sentence() {
        let error = refusal(&query(&[
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
