//! The app's own query caches in one tab: fetched, patched by messages, fetched again when a patch
//! asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use client::cache::{AppliedPositions, PendingInvitations};
use client::cache::{
    Members, Menu, MyInvitations, OrganizationDetail, Patch, Patched, ResourceList,
};
use contract::note::NoteView;
use contract::view::Me;
use contract::{
    ApiError, Email, Entity, ErrorCode, OrganizationId, OrganizationRef, StreamMessage, UserId,
};

use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

/// A cached query: the last answer with the patches since, as in a live query of the app.
#[derive(Clone, Debug)]
struct CachedQuery<T> {
    answer: Result<T, ApiError>,
    stale: bool,
}

impl<T: Patch> CachedQuery<T> {
    const fn fresh(answer: Result<T, ApiError>) -> Self {
        Self { answer, stale: false }
    }

    fn apply(&mut self, message: &StreamMessage, reader: UserId) {
        let patched = match &mut self.answer {
            Ok(value) => value.patch(message, reader),
            Err(_) if changes_access(message, reader) => Patched::Stale,
            Err(_) => Patched::Unchanged,
        };
        self.stale |= patched == Patched::Stale;
    }
}

/// Whether a query that was refused may succeed now.
fn changes_access(message: &StreamMessage, reader: UserId) -> bool {
    matches!(message.entity, Entity::Membership(_)) && message.user_id == Some(reader)
}

/// The caches of one organization's pages.
#[derive(Clone, Debug)]
struct OrganizationPages {
    detail: CachedQuery<OrganizationDetail>,
    members: CachedQuery<Members>,
    pending: CachedQuery<PendingInvitations>,
    notes: CachedQuery<ResourceList<NoteView>>,
}

/// All caches of a tab.
#[derive(Debug)]
pub(super) struct Caches {
    applied: AppliedPositions,
    me: CachedQuery<Me>,
    menu: CachedQuery<Menu>,
    mine: CachedQuery<MyInvitations>,
    visits: BTreeMap<OrganizationId, OrganizationPages>,
}

/// A cache that differs from what REST answers.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) cache: String,
    pub(super) cached: String,
    pub(super) answered: String,
}

impl Caches {
    /// Fetches everything that a tab shows which has opened the pages of these organizations.
    pub(super) async fn read(
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        visited: &[OrganizationId],
    ) -> Self {
        let mut caches = Self {
            applied: AppliedPositions::default(),
            me: CachedQuery::fresh(person.read(nodes, rng, client::api::me::get).await),
            menu: CachedQuery::fresh(person.read(nodes, rng, Menu::fetch).await),
            mine: CachedQuery::fresh(person.read(nodes, rng, MyInvitations::fetch).await),
            visits: BTreeMap::new(),
        };
        for id in visited {
            caches.visit(person, nodes, rng, *id).await;
        }
        caches
    }

    /// Opens the pages of an organization.
    pub(super) async fn visit(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
    ) {
        let detail = || OrganizationDetail::fetch(OrganizationRef::Id(id));
        let visit = OrganizationPages {
            detail: CachedQuery::fresh(person.read(nodes, rng, detail).await),
            members: CachedQuery::fresh(person.read(nodes, rng, || Members::fetch(id)).await),
            pending: CachedQuery::fresh(
                person.read(nodes, rng, || PendingInvitations::fetch(id)).await,
            ),
            notes: CachedQuery::fresh(person.read(nodes, rng, || ResourceList::fetch(id)).await),
        };
        self.visits.insert(id, visit);
    }

    pub(super) fn visited(&self) -> Vec<OrganizationId> {
        self.visits.keys().copied().collect()
    }

    /// The organizations whose notes are shown.
    pub(super) fn organizations_with_notes(&self) -> BTreeSet<OrganizationId> {
        let shown = self.visits.iter().filter(|(_, visit)| visit.notes.answer.is_ok());
        shown.map(|(id, _)| *id).collect()
    }

    /// The organizations whose notes must be fetched again.
    pub(super) fn stale_notes(&self) -> Vec<OrganizationId> {
        let stale = self.visits.iter().filter(|(_, visit)| visit.notes.stale);
        stale.map(|(id, _)| *id).collect()
    }

