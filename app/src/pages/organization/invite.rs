//! Asking people to join.

mod addresses;
mod outcomes;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use self::addresses::parse_addresses;
use self::outcomes::Outcomes;
use super::visit::Visit;
use crate::components::{
    Button, Dialog, Entries, Problem, Problems, Refusal, RoleSelect, Submission,
};
use crate::pages::apart;
use client::api;
use contract::Role;
use contract::request::Invite;
use contract::view::InviteResult;

/// The dialog that asks whom to invite and as what, and then says what became of each address.
#[component]
pub fn InviteDialog(open: RwSignal<bool>, visit: Visit) -> impl IntoView {
    let name = visit.name();
    view! {
        <Dialog
            id="invite"
            open
            wide=true
            title=Signal::derive(move || format!("Invite people to {}", name.get()))
        >
            {apart::InviteForm(open, visit)}
        </Dialog>
    }
    .into_any()
}

/// Whom to invite, and then what became of each.
#[component]
pub fn InviteForm(open: RwSignal<bool>, visit: Visit) -> impl IntoView {
    let results = RwSignal::new(None::<Vec<InviteResult>>);
    move || match results.get() {
        None => view! { <Form open visit results /> }.into_any(),
        Some(outcomes) => view! {
            <Outcomes outcomes />
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
    visit: Visit,
    results: RwSignal<Option<Vec<InviteResult>>>,
) -> impl IntoView {
    let role = RwSignal::new(Role::Member);
    let submission = Submission::new();
    let submit = move |event: SubmitEvent| {
        let entries = Entries::take(&event);
        let Some(organization) = visit.organization() else { return };
        match parse_addresses(&entries.text("emails")) {
            Ok(emails) => {
                let invite = Invite { emails, role: role.get_untracked() };
                submission.send(
                    async move { api::invitations::invite(organization.id, &invite).await },
                    move |list| results.set(Some(list.items)),
                );
            }
            Err(problem) => {
                let mut problems = Problems::default();
                problems.note("emails", "invalid", problem.to_string());
                submission.refuse(problems.into_error());
            }
        }
    };
    let problem = submission.field("emails");
    view! {
        <form novalidate on:submit=submit>
            <Refusal submission />
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
                ></textarea>
                <span class="field__hint">
                    "Separate several addresses with commas, spaces or new lines."
                </span>
                <Problem id="invite-emails" sentence=problem />
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
                    "Send invitations"
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}
