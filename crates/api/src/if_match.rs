//! The header `If-Match`, which names the version that a request changes.

use axum::extract::FromRequestParts;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use contract::ErrorCode;
use contract::error::CurrentVersion;
use serde::Serialize;

use crate::error::ApiFailure;

/// The version in the header `If-Match: "<version>"`. The header is required, because a change without
/// it could overwrite changes that the user hasn't seen (428, RFC 6585 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiFailure> {
        parse(&parts.headers)
    }
}

fn parse(headers: &HeaderMap) -> Result<IfMatch, ApiFailure> {
    let header = headers.get(IF_MATCH).ok_or(ApiFailure::VersionRequired)?;
    quoted_number(header).map(IfMatch).ok_or_else(|| {
        let message = "The header `If-Match` must be the version in quotes, such as `\"3\"`.";
        ApiFailure::bad_request(ErrorCode::BadRequest, message)
    })
}

fn quoted_number(header: &HeaderValue) -> Option<i64> {
    let digits = header.to_str().ok()?.trim().strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl IfMatch {
    /// Checks that the request names the current `version`.
    ///
    /// # Errors
    /// 409 with the `current` entity if the request names another version.
    pub fn require(self, version: i64, current: &impl Serialize) -> Result<(), ApiFailure> {
        if self.0 == version {
            return Ok(());
        }
        Err(ApiFailure::VersionConflict(CurrentVersion::new(current)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &'static str) -> Result<IfMatch, ApiFailure> {
        parse(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(text))]))
    }

    #[test]
    fn version_is_a_number_in_quotes() {
        assert_eq!(header("\"12\"").unwrap(), IfMatch(12));
        for text in ["", "12", "*", "W/\"12\"", "\"\"", "\"+1\"", "\"1\", \"2\"", "\"x\""] {
            assert_eq!(header(text).unwrap_err().code(), ErrorCode::BadRequest, "{text:?}");
        }
    }

    #[test]
    fn missing_header_is_version_required() {
        assert_eq!(parse(&HeaderMap::new()).unwrap_err().code(), ErrorCode::VersionRequired);
    }
}
