//! Being at an organization: what its address says, and what it is.

use std::future::Future;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

use crate::pages::signed_in::Session;
use client::cache::{LiveQuery, OrganizationDetail, Patch, Patched, live_query, ssr_memo};
use client::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::view::OrganizationView;
use contract::{
    ApiError, Capability, Cursor, ErrorCode, MembershipId, OrganizationId, OrganizationRef, Slug,
    StreamMessage, UserId,
};

/// An organization, and by which address it was asked for: while a new address is read, the old
/// organization is still there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    asked: String,
    detail: OrganizationDetail,
    /// Where the log stood at least before it was read, and before anything that it holds; of a
    /// reader who left and joined again, where they did.
    cursor: Cursor,
}

impl Found {
    async fn fetch(session: Session, asked: String) -> Result<Self, ApiError> {
        let cursor = session.cursor().await?;
        let detail = fetch(&asked).await?;
        Ok(Self { asked, detail, cursor })
    }

    /// As what the reader belongs to it, and from where on its stream tells of it.
    #[must_use]
    pub const fn begun(&self) -> (OrganizationId, MembershipId, Cursor) {
        (self.detail.organization.id, self.detail.membership.id, self.cursor)
    }
}

impl Patch for Found {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let before = self.detail.membership.id;
        let patched = self.detail.patch(message, reader);
        if self.detail.membership.id != before {
            // What the organization holds is read again after this message.
            self.cursor.position = message.position;
        }
        patched
    }
}

/// Being at an organization, as a context for its pages.
#[derive(Clone, Copy)]
pub struct Visit {
    /// What is there.
    pub query: LiveQuery<Found>,
    /// How true the organization's own stream keeps its pages.
    pub status: RwSignal<StreamStatus>,
    /// Who has it open, when that was last told.
    pub here: RwSignal<PresenceSnapshot>,
    /// What the address calls it.
    asked: Memo<String>,
    session: Session,
}

impl Visit {
    /// Begins to read, and makes it available to all that is below.
    pub fn begin() -> Self {
        let session = Session::of_page();
        let params = use_params_map();
        let asked =
            Memo::new(move |_| params.with(|params| params.get("slug").unwrap_or_default()));
        let query = live_query(move || asked.get(), move |asked| Found::fetch(session, asked));
        let status = RwSignal::new(StreamStatus::Connecting);
        let visit = Self { query, status, here: RwSignal::default(), asked, session };
        provide_context(visit);
        visit
    }

    /// The one of this page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Something that belongs to the organization of the address, read for what the reader is
    /// there. Read again with the address.
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

    /// The same, also read again with another `key`.
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
            move || (self.asked.get(), key()),
            move |(asked, key)| {
                let fetch = fetch.clone();
                async move { fetch(self.identify(asked).await?, key).await }
            },
        )
    }

    /// The organization that this address stands for, as messages have left it.
    async fn identify(self, asked: String) -> Result<OrganizationDetail, ApiError> {
        let read = self.query.ready().await?;
        let found = self.query.map_untracked(Found::clone).unwrap_or(read);
        if found.asked == asked {
            return Ok(found.detail);
        }
        self.session.read(async move { fetch(&asked).await }).await
    }

    /// What `look` finds in the organization and my membership. Tracked.
    pub fn map<U>(self, look: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        self.query.map(|found| look(&found.detail))
    }

    /// Like [`map`](Self::map), for where nothing follows.
    pub fn map_untracked<U>(self, look: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        self.query.map_untracked(|found| look(&found.detail))
    }

    /// Its name, and again when that changes.
    #[must_use]
    pub fn name(self) -> Signal<String> {
        ssr_memo(move |last: Option<&String>| {
            let name = self.map(|detail| detail.organization.name.to_string());
            name.or_else(|| last.cloned()).unwrap_or_default()
        })
    }

    /// Its name, for the page's title. Tracked.
    pub fn name_for_title(self) -> impl Fn() -> Option<String> {
        self.query.detached_map(|found| found.detail.organization.name.to_string())
    }

    /// Whether I may do that here, and again when that changes.
    #[must_use]
    pub fn may(self, capability: Capability) -> Signal<bool> {
        ssr_memo(move |_| self.map(|detail| detail.access().may(capability)).unwrap_or_default())
    }

    /// Whether I may delete what that author wrote here, and again when that changes.
    #[must_use]
    pub fn may_delete(self, author: Option<UserId>) -> Signal<bool> {
        ssr_memo(move |_| {
            let may = self.map(|detail| {
                detail.access().may_delete(author == Some(detail.membership.user.id))
            });
            may.unwrap_or_default()
        })
    }

    /// Where a request of mine goes, for handlers.
    ///
    /// # Errors
    /// When it isn't on the page any more.
    pub fn organization_id(self) -> Result<OrganizationId, ApiError> {
        self.map_untracked(|detail| detail.organization.id).ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "This organization no longer exists.")
        })
    }

    /// The organization as it is now, for handlers.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationView> {
        self.query.map_untracked(|found| found.detail.organization.clone())
    }

    /// Shows what a request of mine made of it, before the stream says so.
    pub fn show(self, organization: OrganizationView) {
        self.query.update_with(|found| found.detail.organization = organization);
    }

    /// Whether I don't belong to it any more. Tracked.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.here(|detail| detail.access_loss.is_some()).unwrap_or_default()
    }

    /// What it is called in addresses now, unless the page's address says so already. Tracked.
    #[must_use]
    pub fn moved_to(self) -> Option<Slug> {
        let slug = self.here(|detail| detail.organization.slug.clone())?;
        (slug.as_str() != self.asked.get()).then_some(slug)
    }

    /// Like [`map`](Self::map), but only of what the address stands for now.
    fn here<U>(self, look: impl FnOnce(&OrganizationDetail) -> U) -> Option<U> {
        let asked = self.asked.get();
        self.query.map(|found| (found.asked == asked).then(|| look(&found.detail))).flatten()
    }
}

async fn fetch(asked: &str) -> Result<OrganizationDetail, ApiError> {
    let organization = OrganizationRef::parse(asked)
        .map_err(|problem| ApiError::new(ErrorCode::NotFound, problem.message))?;
    OrganizationDetail::fetch(organization).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::cache::fixtures::*;
    use contract::{Epoch, Position};

    #[test]
    fn who_joins_again_follows_from_there_on() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        let (organization, membership) = (organization(ORGANIZATION, "North Wind"), mine.clone());
        let detail = OrganizationDetail { organization, membership, access_loss: None };
        let cursor = Cursor { epoch: Epoch::new(1), position: Position(3) };
        let mut found = Found { asked: "north-wind".to_owned(), detail, cursor };

        let left = StreamMessage { position: Position(7), ..membership_deleted(&mine, OTHER) };
        let _ = found.patch(&left, READER);
        assert_eq!(found.begun(), (ORGANIZATION, mine.id, cursor));

        let anew = of_reader(member(ORGANIZATION, 2, "Ada"));
        let joined = StreamMessage { position: Position(8), ..created(anew.clone()) };
        let _ = found.patch(&joined, READER);
        let there = Cursor { position: Position(8), ..cursor };
        assert_eq!(found.begun(), (ORGANIZATION, anew.id, there));
    }
}
