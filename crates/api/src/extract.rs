//! Extractors for bodies, paths and queries. Their errors are [`ApiFailure`]s that name the invalid
//! field.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use contract::text::SerdeTextError;
use contract::{ErrorCode, FieldProblem};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use crate::error::ApiFailure;
use crate::paced_body::is_too_slow;

/// The JSON body.
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiFailure;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiFailure> {
        if !has_content_type(request.headers(), "application/json") {
            let message = "Send JSON, with the header `content-type: application/json`.";
            return Err(bad_request(message));
        }
        let body = read_body(request, state).await?;
        decode_json(&body).map(Self)
    }
}

/// The parameters of the path. A parameter that doesn't parse is 404, because nothing can have it.
#[derive(Clone, Copy, Debug)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => Err(ApiFailure::not_found_or_hidden()),
        }
    }
}

/// The query parameters. Empty ones count as absent, because forms send empty fields.
#[derive(Clone, Copy, Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiFailure> {
        let mut fields = query_fields(&parts.uri);
        fields.retain(|_, value| value.as_str() != Some(""));
        decode(Value::Object(fields)).map(Self)
    }
}

fn query_fields(uri: &Uri) -> Map<String, Value> {
    form_fields(uri.query().unwrap_or_default().as_bytes())
}

/// Parses `application/x-www-form-urlencoded` text into a JSON object of strings.
#[must_use]
pub fn form_fields(text: &[u8]) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(text);
    pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
}

/// Whether `Content-Type` is the expected media type, with any parameters.
#[must_use]
pub fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    let header = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = header.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}

/// Reads the whole body.
///
/// # Errors
/// 413 if it is larger than the router's limit, 408 if it arrives too slowly, 400 if the connection breaks.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiFailure> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            ApiFailure::TooLarge
        }
        other if is_too_slow(&other) => ApiFailure::TooSlow,
        other => bad_request(other.body_text()),
    })
}

/// Parses JSON text.
///
/// # Errors
/// 422 with the invalid field, or 400 if the text isn't a JSON object.
pub fn decode_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiFailure> {
    let value = serde_json::from_slice(text)
        .map_err(|error| bad_request(format!("This isn't JSON: {error}.")))?;
    decode(value)
}

/// Deserializes a JSON value.
///
/// # Errors
/// 422 with the invalid field, or 400 if the value isn't an object.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, ApiFailure> {
    // serde reads a struct from a list as well, by position.
    if !value.is_object() {
        return Err(bad_request("This isn't a JSON object."));
    }
    serde_path_to_error::deserialize(&value).map_err(|error| explain(&value, &error))
}

fn explain(value: &Value, error: &serde_path_to_error::Error<serde_json::Error>) -> ApiFailure {
    let message = error.inner().to_string();
    let mut path = error.path().iter();
    let Some(Segment::Map { key }) = path.next() else {
        return match missing_field(&message) {
            Some(name) => ApiFailure::field(name, problem("required", "Fill in this field.")),
            None => bad_request(format!("{message}.")),
        };
    };
    let invalid = path.fold(value.get(key), |value, segment| match segment {
        Segment::Seq { index } => value?.get(index),
        Segment::Map { key } => value?.get(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let text = invalid.and_then(Value::as_str);
    let (message, code) = SerdeTextError::parse(&message).unwrap_or((&message, "invalid"));
    // In a list, the message quotes the invalid entry, because the field's name doesn't identify it.
    match text.filter(|_| error.path().iter().count() > 1) {
        Some(text) => ApiFailure::field(key, problem(code, &format!("“{text}”: {message}"))),
        None => ApiFailure::field(key, problem(code, message)),
    }
}

fn bad_request(message: impl Into<String>) -> ApiFailure {
    ApiFailure::bad_request(ErrorCode::BadRequest, message)
}

fn problem(code: &str, message: &str) -> FieldProblem {
    FieldProblem { code: code.to_owned(), message: message.to_owned() }
}

/// Returns the name of the missing field, which serde gives only in the message.
fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

#[cfg(test)]
mod tests {
    use contract::Role;
    use contract::request::{Invite, SignIn, SignUp, UpdateMembership, UpdateOrganization};
    use serde_json::json;

    use super::*;

    fn field_problem<T: DeserializeOwned>(value: Value) -> (String, FieldProblem) {
        match decode::<T>(value).err() {
            Some(ApiFailure::InvalidFields(fields)) => fields.into_iter().next().unwrap(),
            other => panic!("not a field problem: {other:?}"),
        }
    }

    #[test]
    fn invalid_text_has_code_and_message() {
        let sign_up = json!({"name": "Ada", "email": "ada"});
        let (field, problem) = field_problem::<SignUp>(sign_up);
        assert_eq!((field.as_str(), problem.code.as_str()), ("email", "invalid"));
        assert_eq!(problem.message, "Enter an email address such as name@example.com.");

        let sign_in = json!({"email": "ada@example.com", "password": "short"});
        let (field, problem) = field_problem::<SignIn>(sign_in);
        assert_eq!((field.as_str(), problem.code.as_str()), ("password", "too_short"));

        let long = json!({"description": "a".repeat(501)});
        let (field, problem) = field_problem::<UpdateOrganization>(long);
        assert_eq!((field.as_str(), problem.code.as_str()), ("description", "too_long"));
        assert_eq!(problem.message, "Use at most 500 characters.");
    }

    #[test]
    fn missing_field_is_required() {
        let (field, problem) = field_problem::<SignUp>(json!({"name": "Ada"}));
        assert_eq!((field.as_str(), problem.code.as_str()), ("email", "required"));
    }

    #[test]
    fn invalid_list_entry_is_quoted() {
        let invite = json!({"emails": ["ada@example.com", "bob@"], "role": "member"});
        let (field, problem) = field_problem::<Invite>(invite);
        assert_eq!(field, "emails");
        assert_eq!(problem.message, "“bob@”: Enter an email address such as name@example.com.");
    }

    #[test]
    fn unknown_values_and_wrong_types_name_their_field() {
        assert_eq!(field_problem::<UpdateMembership>(json!({"role": "owner"})).0, "role");
        assert_eq!(
            field_problem::<UpdateMembership>(json!({"displayOrder": "first"})).0,
            "displayOrder"
        );
    }

    #[test]
    fn malformed_json_is_a_bad_request() {
        for text in ["", "{", "[1]", "{} {}"] {
            let failure = decode_json::<SignUp>(text.as_bytes()).unwrap_err();
            assert!(matches!(failure, ApiFailure::BadRequest { .. }), "{text:?}: {failure:?}");
        }
    }

    #[tokio::test]
    async fn empty_parameters_are_absent() {
        #[derive(serde::Deserialize)]
        struct Filter {
            role: Option<Role>,
            q: Option<String>,
        }
        let request = Request::get("/?role=&q=a%26b").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let ApiQuery(filter) =
            ApiQuery::<Filter>::from_request_parts(&mut parts, &()).await.unwrap();
        assert_eq!((filter.role, filter.q.as_deref()), (None, Some("a&b")));
    }
}
