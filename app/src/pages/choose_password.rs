//! The form of people who have no password and want one.

use leptos::prelude::*;

use contract::Email;

/// Sends the link with which the owner of the account's address chooses a password.
#[component]
pub fn ChoosePassword(email: Option<Email>) -> impl IntoView {
    let email = email.map(String::from).unwrap_or_default();
    view! {
        <form method="post" action="/auth/recover">
            <input type="hidden" name="email" value=email />
            <button type="submit" class="button">
                "Send a link to choose a password"
            </button>
        </form>
    }
    .into_any()
}
