//! The two tabs of a browser: one leads, the other is told what it hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contract::{Cursor, OrganizationId, StreamMessage};
use tokio::sync::{Mutex, MutexGuard, mpsc};

use super::Scope;
use super::state::State;
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::rng::Rng;

/// What the leading tab tells the other one.
#[derive(Debug)]
pub(super) enum Told {
    Change(Scope, Box<StreamMessage>, Cursor),
    Moved(Scope, Cursor),
    /// It follows the organization from there on.
    Begun(OrganizationId, Cursor),
    Reset(Scope, Cursor),
    AccessLost(OrganizationId, Cursor),
}

/// Both tabs. The connections speak for the leading one.
#[derive(Debug)]
pub(super) struct Tabs {
    leading: Mutex<State>,
    following: Mutex<State>,
    channel: mpsc::UnboundedSender<(u64, Told)>,
    /// Grows when another page follows: what was told to the one before it isn't for it.
    page: AtomicU64,
}

impl Tabs {
    /// Gives the tabs, and what the following one is told.
    pub(super) fn new(
        leading: State,
        following: State,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<(u64, Told)>) {
        let (channel, told) = mpsc::unbounded_channel();
        let (leading, following) = (Mutex::new(leading), Mutex::new(following));
        (Arc::new(Self { leading, following, channel, page: AtomicU64::new(0) }), told)
    }

    pub(super) async fn leading(&self) -> MutexGuard<'_, State> {
        self.leading.lock().await
    }

    pub(super) async fn following(&self) -> MutexGuard<'_, State> {
        self.following.lock().await
    }

    /// Tells the other tab. To be called with the leading one held, so that all is told in order.
    pub(super) fn tell(&self, told: Told) {
        let page = self.page.load(Ordering::SeqCst);
        // The other tab is there as long as the browser.
        let _ = self.channel.send((page, told));
    }

    /// Passes on what is told, each after a moment, until the browser is gone.
    pub(super) async fn follow(
        self: Arc<Self>,
        mut told: mpsc::UnboundedReceiver<(u64, Told)>,
        person: Person,
        nodes: Arc<Nodes>,
        mut rng: Rng,
    ) {
        while let Some((page, told)) = told.recv().await {
            if rng.chance(10) {
                tokio::time::sleep(Duration::from_millis(rng.next() % 20)).await;
            }
            let mut following = self.following.lock().await;
            if page == self.page.load(Ordering::SeqCst) {
                following.be_told(&person, &nodes, &mut rng, told).await;
            }
        }
    }

    /// The leading tab is closed while some of what it told is on its way; the other one leads, and
    /// another page is opened.
    pub(super) async fn take_over(&self, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        let (mut leading, mut following) = (self.leading().await, self.following().await);
        std::mem::swap(&mut *leading, &mut *following);
        leading.succeed(&mut following);
        self.open(&mut following, person, nodes, rng).await;
    }

    /// Both pages are loaded again; the data of the leading one is read long after `cursor`.
    pub(super) async fn reload(
        &self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        cursor: Cursor,
    ) {
        let (mut leading, mut following) = (self.leading().await, self.following().await);
        leading.reload(person, nodes, rng, cursor).await;
        self.open(&mut following, person, nodes, rng).await;
    }

    /// The pages of an organization are opened in both.
    pub(super) async fn visit(
        &self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        id: OrganizationId,
        cursor: Cursor,
    ) {
        let (mut leading, mut following) = (self.leading().await, self.following().await);
        leading.visit(person, nodes, rng, id, cursor).await;
        following.visit(person, nodes, rng, id, cursor).await;
        self.open(&mut following, person, nodes, rng).await;
    }

    /// A page in the place of the one that follows. It is told from here on, and read after that.
    async fn open(&self, following: &mut State, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        self.page.fetch_add(1, Ordering::SeqCst);
        if let Some(cursor) = person.cursor(nodes, rng).await {
            following.reload(person, nodes, rng, cursor).await;
        }
    }
}
