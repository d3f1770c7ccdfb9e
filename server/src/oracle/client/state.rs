//! What a tab holds: its caches, and where it stands on each stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use contract::{Cursor, OrganizationId, StreamMessage};

use super::Scope;
use super::tabs::Told;
use crate::oracle::caches::Caches;
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::rng::Rng;
use crate::oracle::transcript::Transcript;

/// Counts the tenures of all connections.
static TENURES: AtomicU64 = AtomicU64::new(1);

/// How many places back a browser can return to.
const REMEMBERED: usize = 50;

/// Where a tab stands on one stream.
#[derive(Debug)]
pub(in crate::oracle) struct Place {
    pub(in crate::oracle) cursor: Cursor,
    pub(in crate::oracle) transcript: Transcript,
    trail: Vec<Cursor>,
    /// A connection speaks for the tab as long as this stays what it was.
    pub(super) tenure: u64,
    /// Whether there is anything to hear.
    open: bool,
}

impl Place {
    fn at(cursor: Cursor, tenure: u64) -> Self {
        Self { cursor, transcript: Transcript::default(), trail: vec![cursor], tenure, open: true }
    }

    pub(super) fn advance(&mut self, cursor: Cursor) {
        self.cursor = cursor;
        self.trail.push(cursor);
        if self.trail.len() > REMEMBERED {
            self.trail.remove(0);
        }
    }

    fn is_past(&self, cursor: Cursor) -> bool {
        self.cursor.epoch == cursor.epoch && self.cursor.position >= cursor.position
    }

    fn is_newer_than(&self, cursor: Cursor) -> bool {
        self.cursor != cursor && self.is_past(cursor)
    }

    fn rewind(&mut self, steps: usize, tenure: u64) {
        self.trail.truncate(self.trail.len().saturating_sub(steps).max(1));
        self.cursor = self.trail[self.trail.len() - 1];
        self.tenure = tenure;
    }

    /// Goes on from a cursor that says nothing about the former ones.
    fn start_over(&mut self, cursor: Cursor) {
        self.trail.clear();
        self.advance(cursor);
    }
}

#[derive(Debug)]
pub(in crate::oracle) struct State {
    pub(in crate::oracle) caches: Caches,
    pub(in crate::oracle) resets: u64,
    pub(in crate::oracle) connections: u64,
    user: Place,
    /// On the streams of the organizations whose notes are on the screen.
    notes: BTreeMap<OrganizationId, Place>,
}

impl State {
    /// A page that was just loaded.
    pub(super) async fn read(person: &Person, nodes: &Nodes, rng: &mut Rng) -> Self {
        let cursor = person.cursor(nodes, rng).await.expect("who opens a page has just signed in");
        Self {
            caches: Caches::read(person, nodes, rng, &[]).await,
            resets: 0,
            connections: 0,
            user: Place::at(cursor, next_tenure()),
            notes: BTreeMap::new(),
        }
    }

    /// Where it stands on that stream, if it follows it.
    pub(super) fn place(&mut self, scope: Scope) -> Option<&mut Place> {
        let place = match scope {
            Scope::User => Some(&mut self.user),
            Scope::Organization(id) => self.notes.get_mut(&id),
        };
        place.filter(|place| place.open)
    }

    /// Where it would go on, on the stream of the user.
    pub(in crate::oracle) const fn cursor(&self) -> Cursor {
        self.user.cursor
    }

    /// Where it stands, or stood, on all streams.
    pub(in crate::oracle) fn places(&mut self) -> impl Iterator<Item = (Scope, &mut Place)> {
        let notes = self.notes.iter_mut().map(|(id, place)| (Scope::Organization(*id), place));
        std::iter::once((Scope::User, &mut self.user)).chain(notes)
    }

    /// Where the connection with that tenure speaks for; none when it doesn't any more.
    pub(super) fn held_by(&mut self, scope: Scope, tenure: u64) -> Option<&mut Place> {
        self.place(scope).filter(|place| place.tenure == tenure)
    }

    /// A message of the stream: applied, then what asks for it is read again. Gives which
    /// organizations are followed from another place since.
    pub(super) async fn hear(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        message: &StreamMessage,
    ) -> Vec<(OrganizationId, Cursor)> {
        self.caches.hear(message, person.id);
        self.caches.refresh(person, nodes, rng).await;
        let mut begun = Vec::new();
        for id in self.caches.notes_to_read() {
            begun.extend(self.begin_notes(person, nodes, rng, id).await.map(|cursor| (id, cursor)));
        }
        begun
    }

