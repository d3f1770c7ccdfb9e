//! The app's own queries as one browser holds them: read, patched, read again when they ask for it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use app::cache::{Members, Menu, MyInvitations, OrganizationDetail, Patch, Patched};
use app::cache::{PendingInvitations, Seen};
use app::contract::view::{InvitationView, Me};
use app::contract::{ApiError, Entity, OrganizationId, OrganizationRef, StreamMessage, UserId};

use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

/// A query: what was answered last and what messages made of it, as a live query of the app.
#[derive(Clone, Debug)]
struct Held<T> {
    answer: Result<T, ApiError>,
    stale: bool,
}

impl<T: Patch> Held<T> {
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
    detail: Held<OrganizationDetail>,
    members: Held<Members>,
    pending: Held<PendingInvitations>,
}

/// Everything that a browser holds.
#[derive(Debug)]
pub(super) struct Caches {
    seen: Seen,
    me: Held<Me>,
    menu: Held<Menu>,
    mine: Held<MyInvitations>,
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
            seen: Seen::default(),
            me: Held::fresh(person.read(nodes, rng, app::api::me::get).await),
            menu: Held::fresh(person.read(nodes, rng, Menu::fetch).await),
            mine: Held::fresh(person.read(nodes, rng, MyInvitations::fetch).await),
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
            detail: Held::fresh(person.read(nodes, rng, detail).await),
            members: Held::fresh(person.read(nodes, rng, || Members::fetch(id)).await),
            pending: Held::fresh(person.read(nodes, rng, || PendingInvitations::fetch(id)).await),
        };
        self.visits.insert(id, visit);
    }

    pub(super) fn visited(&self) -> Vec<OrganizationId> {
        self.visits.keys().copied().collect()
    }

    /// As after a reload: which messages were applied is not known any more.
    pub(super) fn forget_seen(&mut self) {
        self.seen.forget();
    }

    /// Applies a message of the stream.
    pub(super) fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        if !self.seen.admits(message) {
            return;
        }
        self.me.hear(message, reader);
        self.menu.hear(message, reader);
        self.mine.hear(message, reader);
        for visit in self.visits.values_mut() {
            visit.detail.hear(message, reader);
            visit.members.hear(message, reader);
            visit.pending.hear(message, reader);
        }
    }

    /// Reads again what asked for it.
    pub(super) async fn refresh(&mut self, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        if self.menu.stale {
            self.menu = Held::fresh(person.read(nodes, rng, Menu::fetch).await);
        }
        if self.mine.stale {
            self.mine = Held::fresh(person.read(nodes, rng, MyInvitations::fetch).await);
        }
        for (id, visit) in &mut self.visits {
            if visit.detail.stale {
                let fetch = || OrganizationDetail::fetch(OrganizationRef::Id(*id));
                visit.detail = Held::fresh(person.read(nodes, rng, fetch).await);
            }
            if visit.members.stale {
                visit.members = Held::fresh(person.read(nodes, rng, || Members::fetch(*id)).await);
            }
            if visit.pending.stale {
                let fetch = || PendingInvitations::fetch(*id);
                visit.pending = Held::fresh(person.read(nodes, rng, fetch).await);
            }
        }
    }

    /// What differs from a fresh read.
    pub(super) fn compare(&self, fresh: &Self) -> Option<Mismatch> {
        let user = |held: &Held<Me>| held.answer.clone().map(|me| me.user);
        let mine =
            |held: &Held<MyInvitations>| held.answer.clone().map(|list| comparable(&list.items));
        differs("me", &user(&self.me), &user(&fresh.me))
            .or_else(|| differs("menu", &self.menu.answer, &fresh.menu.answer))
            .or_else(|| differs("my invitations", &mine(&self.mine), &mine(&fresh.mine)))
            .or_else(|| {
                let both = fresh
                    .visits
                    .iter()
                    .filter_map(|(id, visit)| self.visits.get(id).map(|held| (id, held, visit)));
                both.into_iter().find_map(|(id, held, fresh)| held.compare(*id, fresh))
            })
    }
}

impl Visit {
    /// What may not be read is not on the screen either; then only the way it went matters.
    fn compare(&self, id: OrganizationId, fresh: &Self) -> Option<Mismatch> {
        let name = |what: &str| format!("{what} of {id}");
        let detail = match (&self.detail.answer, &fresh.detail.answer) {
            (_, Ok(_)) => differs(&name("detail"), &self.detail.answer, &fresh.detail.answer),
            (Ok(held), Err(_)) if held.departure.is_none() => {
                Some(Mismatch::of(&name("departure"), held, &fresh.detail.answer))
            }
            _ => None,
        };
        let members = fresh
            .members
            .answer
            .is_ok()
            .then(|| differs(&name("members"), &self.members.answer, &fresh.members.answer));
        let list = |held: &Held<PendingInvitations>| {
            held.answer.as_ref().map(|list| comparable(&list.items)).map_err(Clone::clone)
        };
        let (held, answered) = (list(&self.pending), list(&fresh.pending));
        let pending = match (&held, &answered) {
            (_, Ok(_)) => differs(&name("pending invitations"), &held, &answered),
            (Ok(items), Err(_)) if !items.is_empty() => {
                Some(Mismatch::of(&name("pending invitations"), items, &answered))
            }
            _ => None,
        };
        detail.or(members.flatten()).or(pending)
    }
}

/// Without what an invitation only quotes: neither the invited nor its admins are told when the
/// organization or the one who invited is renamed.
fn comparable(items: &[InvitationView]) -> Vec<InvitationView> {
    let mut items = items.to_vec();
    for item in &mut items {
        item.invited_by = None;
        item.organization.name = app::contract::Name::parse("-").unwrap();
        item.organization.slug = app::contract::Slug::parse("quoted").unwrap();
    }
    items
}

fn differs<T: PartialEq + Debug>(cache: &str, held: &T, answered: &T) -> Option<Mismatch> {
    (held != answered).then(|| Mismatch::of(cache, held, answered))
}

impl Mismatch {
    fn of(cache: &str, held: &impl Debug, answered: &impl Debug) -> Self {
        Self {
            cache: cache.to_owned(),
            held: format!("{held:?}"),
            answered: format!("{answered:?}"),
        }
    }
}
