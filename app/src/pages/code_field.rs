//! The field for a code of the second factor.

use leptos::prelude::*;

use crate::components::{InitialField, Submission};

/// A field with the label "Code", for a code of the authenticator app or a recovery code.
#[component]
pub fn CodeField(submission: Submission) -> impl IntoView {
    view! {
        <InitialField
            id="code"
            label="Code"
            name="code"
            kind="text"
            autocomplete="one-time-code"
            problem=submission.field("code")
        />
    }
    .into_any()
}
