//! The state of a tab: its caches, and its position on each stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use contract::{Cursor, OrganizationId, StreamMessage};

use super::Scope;
use super::tabs::TabMessage;
use crate::oracle::caches::Caches;
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::received_events::ReceivedEvents;
use crate::oracle::rng::Rng;

/// Counts the generations of all stream positions.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// How many former cursors a browser can return to.
const MAX_FORMER_CURSORS: usize = 50;

/// The position of a tab on one stream.
#[derive(Debug)]
pub(in crate::oracle) struct StreamPosition {
    pub(in crate::oracle) cursor: Cursor,
    pub(in crate::oracle) received: ReceivedEvents,
    former_cursors: Vec<Cursor>,
    /// Changes when a connection with the former generation may not change the tab any more.
    pub(super) generation: u64,
    /// Whether the reader has access to the stream.
    is_subscribed: bool,
}

impl StreamPosition {
    fn new(cursor: Cursor, generation: u64) -> Self {
        Self {
            cursor,
            received: ReceivedEvents::default(),
            former_cursors: vec![cursor],
            generation,
            is_subscribed: true,
        }
    }

    pub(super) fn advance(&mut self, cursor: Cursor) {
        self.cursor = cursor;
        self.former_cursors.push(cursor);
        if self.former_cursors.len() > MAX_FORMER_CURSORS {
            self.former_cursors.remove(0);
        }
    }

    fn has_reached(&self, cursor: Cursor) -> bool {
        self.cursor.epoch == cursor.epoch && self.cursor.position >= cursor.position
    }

    fn is_newer_than(&self, cursor: Cursor) -> bool {
        self.cursor != cursor && self.has_reached(cursor)
    }

    fn rewind(&mut self, steps: usize, generation: u64) {
        self.former_cursors.truncate(self.former_cursors.len().saturating_sub(steps).max(1));
        self.cursor = self.former_cursors[self.former_cursors.len() - 1];
        self.generation = generation;
    }

    /// Continues from a cursor that isn't comparable to the former ones.
    fn restart_at(&mut self, cursor: Cursor) {
        self.former_cursors.clear();
        self.advance(cursor);
    }
}

#[derive(Debug)]
pub(in crate::oracle) struct TabState {
    pub(in crate::oracle) caches: Caches,
    pub(in crate::oracle) resets: u64,
    pub(in crate::oracle) connections: u64,
    user: StreamPosition,
    /// The positions on the streams of organizations whose notes are shown.
    notes: BTreeMap<OrganizationId, StreamPosition>,
}

impl TabState {
    /// The state of a page that was just loaded.
    pub(super) async fn load(person: &Person, nodes: &Nodes, rng: &mut Rng) -> Self {
        let cursor = person.cursor(nodes, rng).await.expect("the person has just signed in");
        Self {
            caches: Caches::read(person, nodes, rng, &[]).await,
            resets: 0,
            connections: 0,
            user: StreamPosition::new(cursor, next_generation()),
            notes: BTreeMap::new(),
        }
    }

    /// The position on a stream, if the tab is subscribed to it.
    pub(super) fn position(&mut self, scope: Scope) -> Option<&mut StreamPosition> {
        let position = match scope {
            Scope::User => Some(&mut self.user),
            Scope::Organization(id) => self.notes.get_mut(&id),
        };
        position.filter(|position| position.is_subscribed)
    }

    /// The cursor on the user's stream.
    pub(in crate::oracle) const fn cursor(&self) -> Cursor {
        self.user.cursor
    }

    /// The positions on all streams, including those that the tab has unsubscribed from.
    pub(in crate::oracle) fn positions(
        &mut self,
    ) -> impl Iterator<Item = (Scope, &mut StreamPosition)> {
        let notes =
            self.notes.iter_mut().map(|(id, position)| (Scope::Organization(*id), position));
        std::iter::once((Scope::User, &mut self.user)).chain(notes)
    }

    /// The position that a connection of this generation may change; none when it is outdated.
    pub(super) fn position_of_generation(
        &mut self,
        scope: Scope,
        generation: u64,
    ) -> Option<&mut StreamPosition> {
        self.position(scope).filter(|position| position.generation == generation)
    }

    /// Applies a message, then fetches stale queries again. Returns the organizations whose streams
    /// were subscribed again, with their new cursors.
    pub(super) async fn apply(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        message: &StreamMessage,
    ) -> Vec<(OrganizationId, Cursor)> {
        self.caches.apply(message, person.id);
        self.caches.refetch_stale(person, nodes, rng).await;
        let mut resubscribed = Vec::new();
        for id in self.caches.stale_notes() {
            let cursor = self.resubscribe(person, nodes, rng, id).await;
            resubscribed.extend(cursor.map(|cursor| (id, cursor)));
        }
        resubscribed
    }

