//! The app's own queries as one browser holds them: read, patched, read again when they ask for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use client::cache::{AppliedPositions, PendingInvitations};
use client::cache::{
    Members, Menu, MyInvitations, OrganizationDetail, Patch, Patched, ResourceList,
};
use contract::note::NoteView;
use contract::view::Me;
use contract::{
    ApiError, Entity, ErrorCode, OrganizationId, OrganizationRef, StreamMessage, UserId,
};

use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

/// A query: what was answered last and what messages made of it, as a live query of the app.
#[derive(Clone, Debug)]
struct Resource<T> {
    answer: Result<T, ApiError>,
    stale: bool,
}

impl<T: Patch> Resource<T> {
    const fn fresh(answer: Result<T, ApiError>) -> Self {
        Self { answer, stale: false }
    }

    fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        let patched = match &mut self.answer {
            Ok(value) => value.patch(message, reader),
            Err(_) if changes_access(message, reader) => Patched::Stale,
            Err(_) => Patched::Unchanged,
        };
        self.stale |= patched == Patched::Stale;
    }
}

/// Whether what the reader was refused may be had now.
fn changes_access(message: &StreamMessage, reader: UserId) -> bool {
    matches!(message.entity, Entity::Membership(_)) && message.user_id == Some(reader)
}

/// The pages of one organization.
#[derive(Clone, Debug)]
struct Visit {
    detail: Resource<OrganizationDetail>,
    members: Resource<Members>,
    pending: Resource<PendingInvitations>,
    notes: Resource<ResourceList<NoteView>>,
}

/// Everything that a browser holds.
#[derive(Debug)]
pub(super) struct Caches {
    seen: AppliedPositions,
    me: Resource<Me>,
    menu: Resource<Menu>,
    mine: Resource<MyInvitations>,
    visits: BTreeMap<OrganizationId, Visit>,
}

/// A cache that shows something else than REST answers.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) cache: String,
    pub(super) held: String,
    pub(super) answered: String,
}

impl Caches {
    /// Reads everything that is on the screen of somebody who visits those organizations.
    pub(super) async fn read(
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        visited: &[OrganizationId],
    ) -> Self {
        let mut caches = Self {
            seen: AppliedPositions::default(),
            me: Resource::fresh(person.read(nodes, rng, client::api::me::get).await),
            menu: Resource::fresh(person.read(nodes, rng, Menu::fetch).await),
            mine: Resource::fresh(person.read(nodes, rng, MyInvitations::fetch).await),
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
        let visit = Visit {
            detail: Resource::fresh(person.read(nodes, rng, detail).await),
            members: Resource::fresh(person.read(nodes, rng, || Members::fetch(id)).await),
            pending: Resource::fresh(
                person.read(nodes, rng, || PendingInvitations::fetch(id)).await,
            ),
            notes: Resource::fresh(person.read(nodes, rng, || ResourceList::fetch(id)).await),
        };
        self.visits.insert(id, visit);
    }

    pub(super) fn visited(&self) -> Vec<OrganizationId> {
        self.visits.keys().copied().collect()
    }

    /// The organizations whose notes are on the screen.
    pub(super) fn noted(&self) -> BTreeSet<OrganizationId> {
        let shown = self.visits.iter().filter(|(_, visit)| visit.notes.answer.is_ok());
        shown.map(|(id, _)| *id).collect()
    }

    /// The organizations whose notes must be read again.
    pub(super) fn notes_to_read(&self) -> Vec<OrganizationId> {
        let stale = self.visits.iter().filter(|(_, visit)| visit.notes.stale);
        stale.map(|(id, _)| *id).collect()
    }

    pub(super) fn lose_notes(&mut self, id: OrganizationId) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let refusal = ApiError::new(ErrorCode::NotFound, "The stream ended with access_lost.");
        visit.notes = Resource::fresh(Err(refusal));
    }

