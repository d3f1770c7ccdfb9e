//! A browser with two tabs that follows the client rules of the protocol, and that faults can hit.

mod connection;
mod state;
mod tabs;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract::OrganizationId;
use tokio::sync::{MutexGuard, watch};
use tokio::task::JoinSet;

use self::connection::{NetworkState, StreamConnection};
use self::state::TabState;
use self::tabs::Tabs;
use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

pub(super) use self::connection::Scope;

/// How long streams may outlive their session. Longer than the server guarantees, because the machine
/// may be busy.
const STREAM_END_TIMEOUT: Duration = Duration::from_secs(10);

/// A browser. Its connections run in tasks of their own.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) person: Person,
    nodes: Arc<Nodes>,
    rng: Rng,
    tabs: Arc<Tabs>,
    network: watch::Sender<NetworkState>,
    /// The connection tasks, and the task that delivers messages between the tabs.
    tasks: JoinSet<()>,
    /// The organizations whose streams have a connection task.
    subscribed: BTreeSet<OrganizationId>,
    /// The number of open streams.
    open_streams: Arc<AtomicUsize>,
    /// Actions that take some time, such as a reload.
    actions: JoinSet<()>,
}

impl Client {
    /// Signs in, loads the page twice and connects.
    pub(super) async fn open(
        name: String,
        person: &Person,
        nodes: Arc<Nodes>,
        mut rng: Rng,
    ) -> Self {
        let person = person.in_another_browser(&nodes, &mut rng).await;
        let leading = TabState::load(&person, &nodes, &mut rng.fork(1)).await;
        let following = TabState::load(&person, &nodes, &mut rng.fork(2)).await;
        let (tabs, messages) = Tabs::new(leading, following);
        let mut client = Self {
            name,
            person,
            nodes,
            rng,
            tabs,
            network: watch::Sender::new(NetworkState::default()),
            tasks: JoinSet::new(),
            subscribed: BTreeSet::new(),
            open_streams: Arc::default(),
            actions: JoinSet::new(),
        };
        let (tabs, rng) = (Arc::clone(&client.tabs), client.fork_rng());
        let (person, nodes) = (client.person.clone(), Arc::clone(&client.nodes));
        client.tasks.spawn(tabs.deliver_messages(messages, person, nodes, rng));
        client.subscribe(Scope::User);
        client
    }

    fn subscribe(&mut self, scope: Scope) {
        let connection = StreamConnection {
            scope,
            person: self.person.clone(),
            nodes: Arc::clone(&self.nodes),
            rng: self.fork_rng(),
            tabs: Arc::clone(&self.tabs),
            network: self.network.subscribe(),
            open_streams: Arc::clone(&self.open_streams),
        };
        self.tasks.spawn(connection.run());
    }

    fn fork_rng(&mut self) -> Rng {
        Rng::new(self.rng.next())
    }

    /// The tab that has the connections.
    pub(super) async fn leading(&self) -> MutexGuard<'_, TabState> {
        self.tabs.leading().await
    }

    /// The tab that receives the leading tab's messages.
    pub(super) async fn following(&self) -> MutexGuard<'_, TabState> {
        self.tabs.following().await
    }

    /// Disconnects the browser from the network, or reconnects it.
    pub(super) fn set_offline(&self, offline: bool) {
        self.network.send_modify(|network| network.offline = offline);
    }

    /// Stops reading from the open connections, or continues.
    pub(super) fn set_paused(&self, paused: bool) {
        self.network.send_modify(|network| network.paused = paused);
    }

    /// Cuts all connections. Each reconnects to a random node.
    pub(super) fn cut_connections(&self) {
        self.network.send_modify(|network| network.cuts += 1);
    }

    /// Reconnects with the cursors from `steps` messages ago, and forgets what was applied.
    pub(super) async fn rewind(&self, steps: usize) {
        self.leading().await.rewind(steps);
        self.cut_connections();
    }

    /// Reloads the page. Its data is read `pause` after its cursor.
    pub(super) fn reload(&mut self, pause: Duration) {
        self.spawn_action(async move |tabs, person, nodes, mut rng| {
            let Some(cursor) = person.cursor(&nodes, &mut rng).await else { return };
            tokio::time::sleep(pause).await;
            tabs.reload(&person, &nodes, &mut rng, cursor).await;
        });
    }

    /// Closes the leading tab, so that the other one takes the lead.
    pub(super) fn change_leader(&mut self) {
        self.spawn_action(async move |tabs, person, nodes, mut rng| {
            tabs.take_over(&person, &nodes, &mut rng).await;
        });
    }

    /// Opens the pages of an organization.
    pub(super) fn visit(&mut self, id: OrganizationId) {
        self.spawn_action(async move |tabs, person, nodes, mut rng| {
            let Some(cursor) = person.cursor(&nodes, &mut rng).await else { return };
            tabs.visit(&person, &nodes, &mut rng, id, cursor).await;
        });
        if self.subscribed.insert(id) {
            self.subscribe(Scope::Organization(id));
        }
    }

    /// Runs an action in the background. The connections are cut at its end, because they belong to
    /// the former state of the tab.
    fn spawn_action<Action>(
        &mut self,
        act: impl FnOnce(Arc<Tabs>, Person, Arc<Nodes>, Rng) -> Action,
    ) where
        Action: Future<Output = ()> + Send + 'static,
    {
        let (tabs, nodes, network) =
            (Arc::clone(&self.tabs), Arc::clone(&self.nodes), self.network.clone());
        let action = act(tabs, self.person.clone(), nodes, self.fork_rng());
        self.actions.spawn(async move {
            action.await;
            network.send_modify(|network| network.cuts += 1);
        });
    }

    /// Ends all faults of the browser, waits for its actions, and signs in again if the session is
    /// over. An error when an action has failed or a stream has outlived its session.
    pub(super) async fn recover(&mut self) -> Result<(), String> {
        self.set_offline(false);
        self.set_paused(false);
        self.finish_actions().await?;
        let mut rng = self.fork_rng();
        if self.person.is_signed_out(&self.nodes, &mut rng).await {
            self.wait_for_streams_to_end().await?;
            self.person.sign_in_again(&self.nodes, &mut rng).await;
            self.reload(Duration::ZERO);
            self.finish_actions().await?;
        }
        Ok(())
    }

    async fn finish_actions(&mut self) -> Result<(), String> {
        while let Some(done) = self.actions.join_next().await {
            done.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Waits until every stream of a session that is over has ended. An error when one stays open.
    pub(super) async fn wait_for_streams_to_end(&self) -> Result<(), String> {
        self.set_offline(false);
        self.set_paused(false);
        let deadline = Instant::now() + STREAM_END_TIMEOUT;
        while self.open_streams.load(Ordering::SeqCst) > 0 {
            if Instant::now() > deadline {
                return Err("a stream outlives its session".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// The failure of a connection task, which panics when the server violates the protocol.
    pub(super) fn failed_task(&mut self) -> Option<String> {
        let ended = self.tasks.try_join_next()?;
        Some(ended.map_or_else(|error| error.to_string(), |()| "a task ended".to_owned()))
    }
}
