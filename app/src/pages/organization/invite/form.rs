//! The form to invite people, and the results.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::addresses::parse_addresses;
use super::results::Results;
use crate::components::{
    Button, FieldProblems, FormError, FormFields, Problem, RoleSelect, Submission,
};
use crate::drafts::Subject;
use crate::pages::organization::context::OrganizationContext;
use client::api;
use contract::Role;
use contract::request::Invite;
use contract::view::InviteResult;

/// Asks for addresses and a role; after sending, shows what happened to each address.
#[component]
pub fn InviteForm(open: RwSignal<bool>, context: OrganizationContext) -> impl IntoView {
    let results = RwSignal::new(None::<Vec<InviteResult>>);
    move || match results.get() {
        None => view! { <Form open context results /> }.into_any(),
        Some(list) => view! {
            <Results results=list />
            <div class="buttons buttons--end">
                <button
                    type="button"
                    class="button button--primary"
                    on:click=move |_| open.set(false)
                >
                    "Done"
                </button>
                <Button press=move |()| results.set(None)>"Invite more"</Button>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Form(
    open: RwSignal<bool>,
    context: OrganizationContext,
    results: RwSignal<Option<Vec<InviteResult>>>,
) -> impl IntoView {
    let role = RwSignal::new(Role::Member);
    let submission = Submission::new();
    let submit = move |event: SubmitEvent| {
        let entries = FormFields::from_submit(&event);
        let Some(organization) = context.organization() else { return };
        match parse_addresses(&entries.text("emails")) {
            Ok(emails) => {
                let invite = Invite { emails, role: role.get_untracked() };
                submission.send(
                    async move { api::invitations::invite(organization.id, &invite).await },
                    move |list| {
                        if let Some(drafts) = context.drafts() {
                            drafts.remove(Subject::Invitations);
                        }
                        results.set(Some(list.items));
                    },
                );
            }
            Err(problem) => {
                let mut problems = FieldProblems::default();
                problems.add("emails", "invalid", problem.to_string());
                submission.fail(problems.into_error());
            }
        }
    };
    // The dialog is closed by Escape or a click beside it, which must not lose a long list.
    let draft = context.drafts().and_then(|drafts| drafts.load::<String>(Subject::Invitations));
    let keep = move |text: String| match context.drafts() {
        Some(drafts) if text.trim().is_empty() => drafts.remove(Subject::Invitations),
        Some(drafts) => drafts.store(Subject::Invitations, &text),
        None => {}
    };
    let problem = submission.field("emails");
    view! {
        <form novalidate on:submit=submit>
            <FormError submission />
            <div class="field">
                <label class="field__label" for="invite-emails">
                    "Email addresses"
                </label>
                <textarea
                    id="invite-emails"
                    class="input input--tall"
                    name="emails"
                    autocomplete="off"
                    spellcheck="false"
                    aria-required="true"
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    aria-describedby="invite-emails-problem"
                    on:input:target=move |event| keep(event.target().value())
                >
                    {draft.unwrap_or_default()}
                </textarea>
                <span class="field__hint">
                    "Separate several addresses with commas, spaces or new lines."
                </span>
                <Problem id="invite-emails" message=problem />
            </div>
            <div class="field">
                <label class="field__label" for="invite-role">
                    "Role"
                </label>
                <RoleSelect id="invite-role" role choose=move |chosen| role.set(chosen) />
            </div>
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    {submission.button_text("Send invitations", "Sending…")}
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}
