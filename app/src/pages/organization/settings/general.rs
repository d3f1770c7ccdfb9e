//! What the organization is called, looks like and says about itself.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::{Draft, Field, Problems, Refusal, Submission, TextArea};
use crate::pages::organization::settings::colour::ColourChoice;
use crate::pages::organization::visit::Visit;
use crate::pages::slug_check::SlugCheck;
use client::api;
use client::cache::ssr_memo;
use contract::request::UpdateOrganization;
use contract::{ApiError, Colour, Description, Name, Slug};

/// Its name, address, colour and description. A field that nobody has typed into follows what others change.
#[component]
pub fn General(visit: Visit) -> impl IntoView {
    let name = Draft::following(visit.name());
    let slug = Draft::following(Signal::derive(move || {
        visit.map(|detail| detail.organization.slug.to_string()).unwrap_or_default()
    }));
    let description = Draft::following(Signal::derive(move || {
        visit.map(|detail| detail.organization.description.to_string()).unwrap_or_default()
    }));
    let colour = RwSignal::new(None::<Colour>);
    let here = ssr_memo(move |_| visit.map(|detail| detail.organization.id));
    let submission = Submission::new();
    let saved = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(false);
        let Some(organization) = visit.organization() else { return };
        let changes =
            read(&name.text_untracked(), &slug.text_untracked(), description.typed_untracked());
        match changes
            .map(|changes| UpdateOrganization { colour: colour.get_untracked(), ..changes })
        {
            Ok(changes) => submission.send(
                async move { api::organizations::update(organization.id, &changes).await },
                move |updated| {
                    name.forget();
                    slug.forget();
                    description.forget();
                    colour.set(None);
                    visit.show(updated);
                    saved.set(true);
                },
            ),
            Err(problem) => submission.refuse(problem),
        }
    };
    view! {
        <section class="panel" aria-labelledby="general">
            <h2 id="general">"General"</h2>
            <form class="settings__form" novalidate on:submit=submit>
                <Refusal submission />
                <Field
                    id="organization-name"
                    label="Name"
                    name="name"
                    draft=name
                    problem=submission.field("name")
                />
                <Field
                    id="organization-slug"
                    label="URL"
                    name="slug"
                    draft=slug
                    before="/o/"
                    finding=view! { <SlugCheck draft=slug of=here /> }.into_any()
                    hint="Links with the old URL keep working."
                    problem=submission.field("slug")
                />
                <ColourChoice visit chosen=colour problem=submission.field("colour") />
                <TextArea
                    id="organization-description"
                    label="Description"
                    name="description"
                    draft=description
                    problem=submission.field("description")
                />
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    "Save changes"
                </button>
                <p class="notice notice--good" role="status">
                    {move || saved.get().then_some("Saved.")}
                </p>
            </form>
        </section>
    }
    .into_any()
}

/// A description that nobody typed into stays what it is.
fn read(
    name: &str,
    slug: &str,
    description: Option<String>,
) -> Result<UpdateOrganization, ApiError> {
    let mut problems = Problems::default();
    let name = problems.read("name", Name::parse(name));
    let slug = problems.read("slug", Slug::parse(slug));
    let typed = description.is_some();
    let description =
        description.and_then(|text| problems.read("description", Description::parse(&text)));
    if name.is_some() && slug.is_some() && description.is_some() == typed {
        Ok(UpdateOrganization { name, slug, colour: None, description })
    } else {
        Err(problems.into_error())
    }
}
