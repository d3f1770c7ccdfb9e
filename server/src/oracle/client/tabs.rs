//! The two tabs of a browser: the leading one has the connections, and sends what it receives to the
//! other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contract::{Cursor, OrganizationId, StreamMessage};
use tokio::sync::{Mutex, MutexGuard, mpsc};

use super::Scope;
use super::state::TabState;
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::rng::Rng;

/// A message from the leading tab to the following one.
#[derive(Debug)]
pub(super) enum TabMessage {
    Change(Scope, Box<StreamMessage>, Cursor),
    Advanced(Scope, Cursor),
    /// The leading tab has subscribed to the organization again, from this cursor.
    Resubscribed(OrganizationId, Cursor),
    Reset(Scope, Cursor),
    AccessLost(OrganizationId, Cursor),
}

/// Both tabs.
#[derive(Debug)]
pub(super) struct Tabs {
    leading: Mutex<TabState>,
    following: Mutex<TabState>,
    channel: mpsc::UnboundedSender<(u64, TabMessage)>,
    /// Grows when another page becomes the following tab: messages to the page before it don't apply.
    page: AtomicU64,
}

impl Tabs {
    /// The tabs, and the queue of messages to the following one.
    pub(super) fn new(
        leading: TabState,
        following: TabState,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<(u64, TabMessage)>) {
        let (channel, messages) = mpsc::unbounded_channel();
        let (leading, following) = (Mutex::new(leading), Mutex::new(following));
        (Arc::new(Self { leading, following, channel, page: AtomicU64::new(0) }), messages)
    }

    pub(super) async fn leading(&self) -> MutexGuard<'_, TabState> {
        self.leading.lock().await
    }

    pub(super) async fn following(&self) -> MutexGuard<'_, TabState> {
        self.following.lock().await
    }

    /// Sends a message to the following tab. The caller has locked the leading tab, so that messages
    /// stay in order.
    pub(super) fn send(&self, message: TabMessage) {
        let page = self.page.load(Ordering::SeqCst);
        // The receiver exists as long as the browser.
        let _ = self.channel.send((page, message));
    }

    /// Delivers messages to the following tab, some with a delay, until the browser is closed.
    pub(super) async fn deliver_messages(
        self: Arc<Self>,
        mut messages: mpsc::UnboundedReceiver<(u64, TabMessage)>,
        person: Person,
        nodes: Arc<Nodes>,
        mut rng: Rng,
    ) {
        while let Some((page, message)) = messages.recv().await {
            if rng.chance(10) {
                tokio::time::sleep(Duration::from_millis(rng.next() % 20)).await;
            }
            let mut following = self.following.lock().await;
            if page == self.page.load(Ordering::SeqCst) {
                following.handle_message(&person, &nodes, &mut rng, message).await;
            }
        }
    }

    /// Closes the leading tab while some of its messages are not delivered. The other tab takes the
    /// lead, and another page is opened.
    pub(super) async fn take_over(&self, person: &Person, nodes: &Nodes, rng: &mut Rng) {
        let (mut leading, mut following) = (self.leading().await, self.following().await);
        std::mem::swap(&mut *leading, &mut *following);
        leading.take_over_from(&mut following);
        self.open_page(&mut following, person, nodes, rng).await;
    }

    /// Reloads both pages; the data of the leading one is read some time after `cursor`.
    pub(super) async fn reload(
        &self,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
        cursor: Cursor,
    ) {
        let (mut leading, mut following) = (self.leading().await, self.following().await);
        leading.reload(person, nodes, rng, cursor).await;
        self.open_page(&mut following, person, nodes, rng).await;
    }

    /// Opens the pages of an organization in both tabs.
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
        self.open_page(&mut following, person, nodes, rng).await;
    }

    /// Replaces the following page. The new one receives messages from now on, and is loaded after
    /// that.
    async fn open_page(
        &self,
        following: &mut TabState,
        person: &Person,
        nodes: &Nodes,
        rng: &mut Rng,
    ) {
        self.page.fetch_add(1, Ordering::SeqCst);
        if let Some(cursor) = person.cursor(nodes, rng).await {
            following.reload(person, nodes, rng, cursor).await;
        }
    }
}
