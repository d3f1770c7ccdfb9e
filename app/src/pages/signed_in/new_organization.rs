//! Creating an organization, from wherever a button asks for it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::{Button, Dialog, Draft, Field, Problems, Refusal, Submission};
use crate::pages::apart;
use crate::pages::organization::Tab;
use crate::pages::slug_check::SlugCheck;
use client::api;
use contract::request::CreateOrganization;
use contract::{ApiError, Name, Slug};

/// Whether the dialog is open, as a context.
#[derive(Clone, Copy, Debug)]
pub struct NewOrganization(RwSignal<bool>);

impl NewOrganization {
    /// Makes it available to all that is below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// The one of this page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Opens the dialog.
    pub fn ask(self) {
        self.0.set(true);
    }
}

/// The dialog that asks for a name and an address.
#[component]
pub fn NewOrganizationDialog() -> impl IntoView {
    let NewOrganization(open) = NewOrganization::of_page();
    view! {
        <Dialog id="new-organization" open title="New organization">
            {apart::NewOrganizationForm(open)}
        </Dialog>
    }
    .into_any()
}

/// Its name and its address.
#[component]
pub fn NewOrganizationForm(open: RwSignal<bool>) -> impl IntoView {
    let name = Draft::following(String::new());
    let slug = Draft::following(Signal::derive(move || {
        Slug::suggested_by(&name.text()).map_or_else(String::new, String::from)
    }));
    let submission = Submission::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        match read(&name.text_untracked(), &slug.text_untracked()) {
            Ok(organization) => submission.send(
                async move { api::organizations::create(&organization).await },
                move |created| {
                    open.set(false);
                    navigate(&Tab::Members.path(&created.slug), Default::default());
                },
            ),
            Err(problem) => submission.refuse(problem),
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <Refusal submission />
            <Field
                id="new-organization-name"
                label="Name"
                name="name"
                draft=name
                problem=submission.field("name")
            />
            <Field
                id="new-organization-slug"
                label="URL"
                name="slug"
                draft=slug
                before="/o/"
                finding=view! { <SlugCheck draft=slug of=None /> }.into_any()
                problem=submission.field("slug")
            />
            <div class="buttons buttons--end">
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    "Create organization"
                </button>
                <Button press=move |()| open.set(false)>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}

fn read(name: &str, slug: &str) -> Result<CreateOrganization, ApiError> {
    let mut problems = Problems::default();
    let name = problems.read("name", Name::parse(name));
    let slug = problems.read("slug", Slug::parse(slug));
    match (name, slug) {
        (Some(name), Some(slug)) => Ok(CreateOrganization { name, slug }),
        _ => Err(problems.into_error()),
    }
}
