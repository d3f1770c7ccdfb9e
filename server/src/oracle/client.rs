//! One browser with two tabs: follows the client rules, and has every misfortune that a browser can
//! have.

mod line;
mod state;
mod tabs;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract::OrganizationId;
use tokio::sync::{MutexGuard, watch};
use tokio::task::JoinSet;

use self::line::{Control, Line};
use self::state::State;
use self::tabs::Tabs;
use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

pub(super) use self::line::Scope;

/// How long streams may outlive their session. Longer than promised: the machine is busy.
const OUTLIVING: Duration = Duration::from_secs(10);

/// A browser that runs on its own.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) person: Person,
    nodes: Arc<Nodes>,
    rng: Rng,
    tabs: Arc<Tabs>,
    control: watch::Sender<Control>,
    lines: JoinSet<()>,
    /// The organizations whose streams have a line.
    lined: BTreeSet<OrganizationId>,
    /// How many of the lines are connected.
    connections: Arc<AtomicUsize>,
    /// What takes its time.
    chores: JoinSet<()>,
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
        let leading = State::read(&person, &nodes, &mut rng.fork(1)).await;
        let following = State::read(&person, &nodes, &mut rng.fork(2)).await;
        let (tabs, told) = Tabs::new(leading, following);
        let mut client = Self {
            name,
            person,
            nodes,
            rng,
            tabs,
            control: watch::Sender::new(Control::default()),
            lines: JoinSet::new(),
            lined: BTreeSet::new(),
            connections: Arc::default(),
            chores: JoinSet::new(),
        };
        let (tabs, source) = (Arc::clone(&client.tabs), client.source());
        let (person, nodes) = (client.person.clone(), Arc::clone(&client.nodes));
        client.lines.spawn(tabs.follow(told, person, nodes, source));
        client.connect(Scope::User);
        client
    }

    fn connect(&mut self, scope: Scope) {
        let line = Line {
            scope,
            person: self.person.clone(),
            nodes: Arc::clone(&self.nodes),
            rng: self.source(),
            tabs: Arc::clone(&self.tabs),
            control: self.control.subscribe(),
            connections: Arc::clone(&self.connections),
        };
        self.lines.spawn(line.run());
    }

    fn source(&mut self) -> Rng {
        Rng::new(self.rng.next())
    }

    /// The tab for which the connections speak.
    pub(super) async fn leading(&self) -> MutexGuard<'_, State> {
        self.tabs.leading().await
    }

    /// The tab that is told by the other one.
    pub(super) async fn following(&self) -> MutexGuard<'_, State> {
        self.tabs.following().await
    }

    /// The network is gone, or comes back.
    pub(super) fn set_offline(&self, offline: bool) {
        self.control.send_modify(|control| control.offline = offline);
    }

    /// It stays connected but reads nothing more, or reads again.
    pub(super) fn set_paused(&self, paused: bool) {
        self.control.send_modify(|control| control.paused = paused);
    }

    /// Its connections are cut; it reconnects, each to whichever node.
    pub(super) fn cut(&self) {
        self.control.send_modify(|control| control.cuts += 1);
    }

    /// It forgets what it applied, and comes back with cursors from so many messages ago.
    pub(super) async fn rewind(&self, steps: usize) {
        self.leading().await.rewind(steps);
        self.cut();
    }

    /// The page is loaded again, its data that long after the cursor.
    pub(super) fn reload(&mut self, pause: Duration) {
        self.later(async move |tabs, person, nodes, mut rng| {
            let Some(cursor) = person.cursor(&nodes, &mut rng).await else { return };
            tokio::time::sleep(pause).await;
            tabs.reload(&person, &nodes, &mut rng, cursor).await;
        });
    }

    /// The leading tab is closed, and the other one leads.
    pub(super) fn change_leader(&mut self) {
        self.later(async move |tabs, person, nodes, mut rng| {
            tabs.take_over(&person, &nodes, &mut rng).await;
        });
    }

    /// The pages of an organization are opened.
    pub(super) fn visit(&mut self, id: OrganizationId) {
        self.later(async move |tabs, person, nodes, mut rng| {
            let Some(cursor) = person.cursor(&nodes, &mut rng).await else { return };
            tabs.visit(&person, &nodes, &mut rng, id, cursor).await;
        });
        if self.lined.insert(id) {
            self.connect(Scope::Organization(id));
        }
    }

    /// Does what takes its time. The connections are cut then: they spoke for the tab as it was.
    fn later<Doing>(&mut self, act: impl FnOnce(Arc<Tabs>, Person, Arc<Nodes>, Rng) -> Doing)
    where
        Doing: Future<Output = ()> + Send + 'static,
    {
        let (tabs, nodes, control) =
            (Arc::clone(&self.tabs), Arc::clone(&self.nodes), self.control.clone());
        let acting = act(tabs, self.person.clone(), nodes, self.source());
        self.chores.spawn(async move {
            acting.await;
            control.send_modify(|control| control.cuts += 1);
        });
    }

    /// Whatever happened to it is over; who was signed out is signed in again. An error when it
    /// broke on the way.
    pub(super) async fn recover(&mut self) -> Result<(), String> {
        self.set_offline(false);
        self.set_paused(false);
        self.finish().await?;
        let mut rng = self.source();
        if self.person.is_signed_out(&self.nodes, &mut rng).await {
            self.streams_end().await?;
            self.person.sign_in_again(&self.nodes, &mut rng).await;
            self.reload(Duration::ZERO);
            self.finish().await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), String> {
        while let Some(done) = self.chores.join_next().await {
            done.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Waits until no stream of a session that is over is left. An error when one stays.
    pub(super) async fn streams_end(&self) -> Result<(), String> {
        self.set_offline(false);
        self.set_paused(false);
        let deadline = Instant::now() + OUTLIVING;
        while self.connections.load(Ordering::SeqCst) > 0 {
            if Instant::now() > deadline {
                return Err("a stream outlives its session".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Whether its lines still follow the rules; a panic ends them.
    pub(super) fn breakage(&mut self) -> Option<String> {
        let ended = self.lines.try_join_next()?;
        Some(ended.map_or_else(|error| error.to_string(), |()| "a line ended".to_owned()))
    }
}
