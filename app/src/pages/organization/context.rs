//! The organization of the address: its data, the person's membership and the state of its stream,
//! as a context for its pages.

use std::future::Future;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

use crate::drafts::Drafts;
use crate::pages::session::Session;
use client::cache::{LiveQuery, OrganizationDetail, Patch, Patched, live_query, memo};
use client::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::view::OrganizationView;
use contract::{
    ApiError, Capability, Cursor, ErrorCode, MembershipId, OrganizationId, OrganizationRef, Slug,
    StreamMessage, UserId,
};

/// An organization with the address it was requested by. While the organization of a new address
/// loads, the previous one is still here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedOrganization {
    /// The slug or id in the address.
    requested: String,
    detail: OrganizationDetail,
    /// The start of its stream: a position of the log from before anything of the organization was read. If
    /// the person left and joined again, the position where they joined.
    cursor: Cursor,
}

impl LoadedOrganization {
    async fn fetch(session: Session, requested: String) -> Result<Self, ApiError> {
        let cursor = session.cursor().await?;
        let detail = fetch_detail(&requested).await?;
        Ok(Self { requested, detail, cursor })
    }

    /// Returns the organization, the membership and the cursor to open its stream with.
    #[must_use]
    pub const fn stream_start(&self) -> (OrganizationId, MembershipId, Cursor) {
        (self.detail.organization.id, self.detail.membership.id, self.cursor)
    }
}

impl Patch for LoadedOrganization {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let before = self.detail.membership.id;
        let patched = self.detail.patch(message, reader);
        if self.detail.membership.id != before {
            // The person joined again: the organization's resources are refetched after this.
            self.cursor.position = message.position;
        }
        patched
    }
}

/// The organization of the page.
#[derive(Clone, Copy)]
pub struct OrganizationContext {
    /// The organization and the person's membership.
    pub query: LiveQuery<LoadedOrganization>,
    /// The status of the organization's stream.
    pub status: RwSignal<StreamStatus>,
    /// The people who had the organization open when the stream last said so.
    pub presence: RwSignal<PresenceSnapshot>,
    /// The slug or id in the address.
    requested: Memo<String>,
    session: Session,
}

impl OrganizationContext {
    /// Starts loading the organization of the address and provides the context to the pages below.
    pub fn provide() -> Self {
        let session = Session::from_context();
        let params = use_params_map();
        let requested =
            Memo::new(move |_| params.with(|params| params.get("slug").unwrap_or_default()));
        let query = live_query(
            move || requested.get(),
            move |requested| LoadedOrganization::fetch(session, requested),
        );
        let status = RwSignal::new(StreamStatus::Connecting);
        let context = Self { query, status, presence: RwSignal::default(), requested, session };
        provide_context(context);
        context
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Returns a query of something in the organization. `fetch` gets the organization and the
    /// membership; it runs again for another address.
    pub fn live_query<T, Fetched>(
        self,
        fetch: impl Fn(OrganizationDetail) -> Fetched + Clone + Send + Sync + 'static,
    ) -> LiveQuery<T>
    where
        T: Patch + Clone + Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static,
        Fetched: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        self.live_query_by(|| (), move |detail, ()| fetch(detail))
    }

