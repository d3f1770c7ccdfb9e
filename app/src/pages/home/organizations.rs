//! The person's organizations.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, Button, ButtonVariant, EmptyState, For, Loaded, Show};
use crate::pages::new_organization::NewOrganization;
use crate::pages::routes::Tab;
use crate::pages::session::Session;
use crate::pages::session::menu_controller::Section;
use client::cache::memo;
use contract::view::{MembershipView, OrganizationView};

/// The panel.
#[component]
pub fn Organizations() -> impl IntoView {
    let session = Session::from_context();
    view! {
        <section class="panel" aria-labelledby="organizations">
            <div class="panel__head">
                <h2 id="organizations">"Your organizations"</h2>
            </div>
            <Loaded query=session.menu view=move || view! { <OrganizationList session /> } />
        </section>
    }
    .into_any()
}

#[component]
fn OrganizationList(session: Session) -> impl IntoView {
    let active = memo(move |_| session.menu_controller.section(Section::Active));
    let archived = memo(move |_| session.menu_controller.section(Section::Archived).len());
    let fallback = move || {
        view! {
            <Show when=move || archived.get() == 0 fallback=|| view! { <AllArchived /> }>
                <NoOrganizations />
            </Show>
        }
    };
    view! {
        <Show when=move || !active.with(Vec::is_empty) fallback>
            <ul class="rows">
                <For
                    each=move || active.get().into_iter().filter_map(with_organization)
                    key=|(membership, organization)| {
                        (membership.id, membership.version, organization.version)
                    }
                    let((membership, organization))
                >
                    <OrganizationRow membership organization />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

fn with_organization(membership: MembershipView) -> Option<(MembershipView, OrganizationView)> {
    let organization = membership.organization.clone()?;
    Some((membership, organization))
}

#[component]
fn OrganizationRow(membership: MembershipView, organization: OrganizationView) -> impl IntoView {
    view! {
        <li>
            <a class="row" href=Tab::Members.path(&organization.slug)>
                <Avatar
                    of=AvatarOf::organization(&organization)
                    name=organization.name.clone()
                />
                <span class="row__title row__text">{organization.name.to_string()}</span>
                <span class="tag">{membership.role.label()}</span>
            </a>
        </li>
    }
    .into_any()
}

#[component]
fn AllArchived() -> impl IntoView {
    view! {
        <EmptyState title="All your organizations are archived">
            <p>
                "You're still a member. Find them under Archived in the menu, and choose Edit to "
                "restore one."
            </p>
        </EmptyState>
    }
    .into_any()
}

#[component]
fn NoOrganizations() -> impl IntoView {
    let new_organization = NewOrganization::from_context();
    view! {
        <EmptyState title="No organizations yet">
            <p>
                "Create an organization and invite your team, or ask someone to invite you. The "
                "invitation will appear above."
            </p>
            <Button variant=ButtonVariant::Primary press=move |()| new_organization.open()>
                "New organization"
            </Button>
        </EmptyState>
    }
    .into_any()
}
