//! The hooks: one is called once, where a signed-in page begins, the other where an organization's
//! content is shown.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use super::source::Source;
use super::status::StreamStatus;
use crate::cache::Caches;
#[cfg(feature = "hydrate")]
use crate::effect::effect;
use contract::event::PresenceSnapshot;
use contract::{Cursor, OrganizationId, Timestamp, UserId};

/// Whose stream, from where, and what it keeps true.
#[derive(Clone, Copy)]
pub struct StreamOptions {
    /// Who is signed in.
    pub user_id: UserId,
    /// Where the log stood before the page's data was read.
    pub cursor: Cursor,
    /// What the messages patch.
    pub caches: Caches,
}

/// The stream, as a page shows it.
#[derive(Clone, Copy, Debug)]
pub struct FollowedStream {
    /// How true the screen is.
    pub status: Signal<StreamStatus>,
    /// Since when, by the browser's clock. Unknown on the server, and until something happened.
    pub since: Signal<Option<Timestamp>>,
    /// Up to where the page has heard.
    pub cursor: Signal<Cursor>,
    /// Who is here, when it was last told. Nobody on the person's own stream.
    pub here: Signal<PresenceSnapshot>,
}

/// Follows the person's stream while the current component is on the page.
///
/// Every tab of a browser calls it; one of them connects, all of them follow. It begins in the
/// browser once the page is hydrated. On the server it does nothing but say `Connecting`, which is
/// also what the first render in the browser shows.
pub fn use_user_stream(options: StreamOptions) -> FollowedStream {
    options.caches.belong_to(options.user_id);
    let shown = Shown::of(&options);
    #[cfg(feature = "hydrate")]
    effect(move || {
        super::browser::follow(Source::User(options.user_id), options, shown);
    });
    shown.into()
}

/// Follows what an organization holds while the current component is on the page.
///
/// As with the person's stream, one tab of a browser connects for all that show the organization.
/// A browser has connections for few such streams: one waits for its place, and is let go while
/// nobody looks.
pub fn use_organization_stream(
    organization: OrganizationId,
    options: StreamOptions,
) -> FollowedStream {
    let shown = Shown::of(&options);
    #[cfg(feature = "hydrate")]
    effect(move || {
        let source = Source::Organization(options.user_id, organization);
        super::browser::follow(source, options, shown);
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = organization;
    shown.into()
}

/// Where the hook's signals are set.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    status: RwSignal<StreamStatus>,
    since: RwSignal<Option<Timestamp>>,
    cursor: RwSignal<Cursor>,
    here: RwSignal<PresenceSnapshot>,
}

impl Shown {
    fn of(options: &StreamOptions) -> Self {
        Self {
            status: RwSignal::new(StreamStatus::Connecting),
            since: RwSignal::new(None),
            cursor: RwSignal::new(options.cursor),
            here: RwSignal::default(),
        }
    }
}

impl From<Shown> for FollowedStream {
    fn from(shown: Shown) -> Self {
        Self {
            status: shown.status.into(),
            since: shown.since.into(),
            cursor: shown.cursor.into(),
            here: shown.here.into(),
        }
    }
}

#[cfg(feature = "hydrate")]
impl Shown {
    pub(super) fn status(self, status: StreamStatus, at: Option<Timestamp>) {
        if self.status.try_get_untracked().is_some_and(|shown| shown != status) {
            let _ = self.status.try_set(status);
            let _ = self.since.try_set(at);
        }
    }

    pub(super) fn here(self, here: PresenceSnapshot) {
        let _ = self.here.try_set(here);
    }

    pub(super) fn cursor(self, cursor: Cursor) {
        if self.cursor.try_get_untracked().is_some_and(|shown| shown != cursor) {
            let _ = self.cursor.try_set(cursor);
        }
    }
}
