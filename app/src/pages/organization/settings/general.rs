//! What the organization is called.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::api;
use crate::components::{Draft, Field, Problems, Refusal, Submission};
use crate::contract::request::UpdateOrganization;
use crate::contract::{ApiError, Name, Slug};
use crate::pages::organization::visit::Visit;

/// Its name and its address. A field that nobody has typed into follows what others change.
#[component]
pub fn General(visit: Visit) -> impl IntoView {
    let name = Draft::following(visit.name());
    let slug = Draft::following(Signal::derive(move || {
        visit.map(|detail| detail.organization.slug.to_string()).unwrap_or_default()
    }));
    let submission = Submission::new();
    let saved = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saved.set(false);
        let Some(organization) = visit.organization() else { return };
        match read(&name.text_untracked(), &slug.text_untracked()) {
            Ok(changes) => submission.send(
                async move { api::organizations::update(organization.id, &changes).await },
                move |updated| {
                    name.forget();
                    slug.forget();
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
                    label="Address"
                    name="slug"
                    draft=slug
                    before="/o/"
                    hint="The former address goes on leading here."
                    problem=submission.field("slug")
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

fn read(name: &str, slug: &str) -> Result<UpdateOrganization, ApiError> {
    let mut problems = Problems::default();
    let name = problems.read("name", Name::parse(name));
    let slug = problems.read("slug", Slug::parse(slug));
    if name.is_some() && slug.is_some() {
        Ok(UpdateOrganization { name, slug })
    } else {
        Err(problems.into_error())
    }
}
