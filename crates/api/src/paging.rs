//! Parameters and results of paged lists.

use contract::FieldProblem;
use contract::text::{InvalidText, SerdeTextError};
use serde::Deserialize;

use crate::error::ApiFailure;

/// The maximum number of items on a page.
const MAX_LIMIT: i64 = 200;

/// The parameter `limit`: the number of items on a page, from 1 to 200. By default 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PageLimit(i64);

impl PageLimit {
    /// Returns the number of items.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<String> for PageLimit {
    type Error = SerdeTextError;

    fn try_from(text: String) -> Result<Self, SerdeTextError> {
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.map(Self).ok_or(SerdeTextError(InvalidText {
            code: "invalid",
            message: "Choose a limit from 1 to 200.",
        }))
    }
}

/// The problem of a parameter `after` that isn't the `next` of a former page.
pub const UNKNOWN_PAGE: SerdeTextError = SerdeTextError(InvalidText {
    code: "invalid",
    message: "Pass the `next` value of the previous page.",
});

/// Splits `limit + 1` rows into the page and whether there is a next one.
#[must_use]
pub fn split_page<T>(mut rows: Vec<T>, limit: i64) -> (Vec<T>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}

/// Returns the failure for an invalid query parameter.
#[must_use]
pub fn invalid_parameter(parameter: &str, message: &str) -> ApiFailure {
    let problem = FieldProblem { code: "invalid".to_owned(), message: message.to_owned() };
    ApiFailure::field(parameter, problem)
}
