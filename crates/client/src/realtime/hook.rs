//! The stream hooks.

use leptos::prelude::*;

use super::status::StreamStatus;
#[cfg(feature = "hydrate")]
use super::stream_source::StreamSource;
#[cfg(feature = "hydrate")]
use crate::api::expected_user;
use crate::cache::Caches;
#[cfg(feature = "hydrate")]
use crate::effect::effect;
use contract::event::PresenceSnapshot;
use contract::{Cursor, OrganizationId, Timestamp, UserId};

/// The parameters of a stream hook.
#[derive(Clone, Copy)]
pub struct StreamOptions {
    /// The signed-in user.
    pub user_id: UserId,
    /// The log's position before the page's data was read.
    pub cursor: Cursor,
    /// The caches that messages patch.
    pub caches: Caches,
}

/// The stream's signals for the page.
#[derive(Clone, Copy, Debug)]
pub struct StreamHandle {
    /// How current the page is.
    pub status: Signal<StreamStatus>,
    /// When the status last changed, by the browser's clock. `None` before the first change.
    pub since: Signal<Option<Timestamp>>,
    /// The cursor up to which the page has applied the stream.
    pub cursor: Signal<Cursor>,
    /// The people who are present in the organization. Always empty on the user's own stream.
    pub presence: Signal<PresenceSnapshot>,
}

/// Keeps the caches up to date with the user's own stream while the current component is mounted.
///
/// Every tab of a browser calls it; one of them connects and shares the stream with the others. It
/// connects in the browser after hydration. On the server and during hydration the status is
/// `Connecting`.
pub fn use_user_stream(options: StreamOptions) -> StreamHandle {
    options.caches.set_reader(options.user_id);
    let signals = StreamSignals::new(&options);
    #[cfg(feature = "hydrate")]
    effect(move || {
        let page = expected_user::expect(options.user_id);
        on_cleanup(move || expected_user::forget(page));
        super::browser::run_while_mounted(StreamSource::User(options.user_id), options, signals);
    });
    signals.into()
}

/// Keeps the caches up to date with an organization's stream while the current component is
/// mounted.
///
/// As with the user's stream, one tab connects for all tabs that show the organization. A browser
/// has connections for few such streams, so the stream waits for a permit and disconnects soon
/// after all its tabs are hidden.
pub fn use_organization_stream(
    organization: OrganizationId,
    options: StreamOptions,
) -> StreamHandle {
    let signals = StreamSignals::new(&options);
    #[cfg(feature = "hydrate")]
    effect(move || {
        let source = StreamSource::Organization(options.user_id, organization);
        super::browser::run_while_mounted(source, options, signals);
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = organization;
    signals.into()
}

/// The signals behind a [`StreamHandle`].
#[derive(Clone, Copy)]
pub(super) struct StreamSignals {
    status: RwSignal<StreamStatus>,
    since: RwSignal<Option<Timestamp>>,
    cursor: RwSignal<Cursor>,
    presence: RwSignal<PresenceSnapshot>,
}

impl StreamSignals {
    fn new(options: &StreamOptions) -> Self {
        Self {
            status: RwSignal::new(StreamStatus::Connecting),
            since: RwSignal::new(None),
            cursor: RwSignal::new(options.cursor),
            presence: RwSignal::default(),
        }
    }
}

impl From<StreamSignals> for StreamHandle {
    fn from(signals: StreamSignals) -> Self {
        Self {
            status: signals.status.into(),
            since: signals.since.into(),
            cursor: signals.cursor.into(),
            presence: signals.presence.into(),
        }
    }
}

/// The setters do nothing once the component is disposed of.
#[cfg(feature = "hydrate")]
impl StreamSignals {
    pub(super) fn set_status(self, status: StreamStatus, at: Option<Timestamp>) {
        if self.status.try_get_untracked().is_some_and(|current| current != status) {
            let _ = self.status.try_set(status);
            let _ = self.since.try_set(at);
        }
    }

    pub(super) fn set_presence(self, snapshot: PresenceSnapshot) {
        let _ = self.presence.try_set(snapshot);
    }

    pub(super) fn set_cursor(self, cursor: Cursor) {
        if self.cursor.try_get_untracked().is_some_and(|current| current != cursor) {
            let _ = self.cursor.try_set(cursor);
        }
    }
}