    /// Like [`live_query`](Self::live_query); it also runs again for another `key`.
    pub fn live_query_by<K, T, Fetched>(
        self,
        key: impl Fn() -> K + Send + Sync + 'static,
        fetch: impl Fn(OrganizationDetail, K) -> Fetched + Clone + Send + Sync + 'static,
    ) -> LiveQuery<T>
    where
        K: Clone + PartialEq + Send + Sync + 'static,
        T: Patch + Clone + Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static,
        Fetched: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        live_query(
            move || (self.requested.get(), key()),
            move |(requested, key)| {
                let fetch = fetch.clone();
                async move { fetch(self.resolve(requested).await?, key).await }
            },
        )
    }

    /// Returns the organization of that address, with the changes that messages made since it was read.
    async fn resolve(self, requested: String) -> Result<OrganizationDetail, ApiError> {
        let read = self.query.ready().await?;
        let loaded = self.query.map_untracked(LoadedOrganization::clone).unwrap_or(read);
        if loaded.requested == requested {
            return Ok(loaded.detail);
        }
        self.session.read(async move { fetch_detail(&requested).await }).await
    }

    /// Reads from the organization and the person's membership; none while they load. Tracked.
    pub fn map<U>(self, read: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        self.query.map(|loaded| read(&loaded.detail))
    }

    /// Like [`map`](Self::map), untracked.
    pub fn map_untracked<U>(self, read: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        self.query.map_untracked(|loaded| read(&loaded.detail))
    }

    /// Returns the organization's name; the last known one while another organization loads.
    #[must_use]
    pub fn name(self) -> Signal<String> {
        memo(move |last: Option<&String>| {
            let name = self.map(|detail| detail.organization.name.to_string());
            name.or_else(|| last.cloned()).unwrap_or_default()
        })
    }

    /// Returns the organization's name for the document title. Tracked.
    pub fn name_for_title(self) -> impl Fn() -> Option<String> {
        self.query.detached_map(|loaded| loaded.detail.organization.name.to_string())
    }

    /// Whether the person has that capability in the organization.
    #[must_use]
    pub fn may(self, capability: Capability) -> Signal<bool> {
        memo(move |_| self.map(|detail| detail.access().may(capability)).unwrap_or_default())
    }

    /// Whether the person may delete something in the organization that `author` wrote.
    #[must_use]
    pub fn may_delete(self, author: Option<UserId>) -> Signal<bool> {
        memo(move |_| {
            let may = self.map(|detail| {
                detail.access().may_delete(author == Some(detail.membership.user.id))
            });
            may.unwrap_or_default()
        })
    }

    /// Returns the organization's id. Untracked.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] if there is no organization on the page any more.
    pub fn organization_id(self) -> Result<OrganizationId, ApiError> {
        self.map_untracked(|detail| detail.organization.id).ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "This organization no longer exists.")
        })
    }

    /// Returns the person's drafts in the organization. Untracked.
    #[must_use]
    pub fn drafts(self) -> Option<Drafts> {
        self.map_untracked(|detail| Drafts::new(detail.membership.user.id, detail.organization.id))
    }

    /// Returns the organization as it is now. Untracked.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationView> {
        self.query.map_untracked(|loaded| loaded.detail.organization.clone())
    }

    /// Shows the answer of a request that changed the organization, before the stream delivers the
    /// change.
    pub fn set_organization(self, organization: OrganizationView) {
        self.query.update_with(|loaded| loaded.detail.organization = organization);
    }

    /// Whether the person left the organization, was removed, or it was deleted. Tracked.
    #[must_use]
    pub fn has_left(self) -> bool {
        self.map_requested(|detail| detail.access_loss.is_some()).unwrap_or_default()
    }

    /// Returns the organization's slug if the address has another one or an id. Tracked.
    #[must_use]
    pub fn new_slug(self) -> Option<Slug> {
        let slug = self.map_requested(|detail| detail.organization.slug.clone())?;
        (slug.as_str() != self.requested.get()).then_some(slug)
    }

    /// Like [`map`](Self::map), but none while an organization of another address is still here.
    fn map_requested<U>(self, read: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        let requested = self.requested.get();
        self.query
            .map(|loaded| (loaded.requested == requested).then(|| read(&loaded.detail)))
            .flatten()
    }
}

async fn fetch_detail(requested: &str) -> Result<OrganizationDetail, ApiError> {
    let organization = OrganizationRef::parse(requested)
        .map_err(|problem| ApiError::new(ErrorCode::NotFound, problem.message))?;
    OrganizationDetail::fetch(organization).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::cache::fixtures::*;
    use contract::{Epoch, Position};

    #[test]
    fn stream_of_a_member_who_joined_again_starts_where_they_joined() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        let (organization, membership) = (organization(ORGANIZATION, "North Wind"), mine.clone());
        let detail = OrganizationDetail { organization, membership, access_loss: None };
        let cursor = Cursor { epoch: Epoch::new(1), position: Position(3) };
        let mut loaded = LoadedOrganization { requested: "north-wind".to_owned(), detail, cursor };

        let left = StreamMessage { position: Position(7), ..membership_deleted(&mine, OTHER) };
        let _ = loaded.patch(&left, READER);
        assert_eq!(loaded.stream_start(), (ORGANIZATION, mine.id, cursor));

        let second = of_reader(member(ORGANIZATION, 2, "Ada"));
        let joined = StreamMessage { position: Position(8), ..created(second.clone()) };
        let _ = loaded.patch(&joined, READER);
        let joined_at = Cursor { position: Position(8), ..cursor };
        assert_eq!(loaded.stream_start(), (ORGANIZATION, second.id, joined_at));
    }
}
