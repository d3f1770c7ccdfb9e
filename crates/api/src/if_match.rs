//! Which version of something a request changes.

use axum::extract::FromRequestParts;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use contract::ErrorCode;
use contract::error::CurrentVersion;
use serde::Serialize;

use crate::error::ApiFailure;

/// The header `If-Match: "<version>"`. Without it a change could overwrite what its maker never
/// saw, so it is required (RFC 6585, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiFailure> {
        read(&parts.headers)
    }
}

fn read(headers: &HeaderMap) -> Result<IfMatch, ApiFailure> {
    let header = headers.get(IF_MATCH).ok_or(ApiFailure::VersionRequired)?;
    quoted_number(header).map(IfMatch).ok_or_else(|| {
        let message = "The header `If-Match` holds the version in quotes, such as `\"3\"`.";
        ApiFailure::bad_request(ErrorCode::BadRequest, message)
    })
}

fn quoted_number(header: &HeaderValue) -> Option<i64> {
    let digits = header.to_str().ok()?.trim().strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl IfMatch {
    /// Lets only those pass who saw that version, which is the newest: of what is there `now`.
    ///
    /// # Errors
    /// 409 with what is there now.
    pub fn require(self, version: i64, now: &impl Serialize) -> Result<(), ApiFailure> {
        if self.0 == version {
            return Ok(());
        }
        Err(ApiFailure::Outdated(CurrentVersion::of(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &'static str) -> Result<IfMatch, ApiFailure> {
        read(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(text))]))
    }

    #[test]
    fn a_version_is_a_number_in_quotes() {
        assert_eq!(header("\"12\"").unwrap(), IfMatch(12));
        for text in ["", "12", "*", "W/\"12\"", "\"\"", "\"+1\"", "\"1\", \"2\"", "\"x\""] {
            assert_eq!(header(text).unwrap_err().code(), ErrorCode::BadRequest, "{text:?}");
        }
    }

    #[test]
    fn without_the_header_there_is_an_error_of_its_own() {
        assert_eq!(read(&HeaderMap::new()).unwrap_err().code(), ErrorCode::VersionRequired);
    }
}
