//! Guards a page of an organization that not all members may see.

use leptos::prelude::*;
use leptos_meta::Title;

use super::context::OrganizationContext;
use crate::components::{ReplaceUrl, Suspense};
use crate::pages::routes;
use crate::pages::routes::Tab;
use crate::status::set_status;
use client::cache::{LiveQuery, OrganizationAdmins, memo};
use contract::{Capability, ErrorCode, OrganizationId};

/// Whether the person may see the page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    /// It isn't known yet, or the person is being redirected.
    Undecided,
    /// They may.
    Granted(OrganizationId),
    /// They may not.
    Denied,
    /// They could until now, and are redirected to that path.
    Revoked(OrganizationId, String),
}

/// Shows an error page to people without the capability; styles hide the page after it then. Redirects
/// to the members page if the person loses the capability while the page is open.
#[component]
pub fn RequireCapability(capability: Capability, context: OrganizationContext) -> impl IntoView {
    let admins = context.live_query(move |detail| async move {
        match detail.access().may(capability) {
            true => Ok(OrganizationAdmins::empty(detail.organization.id)),
            false => OrganizationAdmins::fetch(detail.organization.id).await,
        }
    });
    view! {
        <Suspense>
            {
                let decision = memo(move |last| decide(context, capability, last));
                move || match decision.get() {
                    Decision::Undecided | Decision::Granted(_) => ().into_any(),
                    Decision::Denied => view! { <AdminsOnly admins context /> }.into_any(),
                    Decision::Revoked(_, path) => view! { <ReplaceUrl path /> }.into_any(),
                }
            }
        </Suspense>
    }
    .into_any()
}

fn decide(
    context: OrganizationContext,
    capability: Capability,
    last: Option<&Decision>,
) -> Decision {
    let decision = context.map(|detail| {
        let id = detail.organization.id;
        if detail.access_loss.is_some() {
            return Decision::Undecided;
        }
        if detail.access().may(capability) {
            return Decision::Granted(id);
        }
        match last {
            Some(Decision::Granted(last) | Decision::Revoked(last, _)) if *last == id => {
                Decision::Revoked(id, Tab::Members.path(&detail.organization.slug))
            }
            _ => Decision::Denied,
        }
    });
    decision.unwrap_or(Decision::Undecided)
}

/// Says that the page is for admins, and names some who can grant access.
#[component]
fn AdminsOnly(
    admins: LiveQuery<OrganizationAdmins>,
    context: OrganizationContext,
) -> impl IntoView {
    set_status(ErrorCode::Forbidden);
    let names = memo(move |_| admins.map(OrganizationAdmins::names).unwrap_or_default());
    let back = move || {
        let slug = context.map(|detail| detail.organization.slug.clone());
        slug.as_ref().map_or_else(|| routes::HOME.to_owned(), |slug| Tab::Members.path(slug))
    };
    view! {
        <Title text="Admins only" />
        <div class="error-page">
            <h2>"You don't have access to this page"</h2>
            <p class="text-muted">
                "RequireCapability admins can open it. "
                {move || {
                    let names = names.get();
                    let admins = if names.is_empty() { "an admin" } else { names.as_str() };
                    format!("Ask {admins} to make you an admin. This page then opens automatically.")
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