    pub(super) async fn read_notes(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
    ) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        visit.notes = Resource::fresh(person.read(nodes, rng, || ResourceList::fetch(id)).await);
    }

    /// As after a reload: which messages were applied is not known any more.
    pub(super) fn forget_seen(&mut self) {
        self.seen.clear();
    }

    /// Applies a message of the stream.
    pub(super) fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        if !self.seen.advance(message) {
            return;
        }
        self.me.hear(message, reader);
        self.menu.hear(message, reader);
        self.mine.hear(message, reader);
        for visit in self.visits.values_mut() {
            visit.detail.hear(message, reader);
            visit.members.hear(message, reader);
            visit.pending.hear(message, reader);
            visit.notes.hear(message, reader);
        }
    }

    /// Reads again what asked for it, but for notes.
    pub(super) async fn refresh(&mut self, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        if self.menu.stale {
            self.menu = Resource::fresh(person.read(nodes, rng, Menu::fetch).await);
        }
        if self.mine.stale {
            self.mine = Resource::fresh(person.read(nodes, rng, MyInvitations::fetch).await);
        }
        for (id, visit) in &mut self.visits {
            if visit.detail.stale {
                let fetch = || OrganizationDetail::fetch(OrganizationRef::Id(*id));
                visit.detail = Resource::fresh(person.read(nodes, rng, fetch).await);
            }
            if visit.members.stale {
                visit.members =
                    Resource::fresh(person.read(nodes, rng, || Members::fetch(*id)).await);
            }
            if visit.pending.stale {
                let fetch = || PendingInvitations::fetch(*id);
                visit.pending = Resource::fresh(person.read(nodes, rng, fetch).await);
            }
        }
    }

    /// What differs from a fresh read, as that reader sees it.
    pub(super) fn compare(&self, fresh: &Self, reader: UserId) -> Option<Mismatch> {
        let user = |held: &Resource<Me>| held.answer.clone().map(|me| me.user);
        let mine = |held: &Resource<MyInvitations>| held.answer.clone().map(|list| list.items);
        differs("me", &user(&self.me), &user(&fresh.me))
            .or_else(|| differs("menu", &self.menu.answer, &fresh.menu.answer))
            .or_else(|| differs("my invitations", &mine(&self.mine), &mine(&fresh.mine)))
            .or_else(|| {
                let both = fresh
                    .visits
                    .iter()
                    .filter_map(|(id, visit)| self.visits.get(id).map(|held| (id, held, visit)));
                both.into_iter().find_map(|(id, held, fresh)| held.compare(*id, fresh, reader))
            })
    }
}

impl Visit {
    /// What may not be read is not on the screen either; then only the way it went matters.
    fn compare(&self, id: OrganizationId, fresh: &Self, reader: UserId) -> Option<Mismatch> {
        let name = |what: &str| format!("{what} of {id}");
        let detail = match (&self.detail.answer, &fresh.detail.answer) {
            (held, answered @ Ok(_)) => differs(&name("detail"), held, answered),
            (Ok(held), Err(refusal)) if held.access_loss.is_none() => {
                Some(Mismatch::of(&name("access loss"), held, refusal))
            }
            _ => None,
        };
        let members = |held: &Resource<Members>| held.answer.clone().map(|its| its.items);
        // Those of the reader are theirs to know; the page shows the list to admins only.
        let is_admin = fresh.pending.answer.is_ok();
        let pending = |held: &Resource<PendingInvitations>| {
            let mut items = held.answer.clone().map(|its| its.items);
            if let Ok(items) = &mut items {
                items.retain(|item| is_admin || item.user_id != Some(reader));
            }
            items
        };
        let notes =
            |held: &Resource<ResourceList<NoteView>>| held.answer.clone().map(|its| its.items);
        detail
            .or_else(|| match members(&fresh.members) {
                // The page of an organization that was left says so in the list's place.
                Err(_) => None,
                answered => differs(&name("members"), &members(&self.members), &answered),
            })
            .or_else(|| {
                let (held, answered) = (pending(&self.pending), pending(&fresh.pending));
                list(&name("pending invitations"), &held, &answered)
            })
            .or_else(|| list(&name("notes"), &notes(&self.notes), &notes(&fresh.notes)))
    }
}

/// Whoever may not read such a list holds nothing of it.
fn list<T: PartialEq + Debug>(
    cache: &str,
    held: &Result<Vec<T>, ApiError>,
    answered: &Result<Vec<T>, ApiError>,
) -> Option<Mismatch> {
    match (held, answered) {
        (_, Ok(_)) => differs(cache, held, answered),
        (Ok(items), Err(refusal)) if !items.is_empty() => Some(Mismatch::of(cache, items, refusal)),
        _ => None,
    }
}

fn differs<T: PartialEq + Debug>(cache: &str, held: &T, answered: &T) -> Option<Mismatch> {
    (held != answered).then(|| Mismatch::of(cache, held, answered))
}

impl Mismatch {
    fn of(cache: &str, held: &impl Debug, answered: &impl Debug) -> Self {
        let (held, answered) = (format!("{held:?}"), format!("{answered:?}"));
        let same = held.bytes().zip(answered.bytes()).take_while(|(a, b)| a == b).count();
        let excerpt = |text: &str| {
            let start = text.floor_char_boundary(same.saturating_sub(BEFORE));
            let end = text.floor_char_boundary(text.len().min(same + AFTER));
            text[start..end].to_owned()
        };
        Self { cache: cache.to_owned(), held: excerpt(&held), answered: excerpt(&answered) }
    }
}

/// How much is shown before and after the first difference.
const BEFORE: usize = 200;
const AFTER: usize = 200;