    /// Reads an organization's notes and follows them from before that.
    async fn begin_notes(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
    ) -> Option<Cursor> {
        let cursor = person.cursor(nodes, rng).await?;
        self.caches.read_notes(person, nodes, rng, id).await;
        self.follow_notes([id].into(), cursor);
        Some(cursor)
    }

    /// The cursor is void: everything is read again.
    pub(super) async fn reset(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        scope: Scope,
        cursor: Cursor,
    ) {
        self.resets += 1;
        self.caches.forget_seen();
        match scope {
            Scope::User => self.read_all(person, nodes, rng, cursor).await,
            Scope::Organization(id) => self.caches.read_notes(person, nodes, rng, id).await,
        }
        if let Some(place) = self.place(scope) {
            place.transcript.reset(cursor);
            place.start_over(cursor);
        }
    }

    /// The page is loaded again; its cursor was taken before.
    pub(super) async fn reload(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        cursor: Cursor,
    ) {
        self.caches.forget_seen();
        self.read_all(person, nodes, rng, cursor).await;
        self.user.start_over(cursor);
        self.user.tenure = next_tenure();
    }

    async fn read_all(&mut self, person: &Person, nodes: &Nodes, rng: &mut Rng, cursor: Cursor) {
        let visited = self.caches.visited();
        self.caches = Caches::read(person, nodes, rng, &visited).await;
        self.follow_notes(visited.into_iter().collect(), cursor);
    }

    pub(super) async fn visit(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
        cursor: Cursor,
    ) {
        self.caches.visit(person, nodes, rng, id).await;
        self.follow_notes([id].into(), cursor);
    }

    /// Follows those of the organizations whose notes were answered, from a cursor that was taken
    /// before. Former connections speak no more: they may be in an older past than what was read.
    fn follow_notes(&mut self, read: BTreeSet<OrganizationId>, cursor: Cursor) {
        let shown = self.caches.noted();
        for id in read {
            let tenure = next_tenure();
            let place = self.notes.entry(id).or_insert_with(|| Place::at(cursor, tenure));
            place.open = shown.contains(&id);
            place.start_over(cursor);
            place.tenure = tenure;
        }
    }

    /// The stream of an organization said that the reader lost access. The user's stream may have
    /// said so before, and notes came since: they go now.
    pub(super) fn stop_following(&mut self, id: OrganizationId) {
        self.caches.lose_notes(id);
        if let Some(place) = self.notes.get_mut(&id) {
            place.open = false;
        }
    }

    pub(super) fn rewind(&mut self, steps: usize) {
        self.caches.forget_seen();
        let tenure = next_tenure();
        self.places().for_each(|(_, place)| place.rewind(steps, tenure));
    }

    /// What the leading tab heard.
    pub(super) async fn be_told(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        told: Told,
    ) {
        match told {
            Told::Change(scope, message, cursor) => {
                let Some(place) = self.place(scope) else { return };
                // The page was read after that.
                if place.is_past(cursor) {
                    return;
                }
                place.advance(cursor);
                let _ = self.hear(person, nodes, rng, &message).await;
            }
            Told::Begun(id, cursor) => {
                // What was between its place and the leader's will not be told.
                let place = self.place(Scope::Organization(id));
                if place.is_some_and(|place| !place.is_past(cursor)) {
                    self.begin_notes(person, nodes, rng, id).await;
                }
            }
            Told::Moved(scope, cursor) => {
                let place = self.place(scope);
                if let Some(place) = place.filter(|place| !place.is_past(cursor)) {
                    place.advance(cursor);
                }
            }
            Told::Reset(scope, cursor) => self.reset(person, nodes, rng, scope, cursor).await,
            Told::AccessLost(id, cursor) => {
                // The page was read after that: access may have been given anew.
                let place = self.place(Scope::Organization(id));
                if place.is_none_or(|place| !place.is_newer_than(cursor)) {
                    self.stop_following(id);
                }
            }
        }
    }

    /// Takes the lead after another tab, from its own place.
    pub(super) fn succeed(&mut self, former: &mut Self) {
        self.resets += std::mem::take(&mut former.resets);
        self.connections += std::mem::take(&mut former.connections);
        for (scope, place) in self.places() {
            place.tenure = next_tenure();
            let heard = match scope {
                Scope::User => Some(&mut former.user),
                Scope::Organization(id) => former.notes.get_mut(&id),
            };
            place.transcript =
                heard.map(|its| std::mem::take(&mut its.transcript)).unwrap_or_default();
        }
    }
}

fn next_tenure() -> u64 {
    TENURES.fetch_add(1, Ordering::Relaxed)
}
