//! A page of an organization that isn't for everybody in it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::Replace;
use super::visit::Visit;
use crate::components::Suspense;
use crate::pages::organization::tab::Tab;
use crate::pages::path;
use crate::status::answer_with;
use client::cache::{LiveQuery, OrganizationAdmins, ssr_memo};
use contract::{Capability, ErrorCode, OrganizationId};

/// How somebody stands to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// It isn't known yet, or they are on their way elsewhere.
    Open,
    /// They may be there.
    Granted(OrganizationId),
    /// They may not.
    Refused,
    /// They could be there until a moment ago. Where they can go instead.
    Withdrawn(OrganizationId, String),
}

/// Stands in for a page towards whoever lacks the capability for it; style hides the page then.
/// Whoever loses it there is led to the members.
#[component]
pub fn Only(capability: Capability, visit: Visit) -> impl IntoView {
    let admins = visit.live_query(move |detail| async move {
        match detail.access().may(capability) {
            true => Ok(OrganizationAdmins::empty(detail.organization.id)),
            false => OrganizationAdmins::fetch(detail.organization.id).await,
        }
    });
    view! {
        <Suspense>
            {
                let entry = ssr_memo(move |last| entry(visit, capability, last));
                move || match entry.get() {
                    Entry::Open | Entry::Granted(_) => ().into_any(),
                    Entry::Refused => view! { <ForAdmins admins visit /> }.into_any(),
                    Entry::Withdrawn(_, path) => view! { <Replace path /> }.into_any(),
                }
            }
        </Suspense>
    }
    .into_any()
}

fn entry(visit: Visit, capability: Capability, last: Option<&Entry>) -> Entry {
    let entry = visit.map(|detail| {
        let id = detail.organization.id;
        if detail.access_loss.is_some() {
            return Entry::Open;
        }
        if detail.access().may(capability) {
            return Entry::Granted(id);
        }
        match last {
            Some(Entry::Granted(there) | Entry::Withdrawn(there, _)) if *there == id => {
                Entry::Withdrawn(id, Tab::Members.path(&detail.organization.slug))
            }
            _ => Entry::Refused,
        }
    });
    entry.unwrap_or(Entry::Open)
}

/// Says whose page it is, and who could change that.
#[component]
fn ForAdmins(admins: LiveQuery<OrganizationAdmins>, visit: Visit) -> impl IntoView {
    answer_with(ErrorCode::Forbidden);
    let names = ssr_memo(move |_| admins.map(OrganizationAdmins::names).unwrap_or_default());
    let back = move || {
        let slug = visit.map(|detail| detail.organization.slug.clone());
        slug.as_ref().map_or_else(|| path::HOME.to_owned(), |slug| Tab::Members.path(slug))
    };
    view! {
        <Title text="Admins only" />
        <div class="error-page">
            <h2>"You don't have access to this page"</h2>
            <p class="soft">
                "Only admins can open it. "
                {move || {
                    let names = names.get();
                    let whom = if names.is_empty() { "an admin" } else { names.as_str() };
                    format!("Ask {whom} to make you an admin. This page then opens automatically.")
                }}
            </p>
            <p>
                <a class="button button--primary" href=back>
                    "Go to members"
                </a>
            </p>
        </div>
    }
    .into_any()
}
