//! Deleting the organization, after its name was typed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::{Button, ButtonVariant, Dialog, Field, FieldValue, FormError, Submission};
use crate::pages::organization::context::OrganizationContext;
use crate::pages::routes;
use client::api;

/// The panel with the button and its dialog.
#[component]
pub fn DeleteOrganization(context: OrganizationContext) -> impl IntoView {
    let name = context.name();
    let open = RwSignal::new(false);
    view! {
        <section class="panel" aria-labelledby="delete">
            <h2 id="delete">"Delete organization"</h2>
            <p class="text-muted">
                "Deletes the organization and everything in it for all members. This can't be undone."
            </p>
            <div class="buttons">
                <Button variant=ButtonVariant::Plain press=move |()| open.set(true)>
                    {move || format!("Delete {}", name.get())}
                </Button>
            </div>
        </section>
        <Dialog
            id="delete-organization"
            open
            title=Signal::derive(move || format!("Delete {}?", name.get()))
        >
            <DeleteForm open context />
        </Dialog>
    }
    .into_any()
}

#[component]
fn DeleteForm(open: RwSignal<bool>, context: OrganizationContext) -> impl IntoView {
    let name = context.name();
    let typed_name = FieldValue::new(String::new());
    let submission = Submission::new();
    let matches = Memo::new(move |_| typed_name.get().trim() == name.get());
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(organization) = context.organization() else { return };
        if !matches.get_untracked() {
            return;
        }
        let navigate = navigate.clone();
        submission.send(api::organizations::delete(organization.id), move |()| {
            open.set(false);
            navigate(routes::HOME, Default::default());
        });
    };
    view! {
        <form novalidate on:submit=submit>
            <p class="text-muted">"All members lose access immediately. This can't be undone."</p>
            <FormError submission />
            <Field
                id="delete-organization-name"
                label=Signal::derive(move || format!("Type {} to confirm", name.get()))
                name="name"
                value=typed_name
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
