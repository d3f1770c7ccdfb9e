//! Name, URL, colour and description of the organization.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::{Field, FieldProblems, FieldValue, FormError, Submission, TextArea};
use crate::pages::organization::context::OrganizationContext;
use crate::pages::organization::settings::colour::ColourChoice;
use crate::pages::slug_check::SlugCheck;
use client::api;
use client::cache::memo;
use contract::request::UpdateOrganization;
use contract::{ApiError, Colour, Description, Name, Slug};

/// The panel. Fields that weren't edited here show what others save.
#[component]
pub fn General(context: OrganizationContext) -> impl IntoView {
    let name = FieldValue::new(context.name());
    let slug = FieldValue::new(Signal::derive(move || {
        context.map(|detail| detail.organization.slug.to_string()).unwrap_or_default()
    }));
    let description = FieldValue::new(Signal::derive(move || {
        context.map(|detail| detail.organization.description.to_string()).unwrap_or_default()
    }));
    let colour = RwSignal::new(None::<Colour>);
    let organization_id = memo(move |_| context.map(|detail| detail.organization.id));
    let submission = Submission::new();
    let saved = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(false);
        let Some(organization) = context.organization() else { return };
        let changes =
            read(&name.get_untracked(), &slug.get_untracked(), description.edited_untracked());
        match changes
            .map(|changes| UpdateOrganization { colour: colour.get_untracked(), ..changes })
        {
            Ok(changes) => submission.send(
                async move { api::organizations::update(organization.id, &changes).await },
                move |updated| {
                    name.reset();
                    slug.reset();
                    description.reset();
                    colour.set(None);
                    context.set_organization(updated);
                    saved.set(true);
                },
            ),
            Err(problem) => submission.fail(problem),
        }
    };
    view! {
        <section class="panel" aria-labelledby="general">
            <h2 id="general">"General"</h2>
            <form class="settings__form" novalidate on:submit=submit>
                <FormError submission />
                <Field
                    id="organization-name"
                    label="Name"
                    name="name"
                    value=name
                    problem=submission.field("name")
                />
                <Field
                    id="organization-slug"
                    label="URL"
                    name="slug"
                    value=slug
                    prefix="/o/"
                    check=view! { <SlugCheck value=slug organization_id /> }.into_any()
                    hint="Links with the old URL keep working."
                    problem=submission.field("slug")
                />
                <ColourChoice context chosen=colour problem=submission.field("colour") />
                <TextArea
                    id="organization-description"
                    label="Description"
                    name="description"
                    value=description
                    problem=submission.field("description")
                />
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    {submission.button_text("Save changes", "Saving…")}
                </button>
                <p class="notice notice--good" role="status">
                    {move || saved.get().then_some("Saved.")}
                </p>
            </form>
        </section>
    }
    .into_any()
}

/// Returns the request; without a description if that wasn't edited.
fn read(
    name: &str,
    slug: &str,
    description: Option<String>,
) -> Result<UpdateOrganization, ApiError> {
    let mut problems = FieldProblems::default();
    let name = problems.read("name", Name::parse(name));
    let slug = problems.read("slug", Slug::parse(slug));
    let is_edited = description.is_some();
    let description =
        description.and_then(|text| problems.read("description", Description::parse(&text)));
    if name.is_some() && slug.is_some() && description.is_some() == is_edited {
        Ok(UpdateOrganization { name, slug, colour: None, description })
    } else {
        Err(problems.into_error())
    }
}
