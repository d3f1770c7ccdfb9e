//! Where the organization's stream meets a page.

use leptos::prelude::*;

use crate::cache::{LiveQuery, follow};
use crate::contract::{Cursor, OrganizationId, UserId};
use crate::pages::signed_in::Session;
use crate::realtime::{StreamOptions, StreamStatus, use_organization_stream};

type Begun = Option<(UserId, OrganizationId, Cursor)>;

/// Follows the stream of an organization from where `query` was read; `begin` says which that is
/// and from where. `status` is how true the page is.
#[component]
pub fn OrganizationStream<T: Clone + Send + Sync + 'static>(
    query: LiveQuery<T>,
    begin: fn(&T) -> (OrganizationId, Cursor),
    status: RwSignal<StreamStatus>,
) -> impl IntoView {
    let session = Session::of_page();
    view! {
        <Suspense>
            {
                // What was read again is newer: the stream goes on where it began.
                let begun = follow(move |begun: Option<&Begun>| {
                    let reader = session.me.map(|me| me.user.id)?;
                    let (organization, cursor) = query.map(begin)?;
                    let same = begun.copied().flatten().filter(|begun| begun.1 == organization);
                    Some(same.unwrap_or((reader, organization, cursor)))
                });
                move || {
                    let (user_id, organization, cursor) = begun.get()?;
                    let options = StreamOptions { user_id, cursor, caches: session.caches };
                    Some(view! { <Following organization options status /> })
                }
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Following(
    organization: OrganizationId,
    options: StreamOptions,
    status: RwSignal<StreamStatus>,
) -> impl IntoView {
    let stream = use_organization_stream(organization, options);
    Effect::new(move || status.set(stream.status.get()));
}

/// Says when a page isn't live. That it is, goes without saying.
#[component]
pub fn Standing(
    /// Of what.
    label: &'static str,
    /// How true that is.
    status: RwSignal<StreamStatus>,
) -> impl IntoView {
    let sentence = move || match status.get() {
        StreamStatus::Live | StreamStatus::Ended(_) => None,
        StreamStatus::Connecting => Some("Connecting"),
        StreamStatus::CatchingUp => Some("Catching up"),
        StreamStatus::Degraded => Some("Late"),
        StreamStatus::Offline => Some("Offline"),
    };
    view! {
        <p class="organization__standing faint" role="status" aria-label=label>
            {sentence}
        </p>
    }
    .into_any()
}
