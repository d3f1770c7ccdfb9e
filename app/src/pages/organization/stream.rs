//! Where the organization's stream meets its pages.

use leptos::prelude::*;

use super::visit::{Found, Visit};
use crate::components::{Suspense, changing};
use crate::pages::signed_in::Session;
use client::cache::ssr_memo;
use client::effect::effect;
use client::realtime::{StreamOptions, StreamStatus, use_organization_stream};
use contract::{Cursor, MembershipId, OrganizationId, UserId};

/// A stream ends with the membership that it was opened with.
#[derive(Clone, Copy, PartialEq)]
struct Begun {
    reader: UserId,
    organization: OrganizationId,
    membership: MembershipId,
    cursor: Cursor,
}

/// Follows the stream of the organization that is visited, whichever of its pages is open.
#[component]
pub fn OrganizationStream(visit: Visit) -> impl IntoView {
    let session = Session::of_page();
    view! {
        <Suspense>
            {
                // What was read again is newer: the stream goes on where it began.
                let begun = ssr_memo(move |begun: Option<&Option<Begun>>| {
                    let reader = session.me.map(|me| me.user.id)?;
                    let (organization, membership, cursor) = visit.query.map(Found::begun)?;
                    let same = begun.copied().flatten().filter(|begun| {
                        (begun.organization, begun.membership) == (organization, membership)
                    });
                    Some(same.unwrap_or(Begun { reader, organization, membership, cursor }))
                });
                let following = move |Begun { reader, organization, cursor, .. }| {
                    let options =
                        StreamOptions { user_id: reader, cursor, caches: session.caches };
                    view! { <Following organization options visit /> }
                };
                changing(move || begun.get().map(following).into_any())
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Following(organization: OrganizationId, options: StreamOptions, visit: Visit) -> impl IntoView {
    let stream = use_organization_stream(organization, options);
    effect(move || visit.status.set(stream.status.get()));
    effect(move || visit.here.set(stream.presence.get()));
}

/// Says when a page isn't live. That it is, goes without saying.
#[component]
pub fn StreamState(
    /// Of what.
    label: &'static str,
    /// How true that is.
    status: RwSignal<StreamStatus>,
) -> impl IntoView {
    let sentence = move || match status.get() {
        StreamStatus::Live | StreamStatus::Ended(_) => None,
        StreamStatus::Connecting => Some("Connecting"),
        StreamStatus::CatchingUp => Some("Catching up"),
        StreamStatus::Degraded => Some("Delayed"),
        StreamStatus::Offline => Some("Offline"),
    };
    view! {
        <p class="organization__stream-state faint" role="status" aria-label=label>
            {sentence}
        </p>
    }
    .into_any()
}
