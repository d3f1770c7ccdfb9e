//! Parameters and results of paged lists.

use contract::FieldProblem;

use crate::error::ApiFailure;

/// The number of items on a page without the parameter `limit`.
const DEFAULT_LIMIT: i64 = 50;

/// The maximum number of items on a page.
const MAX_LIMIT: i64 = 200;

/// Parses the parameter `limit`, the number of items on a page.
///
/// # Errors
/// 422 if it isn't a number from 1 to 200.
pub fn parse_limit(text: Option<&str>) -> Result<i64, ApiFailure> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| invalid_parameter("limit", "Choose a limit from 1 to 200."))
}

/// Splits `limit + 1` rows into the page and whether there is a next one.
#[must_use]
pub fn split_page<T>(mut rows: Vec<T>, limit: i64) -> (Vec<T>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}

/// The failure for an invalid query parameter.
#[must_use]
pub fn invalid_parameter(parameter: &str, message: &str) -> ApiFailure {
    let problem = FieldProblem { code: "invalid".to_owned(), message: message.to_owned() };
    ApiFailure::field(parameter, problem)
}
