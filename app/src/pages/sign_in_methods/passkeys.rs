//! The panel with the passkeys of the signed-in person. Adding one needs scripts; the browser submits the
//! other forms.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::removal_form::RemovalForm;
use crate::components::{
    FieldProblems, FormError, FormFields, InitialField, Show, Submission, TimeText,
    supports_passkeys,
};
use crate::pages::routes;
use client::api;
use contract::passkey::PasskeyView;
use contract::{ApiError, Name, UserId};

/// The panel.
#[component]
pub fn Passkeys(
    host: String,
    passkeys: Vec<PasskeyView>,
    user: UserId,
    proven: bool,
) -> impl IntoView {
    let is_empty = passkeys.is_empty();
    let rows = passkeys
        .into_iter()
        .map(|passkey| view! { <PasskeyRow passkey user proven /> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="passkeys">
            <h2 id="passkeys">"Passkeys"</h2>
            <p class="text-muted">
                "A passkey of your phone, computer or security key signs you in with its PIN, your fingerprint or "
                "your face. It replaces the password and the code of an app."
            </p>
            {(!is_empty).then(|| view! { <ul class="rows">{rows}</ul> })}
            {proven.then(|| view! { <AddPasskey host /> })}
        </section>
    }
    .into_any()
}

#[component]
fn AddPasskey(host: String) -> impl IntoView {
    let supported = supports_passkeys(host);
    let submission = Submission::new();
    let submit = move |event: SubmitEvent| match read(&FormFields::from_submit(&event)) {
        Ok(name) => submission.send(api::me::add_passkey(name), |()| {
            routes::load_page(routes::SIGN_IN_METHODS);
        }),
        Err(problem) => submission.fail(problem),
    };
    view! {
        <Show when=move || supported.get()>
            <form class="settings__form" method="post" novalidate on:submit=submit>
                <FormError submission />
                <InitialField
                    id="passkey-name"
                    label="Name of a new passkey"
                    name="name"
                    kind="text"
                    autocomplete="off"
                    initial="My passkey".to_owned()
                    problem=submission.field("name")
                />
                <button type="submit" class="button" disabled=submission.pending()>
                    "Add a passkey"
                </button>
            </form>
        </Show>
    }
    .into_any()
}

fn read(entries: &FormFields) -> Result<Name, ApiError> {
    let mut problems = FieldProblems::default();
    let name = problems.read("name", Name::parse(&entries.text("name")));
    name.ok_or_else(|| problems.into_error())
}

#[component]
fn PasskeyRow(passkey: PasskeyView, user: UserId, proven: bool) -> impl IntoView {
    let PasskeyView { id, name, created_at, last_used_at } = passkey;
    let (rename, remove) = (format!("New name of {name}"), format!("Remove passkey: {name}"));
    view! {
        <li class="row">
            <div class="row__text">
                <span class="row__title">{name.to_string()}</span>
                <span class="text-subtle">
                    "Added " <TimeText at=created_at />
                    {last_used_at.map(|at| view! { " · Last used " <TimeText at /> })}
                </span>
            </div>
            <form class="buttons" method="post" action="/me/passkeys/rename">
                <input type="hidden" name="user" value=user.to_string() />
                <input type="hidden" name="passkey" value=id.to_string() />
                <input class="input" type="text" name="name" value=name.to_string() aria-label=rename />
                <button type="submit" class="button">
                    "Rename"
                </button>
            </form>
            {proven
                .then(|| {
                    view! {
                        <RemovalForm
                            action="/me/passkeys/remove"
                            user
                            name="passkey"
                            id=id.uuid()
                            text="Remove"
                            label=remove
                        />
                    }
                })}
        </li>
    }
    .into_any()
}