    /// Fetches an organization's notes, and subscribes to its stream from a cursor before that.
    async fn resubscribe(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
    ) -> Option<Cursor> {
        let cursor = person.cursor(nodes, rng).await?;
        self.caches.read_notes(person, nodes, rng, id).await;
        self.subscribe([id].into(), cursor);
        Some(cursor)
    }

    /// The stream was reset: everything is fetched again.
    pub(super) async fn reset(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        scope: Scope,
        cursor: Cursor,
    ) {
        self.resets += 1;
        self.caches.forget_applied();
        match scope {
            Scope::User => self.read_all(person, nodes, rng, cursor).await,
            Scope::Organization(id) => self.caches.read_notes(person, nodes, rng, id).await,
        }
        if let Some(position) = self.position(scope) {
            position.received.reset(cursor);
            position.restart_at(cursor);
        }
    }

    /// Loads the page again; `cursor` was read before.
    pub(super) async fn reload(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        cursor: Cursor,
    ) {
        self.caches.forget_applied();
        self.read_all(person, nodes, rng, cursor).await;
        self.user.restart_at(cursor);
        self.user.generation = next_generation();
    }

    async fn read_all(&mut self, person: &Person, nodes: &Nodes, rng: &mut Rng, cursor: Cursor) {
        let visited = self.caches.visited();
        self.caches = Caches::read(person, nodes, rng, &visited).await;
        self.subscribe(visited.into_iter().collect(), cursor);
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
        self.subscribe([id].into(), cursor);
    }

    /// Subscribes to the streams of those organizations whose notes could be fetched, from a cursor
    /// that was read before. Former connections are outdated: they may be behind what was fetched.
    fn subscribe(&mut self, fetched: BTreeSet<OrganizationId>, cursor: Cursor) {
        let readable = self.caches.organizations_with_notes();
        for id in fetched {
            let generation = next_generation();
            let position =
                self.notes.entry(id).or_insert_with(|| StreamPosition::new(cursor, generation));
            position.is_subscribed = readable.contains(&id);
            position.restart_at(cursor);
            position.generation = generation;
        }
    }

    /// The stream of an organization has ended because the reader lost access. The user's stream may
    /// have said so before, and the notes may have been fetched since: they are removed now.
    pub(super) fn unsubscribe(&mut self, id: OrganizationId) {
        self.caches.remove_notes(id);
        if let Some(position) = self.notes.get_mut(&id) {
            position.is_subscribed = false;
        }
    }

    pub(super) fn rewind(&mut self, steps: usize) {
        self.caches.forget_applied();
        let generation = next_generation();
        self.positions().for_each(|(_, position)| position.rewind(steps, generation));
    }

    /// Handles a message from the leading tab.
    pub(super) async fn handle_message(
        &mut self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        message: TabMessage,
    ) {
        match message {
            TabMessage::Change(scope, message, cursor) => {
                let Some(position) = self.position(scope) else { return };
                // This page was loaded after the change.
                if position.has_reached(cursor) {
                    return;
                }
                position.advance(cursor);
                let _ = self.apply(person, nodes, rng, &message).await;
            }
            TabMessage::Resubscribed(id, cursor) => {
                // The leading tab skips the changes between this tab's position and its own.
                let position = self.position(Scope::Organization(id));
                if position.is_some_and(|position| !position.has_reached(cursor)) {
                    self.resubscribe(person, nodes, rng, id).await;
                }
            }
            TabMessage::Advanced(scope, cursor) => {
                let position = self.position(scope);
                if let Some(position) = position.filter(|position| !position.has_reached(cursor)) {
                    position.advance(cursor);
                }
            }
            TabMessage::Reset(scope, cursor) => self.reset(person, nodes, rng, scope, cursor).await,
            TabMessage::AccessLost(id, cursor) => {
                // If this page was loaded after that, access may have been granted again.
                let position = self.position(Scope::Organization(id));
                if position.is_none_or(|position| !position.is_newer_than(cursor)) {
                    self.unsubscribe(id);
                }
            }
        }
    }

    /// Takes over the lead from another tab, at this tab's own positions.
    pub(super) fn take_over_from(&mut self, former: &mut Self) {
        self.resets += std::mem::take(&mut former.resets);
        self.connections += std::mem::take(&mut former.connections);
        for (scope, position) in self.positions() {
            position.generation = next_generation();
            let former = match scope {
                Scope::User => Some(&mut former.user),
                Scope::Organization(id) => former.notes.get_mut(&id),
            };
            position.received =
                former.map(|its| std::mem::take(&mut its.received)).unwrap_or_default();
        }
    }
}

fn next_generation() -> u64 {
    GENERATIONS.fetch_add(1, Ordering::Relaxed)
}
