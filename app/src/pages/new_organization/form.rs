//! The form to create an organization.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::{Button, Field, FieldProblems, FieldValue, FormError, Submission};
use crate::pages::routes::Tab;
use crate::pages::slug_check::SlugCheck;
use client::api;
use contract::request::CreateOrganization;
use contract::{ApiError, Name, Slug};

/// Asks for a name and a URL, and opens the new organization. The URL is suggested by the name until it
/// is edited.
#[component]
pub fn NewOrganizationForm(open: RwSignal<bool>) -> impl IntoView {
    let name = FieldValue::new(String::new());
    let slug = FieldValue::new(Signal::derive(move || {
        Slug::from_name(&name.get()).map_or_else(String::new, String::from)
    }));
    let submission = Submission::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        match read(&name.get_untracked(), &slug.get_untracked()) {
            Ok(organization) => submission.send(
                async move { api::organizations::create(&organization).await },
                move |created| {
                    open.set(false);
                    navigate(&Tab::Members.path(&created.slug), Default::default());
                },
            ),
            Err(problem) => submission.fail(problem),
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <FormError submission />
            <Field
                id="new-organization-name"
                label="Name"
                name="name"
                value=name
                problem=submission.field("name")
            />
            <Field
                id="new-organization-slug"
                label="URL"
                name="slug"
                value=slug
                prefix="/o/"
                check=view! { <SlugCheck value=slug organization_id=None /> }.into_any()
                problem=submission.field("slug")
            />
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    {submission.button_text("Create organization", "Creating…")}
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}

fn read(name: &str, slug: &str) -> Result<CreateOrganization, ApiError> {
    let mut problems = FieldProblems::default();
    let name = problems.read("name", Name::parse(name));
    let slug = problems.read("slug", Slug::parse(slug));
    match (name, slug) {
        (Some(name), Some(slug)) => Ok(CreateOrganization { name, slug }),
        _ => Err(problems.into_error()),
    }
}
