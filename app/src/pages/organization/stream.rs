//! Subscribes to the organization's stream while one of its pages is open.

use leptos::prelude::*;

use super::context::{LoadedOrganization, OrganizationContext};
use crate::components::{Suspense, changing};
use crate::pages::session::Session;
use client::cache::memo;
use client::effect::effect;
use client::realtime::{StreamOptions, use_organization_stream};
use contract::{Cursor, MembershipId, OrganizationId, UserId};

/// The arguments with which a stream is opened. A stream ends with its membership.
#[derive(Clone, Copy, PartialEq)]
struct StreamStart {
    user_id: UserId,
    organization: OrganizationId,
    membership: MembershipId,
    cursor: Cursor,
}

/// Keeps one stream open, whichever page of the organization is shown.
#[component]
pub fn OrganizationStream(context: OrganizationContext) -> impl IntoView {
    let session = Session::from_context();
    view! {
        <Suspense>
            {
                // A refetch has a newer cursor, but the open stream continues from the one it
                // started with.
                let start = memo(move |previous: Option<&Option<StreamStart>>| {
                    let user_id = session.me.map(|me| me.user.id)?;
                    let (organization, membership, cursor) =
                        context.query.map(LoadedOrganization::stream_start)?;
                    let same = previous.copied().flatten().filter(|start| {
                        (start.organization, start.membership) == (organization, membership)
                    });
                    Some(same.unwrap_or(StreamStart { user_id, organization, membership, cursor }))
                });
                let subscribe = move |StreamStart { user_id, organization, cursor, .. }| {
                    let options = StreamOptions { user_id, cursor, caches: session.caches };
                    view! { <Subscription organization options context /> }
                };
                changing(move || start.get().map(subscribe).into_any())
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Subscription(
    organization: OrganizationId,
    options: StreamOptions,
    context: OrganizationContext,
) -> impl IntoView {
    let stream = use_organization_stream(organization, options);
    effect(move || context.status.set(stream.status.get()));
    effect(move || context.presence.set(stream.presence.get()));
}
