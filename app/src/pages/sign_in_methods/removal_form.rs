//! The form that removes a way to sign in. The browser submits it with and without scripts.

use leptos::prelude::*;
use uuid::Uuid;

use contract::UserId;

/// A button that submits the `id` as the field `name`. `label` says what is removed.
#[component]
pub fn RemovalForm(
    action: &'static str,
    user: UserId,
    name: &'static str,
    id: Uuid,
    text: &'static str,
    label: String,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="user" value=user.to_string() />
            <input type="hidden" name=name value=id.to_string() />
            <button type="submit" class="button" aria-label=label>
                {text}
            </button>
        </form>
    }
    .into_any()
}
