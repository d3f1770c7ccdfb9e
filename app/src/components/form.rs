//! Reads forms and collects the errors of their fields.

use std::collections::BTreeMap;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::web_sys::{FormData, HtmlFormElement};

use contract::{ApiError, ErrorCode, FieldProblem, InvalidText};

/// The fields of a submitted form by name.
#[derive(Debug)]
pub struct FormFields(Option<FormData>);

impl FormFields {
    /// Reads the form, and prevents that the browser submits it.
    #[must_use]
    pub fn from_submit(event: &SubmitEvent) -> Self {
        event.prevent_default();
        let form: HtmlFormElement = event_target(event);
        Self(FormData::new_with_form(&form).ok())
    }

    /// Returns the text of the field; empty if there is no such field.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let entry = self.0.as_ref().and_then(|data| data.get(name).as_string());
        entry.unwrap_or_default()
    }
}

/// Collects the errors of a form's fields, so that all of them are shown at once.
#[derive(Debug, Default)]
pub struct FieldProblems(BTreeMap<String, FieldProblem>);

impl FieldProblems {
    /// Returns the parsed value of the field. If it is invalid, adds its error and returns none.
    pub fn read<T>(&mut self, name: &str, parsed: Result<T, InvalidText>) -> Option<T> {
        parsed.map_err(|problem| self.0.insert(name.to_owned(), problem.into())).ok()
    }

    /// Adds the error of a field.
    pub fn add(&mut self, name: &str, code: &str, message: String) {
        self.0.insert(name.to_owned(), FieldProblem { code: code.to_owned(), message });
    }

    /// Returns one error with all fields, like the server's answer.
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
    fn all_errors_of_a_form_are_collected() {
        let mut problems = FieldProblems::default();
        assert!(problems.read("name", Name::parse("Ada")).is_some());
        assert!(problems.read("email", Email::parse("ada")).is_none());
        assert!(problems.read("other", Email::parse("")).is_none());
        let error = problems.into_error();
        assert_eq!(error.field("name"), None);
        assert!(error.field("email").is_some());
        assert_eq!(error.fields["other"].code, "required");
    }
}