    /// The reader has lost access to the organization's notes.
    pub(super) fn remove_notes(&mut self, id: OrganizationId) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let refusal = ApiError::new(ErrorCode::NotFound, "The stream ended with access_lost.");
        visit.notes = CachedQuery::fresh(Err(refusal));
    }

    pub(super) async fn read_notes(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
    ) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        visit.notes = CachedQuery::fresh(person.read(nodes, rng, || ResourceList::fetch(id)).await);
    }

    /// Forgets which messages were applied, as after a reload.
    pub(super) fn forget_applied(&mut self) {
        self.applied.clear();
    }

    /// Applies a message of the stream.
    pub(super) fn apply(&mut self, message: &StreamMessage, reader: UserId) {
        if !self.applied.advance(message) {
            return;
        }
        self.me.apply(message, reader);
        self.menu.apply(message, reader);
        self.mine.apply(message, reader);
        for visit in self.visits.values_mut() {
            visit.detail.apply(message, reader);
            visit.members.apply(message, reader);
            visit.pending.apply(message, reader);
            visit.notes.apply(message, reader);
        }
    }

    /// Fetches stale queries again, except for notes, whose stream has to be resubscribed.
    pub(super) async fn refetch_stale(&mut self, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        if self.menu.stale {
            self.menu = CachedQuery::fresh(person.read(nodes, rng, Menu::fetch).await);
        }
        if self.mine.stale {
            self.mine = CachedQuery::fresh(person.read(nodes, rng, MyInvitations::fetch).await);
        }
        for (id, visit) in &mut self.visits {
            if visit.detail.stale {
                let fetch = || OrganizationDetail::fetch(OrganizationRef::Id(*id));
                visit.detail = CachedQuery::fresh(person.read(nodes, rng, fetch).await);
            }
            if visit.members.stale {
                visit.members =
                    CachedQuery::fresh(person.read(nodes, rng, || Members::fetch(*id)).await);
            }
            if visit.pending.stale {
                let fetch = || PendingInvitations::fetch(*id);
                visit.pending = CachedQuery::fresh(person.read(nodes, rng, fetch).await);
            }
        }
    }

    /// The first difference from a fresh read, in what the reader can see.
    pub(super) fn compare(&self, fresh: &Self) -> Option<Mismatch> {
        let own_email = fresh.me.answer.as_ref().ok().and_then(|me| me.user.email.as_ref());
        let user = |cached: &CachedQuery<Me>| cached.answer.clone().map(|me| me.user);
        let mine =
            |cached: &CachedQuery<MyInvitations>| cached.answer.clone().map(|list| list.items);
        differs("me", &user(&self.me), &user(&fresh.me))
            .or_else(|| differs("menu", &self.menu.answer, &fresh.menu.answer))
            .or_else(|| differs("my invitations", &mine(&self.mine), &mine(&fresh.mine)))
            .or_else(|| {
                let both = fresh.visits.iter().filter_map(|(id, visit)| {
                    self.visits.get(id).map(|cached| (id, cached, visit))
                });
                both.into_iter()
                    .find_map(|(id, cached, fresh)| cached.compare(*id, fresh, own_email))
            })
    }
}

impl OrganizationPages {
    /// When the reader may not read a query any more, only the transition is compared: the page must
    /// say that access was lost.
    fn compare(
        &self,
        id: OrganizationId,
        fresh: &Self,
        own_email: Option<&Email>,
    ) -> Option<Mismatch> {
        let name = |what: &str| format!("{what} of {id}");
        let detail = match (&self.detail.answer, &fresh.detail.answer) {
            (cached, answered @ Ok(_)) => differs(&name("detail"), cached, answered),
            (Ok(cached), Err(refusal)) if cached.access_loss.is_none() => {
                Some(Mismatch::new(&name("access loss"), cached, refusal))
            }
            _ => None,
        };
        let members = |cached: &CachedQuery<Members>| cached.answer.clone().map(|its| its.items);
        // A reader receives messages about their own invitations, but only admins see the list.
        let is_admin = fresh.pending.answer.is_ok();
        let pending = |cached: &CachedQuery<PendingInvitations>| {
            let mut items = cached.answer.clone().map(|its| its.items);
            if let Ok(items) = &mut items {
                items.retain(|item| is_admin || Some(&item.email) != own_email);
            }
            items
        };
        let notes = |cached: &CachedQuery<ResourceList<NoteView>>| {
            cached.answer.clone().map(|its| its.items)
        };
        detail
            .or_else(|| match members(&fresh.members) {
                // The page shows that access was lost, instead of the list.
                Err(_) => None,
                answered => differs(&name("members"), &members(&self.members), &answered),
            })
            .or_else(|| {
                let (cached, answered) = (pending(&self.pending), pending(&fresh.pending));
                list_differs(&name("pending invitations"), &cached, &answered)
            })
            .or_else(|| list_differs(&name("notes"), &notes(&self.notes), &notes(&fresh.notes)))
    }
}

/// Compares two lists. A list that may not be read any more must be empty.
fn list_differs<T: PartialEq + Debug>(
    cache: &str,
    cached: &Result<Vec<T>, ApiError>,
    answered: &Result<Vec<T>, ApiError>,
) -> Option<Mismatch> {
    match (cached, answered) {
        (_, Ok(_)) => differs(cache, cached, answered),
        (Ok(items), Err(refusal)) if !items.is_empty() => {
            Some(Mismatch::new(cache, items, refusal))
        }
        _ => None,
    }
}

fn differs<T: PartialEq + Debug>(cache: &str, cached: &T, answered: &T) -> Option<Mismatch> {
    (cached != answered).then(|| Mismatch::new(cache, cached, answered))
}

impl Mismatch {
    fn new(cache: &str, cached: &impl Debug, answered: &impl Debug) -> Self {
        let (cached, answered) = (format!("{cached:?}"), format!("{answered:?}"));
        let same = cached.bytes().zip(answered.bytes()).take_while(|(a, b)| a == b).count();
        let excerpt = |text: &str| {
            let start = text.floor_char_boundary(same.saturating_sub(EXCERPT_BEFORE));
            let end = text.floor_char_boundary(text.len().min(same + EXCERPT_AFTER));
            text[start..end].to_owned()
        };
        Self { cache: cache.to_owned(), cached: excerpt(&cached), answered: excerpt(&answered) }
    }
}

/// How many bytes are reported before and after the first difference.
const EXCERPT_BEFORE: usize = 200;
const EXCERPT_AFTER: usize = 200;
