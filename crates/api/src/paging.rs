//! What every list that comes page by page takes.

use contract::FieldProblem;

use crate::error::ApiFailure;

/// How many items a page has when the reader doesn't say.
const USUAL: i64 = 50;

/// How many items a page has at most.
const MOST: i64 = 200;

/// Reads the parameter `limit`: how many items a page has.
///
/// # Errors
/// 422 when it isn't a number from 1 to 200.
pub fn limit(text: Option<&str>) -> Result<i64, ApiFailure> {
    let Some(text) = text else { return Ok(USUAL) };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| invalid("limit", "Choose a limit from 1 to 200."))
}

/// The page, and whether there is another: of what was read with one more than the page's `limit`.
#[must_use]
pub fn page<T>(mut read: Vec<T>, limit: i64) -> (Vec<T>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = read.len() > limit;
    read.truncate(limit);
    (read, more)
}

/// A parameter that can't be read.
#[must_use]
pub fn invalid(parameter: &str, message: &str) -> ApiFailure {
    let problem = FieldProblem { code: "invalid".to_owned(), message: message.to_owned() };
    ApiFailure::field(parameter, problem)
}
