//! Where I belong.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, Button, Empty, For, Loaded, Look, Show};
use crate::pages::organization::Tab;
use crate::pages::signed_in::{NewOrganization, Section, Session};
use client::cache::ssr_memo;
use contract::view::{MembershipView, OrganizationView};

/// The part of home about organizations.
#[component]
pub fn Organizations() -> impl IntoView {
    let session = Session::of_page();
    view! {
        <section class="panel" aria-labelledby="organizations">
            <div class="panel__head">
                <h2 id="organizations">"Your organizations"</h2>
            </div>
            <Loaded query=session.menu part=move || view! { <Belonging session /> } />
        </section>
    }
    .into_any()
}

#[component]
fn Belonging(session: Session) -> impl IntoView {
    let active = ssr_memo(move |_| session.arranging.section(Section::Active));
    let archived = ssr_memo(move |_| session.arranging.section(Section::Archived).len());
    let nothing = move || {
        view! {
            <Show when=move || archived.get() == 0 fallback=|| view! { <AllArchived /> }>
                <Nowhere />
            </Show>
        }
    };
    view! {
        <Show when=move || !active.with(Vec::is_empty) fallback=nothing>
            <ul class="rows">
                <For
                    each=move || active.get().into_iter().filter_map(with_organization)
                    key=|(membership, organization)| {
                        (membership.id, membership.version, organization.version)
                    }
                    let((membership, organization))
                >
                    <Entry membership organization />
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
fn Entry(membership: MembershipView, organization: OrganizationView) -> impl IntoView {
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
        <Empty title="All your organizations are archived">
            <p>
                "You're still a member. Find them under Archived in the menu, and choose Edit to "
                "restore one."
            </p>
        </Empty>
    }
    .into_any()
}

#[component]
fn Nowhere() -> impl IntoView {
    let creating = NewOrganization::of_page();
    view! {
        <Empty title="No organizations yet">
            <p>
                "Create an organization and invite your team, or ask someone to invite you. The "
                "invitation will appear above."
            </p>
            <Button look=Look::Primary press=move |()| creating.ask()>
                "New organization"
            </Button>
        </Empty>
    }
    .into_any()
}
