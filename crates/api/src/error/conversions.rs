//! Turns the errors of other layers into failures. SQL constraints are mapped to fields here.

use std::sync::Arc;

use super::ApiFailure;
use crate::auth::password::PasswordError;
use crate::blocking_gate::GateError;
use crate::limits::LimitExceeded;
use activity::log::LogError;
use contract::FieldProblem;
use db::Condition;

/// Maps a unique constraint of the schema to the request's field and the message for the user.
///
/// To add a constraint: name it in the migration (`constraint <table>_<column>_unique unique (…)`)
/// and add an arm here with the field's name on the wire. Handlers then need no check of their own:
/// a violation becomes 422 with the code `taken` for that field. Violations of constraints without
/// an arm are internal errors (500).
fn field_of_constraint(constraint: &str) -> Option<(&'static str, &'static str)> {
    match constraint {
        "users_email_unique" => {
            Some(("email", "This email address already has an account. Sign in instead."))
        }
        "organizations_slug_unique" => Some(("slug", "This URL is taken. Choose a different one.")),
        "organizations_slug_quarantined" => Some((
            "slug",
            "Another organization had this URL in the last 90 days. Choose a different one.",
        )),
        _ => None,
    }
}

impl From<sqlx::Error> for ApiFailure {
    fn from(error: sqlx::Error) -> Self {
        if let Some(condition) = Condition::of(&error) {
            return Self::Unavailable { condition: Some(condition), cause: error.into() };
        }
        match &error {
            sqlx::Error::Database(problem) => {
                if let Some((field, message)) = problem.constraint().and_then(field_of_constraint) {
                    let problem =
                        FieldProblem { code: "taken".to_owned(), message: message.to_owned() };
                    Self::field(field, problem)
                } else if problem.is_foreign_key_violation() {
                    Self::Conflict
                } else {
                    Self::Internal(error.into())
                }
            }
            _ => Self::Internal(error.into()),
        }
    }
}

impl ApiFailure {
    /// The failure of each of the requests that read something together.
    #[must_use]
    pub fn of_shared(error: Arc<sqlx::Error>) -> Self {
        match Condition::of(&error) {
            condition @ Some(_) => Self::Unavailable { condition, cause: error.into() },
            None => Self::Internal(error.into()),
        }
    }
}

impl From<LimitExceeded> for ApiFailure {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::TooMany(exceeded)
    }
}

impl From<GateError> for ApiFailure {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Busy => Self::overloaded(error),
            GateError::Interrupted(_) => Self::internal(error),
        }
    }
}

impl From<PasswordError> for ApiFailure {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Gate(error) => error.into(),
            PasswordError::Argon2(_) | PasswordError::Damaged(_) => Self::internal(error),
        }
    }
}

impl From<LogError> for ApiFailure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            LogError::Corrupt(_)
            | LogError::NotVisible(_)
            | LogError::EpochChanged
            | LogError::ChangedByOthers => Self::internal(error),
        }
    }
}
