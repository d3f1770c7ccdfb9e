//! From what was typed into a form to a request.

use std::collections::BTreeMap;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::web_sys::{FormData, HtmlFormElement};

use contract::{ApiError, ErrorCode, FieldProblem, InvalidText};

/// What the fields of a submitted form hold, by their names.
#[derive(Debug)]
pub struct Entries(Option<FormData>);

impl Entries {
    /// Takes over from the browser: reads the form, and keeps it from being sent the plain way.
    #[must_use]
    pub fn take(event: &SubmitEvent) -> Self {
        event.prevent_default();
        let form: HtmlFormElement = event_target(event);
        Self(FormData::new_with_form(&form).ok())
    }

    /// The text of the field; empty when there is none of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let entry = self.0.as_ref().and_then(|data| data.get(name).as_string());
        entry.unwrap_or_default()
    }
}

/// Collects what is wrong while a form is read, so that all of it is shown at once.
#[derive(Debug, Default)]
pub struct Problems(BTreeMap<String, FieldProblem>);

impl Problems {
    /// The value of the field of that name, or none and its problem is noted.
    pub fn read<T>(&mut self, name: &str, parsed: Result<T, InvalidText>) -> Option<T> {
        parsed.map_err(|problem| self.0.insert(name.to_owned(), problem.into())).ok()
    }

    /// Notes a problem of the field of that name.
    pub fn note(&mut self, name: &str, code: &str, message: String) {
        self.0.insert(name.to_owned(), FieldProblem { code: code.to_owned(), message });
    }

    /// All of it as one error, as the server would have answered.
    #[must_use]
    pub fn into_error(self) -> ApiError {
        let mut error =
            ApiError::new(ErrorCode::InvalidFields, "Check the highlighted fields and try again.");
        error.fields = self.0;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Email, Name};

    #[test]
    fn every_problem_of_a_form_is_found_at_once() {
        let mut problems = Problems::default();
        assert!(problems.read("name", Name::parse("Ada")).is_some());
        assert!(problems.read("email", Email::parse("ada")).is_none());
        assert!(problems.read("other", Email::parse("")).is_none());
        let error = problems.into_error();
        assert_eq!(error.field("name"), None);
        assert!(error.field("email").is_some());
        assert_eq!(error.fields["other"].code, "required");
    }
}
