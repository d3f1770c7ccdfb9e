//! Deleting the organization, with its name typed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::{Button, Dialog, Draft, Field, Look, Refusal, Submission};
use crate::pages::organization::visit::Visit;
use crate::pages::path;
use client::api;

/// The part of the settings that ends everything.
#[component]
pub fn DeleteOrganization(visit: Visit) -> impl IntoView {
    let name = visit.name();
    let open = RwSignal::new(false);
    view! {
        <section class="panel" aria-labelledby="delete">
            <h2 id="delete">"Delete organization"</h2>
            <p class="soft">
                "Deletes the organization and everything in it for all members. This can't be undone."
            </p>
            <div class="buttons">
                <Button look=Look::Plain press=move |()| open.set(true)>
                    {move || format!("Delete {}", name.get())}
                </Button>
            </div>
        </section>
        <Dialog
            id="delete-organization"
            open
            title=Signal::derive(move || format!("Delete {}?", name.get()))
        >
            <DeleteForm open visit />
        </Dialog>
    }
    .into_any()
}

#[component]
fn DeleteForm(open: RwSignal<bool>, visit: Visit) -> impl IntoView {
    let name = visit.name();
    let typed = Draft::following(String::new());
    let submission = Submission::new();
    let matches = Memo::new(move |_| typed.text().trim() == name.get());
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(organization) = visit.organization() else { return };
        if !matches.get_untracked() {
            return;
        }
        let navigate = navigate.clone();
        submission.send(api::organizations::delete(organization.id), move |()| {
            open.set(false);
            navigate(path::HOME, Default::default());
        });
    };
    view! {
        <form novalidate on:submit=submit>
            <p class="soft">"All members lose access immediately. This can't be undone."</p>
            <Refusal submission />
            <Field
                id="delete-organization-name"
                label=Signal::derive(move || format!("Type {} to confirm", name.get()))
                name="name"
                draft=typed
                problem=submission.field("name")
            />
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class="button button--danger"
                    disabled=move || submission.pending().get() || !matches.get()
                >
                    "Delete organization"
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}
