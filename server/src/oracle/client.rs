//! One browser: follows the client rules, and has every misfortune that a browser can have.

mod line;
mod state;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use app::contract::OrganizationId;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::task::JoinSet;

use self::line::{Control, Line};
use self::state::State;
use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;

pub(super) use self::line::Scope;

/// A browser that runs on its own.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) person: Person,
    nodes: Arc<Nodes>,
    rng: Rng,
    state: Arc<Mutex<State>>,
    control: watch::Sender<Control>,
    lines: JoinSet<()>,
    /// The organizations whose streams have a line.
    lined: BTreeSet<OrganizationId>,
    /// What takes its time.
    chores: JoinSet<()>,
}

impl Client {
    /// Loads the page and connects.
    pub(super) async fn open(name: String, person: Person, nodes: Arc<Nodes>, rng: Rng) -> Self {
        let state = State::read(&person, &nodes, &mut rng.fork(1)).await;
        let mut client = Self {
            name,
            person,
            nodes,
            rng,
            state: Arc::new(Mutex::new(state)),
            control: watch::Sender::new(Control::default()),
            lines: JoinSet::new(),
            lined: BTreeSet::new(),
            chores: JoinSet::new(),
        };
        client.connect(Scope::User);
        client
    }

    fn connect(&mut self, scope: Scope) {
        let line = Line {
            scope,
            person: self.person.clone(),
            nodes: Arc::clone(&self.nodes),
            rng: self.source(),
            state: Arc::clone(&self.state),
            control: self.control.subscribe(),
        };
        self.lines.spawn(line.run());
    }

    fn source(&mut self) -> Rng {
        Rng::new(self.rng.next())
    }

    pub(super) async fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().await
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
        self.state.lock().await.rewind(steps);
        self.cut();
    }

    /// The page is loaded again, its data that long after the cursor.
    pub(super) fn reload(&mut self, pause: Duration) {
        let (person, nodes, mut rng) =
            (self.person.clone(), Arc::clone(&self.nodes), self.source());
        let (state, control) = (Arc::clone(&self.state), self.control.clone());
        self.chores.spawn(async move {
            let cursor = person.me(&nodes, &mut rng).await.cursor;
            tokio::time::sleep(pause).await;
            state.lock().await.reload(&person, &nodes, &mut rng, cursor).await;
            control.send_modify(|control| control.cuts += 1);
        });
    }

    /// The pages of an organization are opened.
    pub(super) fn visit(&mut self, id: OrganizationId) {
        let (person, nodes, mut rng) =
            (self.person.clone(), Arc::clone(&self.nodes), self.source());
        let state = Arc::clone(&self.state);
        self.chores.spawn(async move {
            let cursor = person.me(&nodes, &mut rng).await.cursor;
            state.lock().await.visit(&person, &nodes, &mut rng, id, cursor).await;
        });
        if self.lined.insert(id) {
            self.connect(Scope::Organization(id));
        }
    }

    /// Whatever happened to it is over. An error when it broke on the way.
    pub(super) async fn recover(&mut self) -> Result<(), String> {
        self.set_offline(false);
        self.set_paused(false);
        while let Some(done) = self.chores.join_next().await {
            done.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Whether its lines still follow the rules; a panic ends them.
    pub(super) fn breakage(&mut self) -> Option<String> {
        let ended = self.lines.try_join_next()?;
        Some(ended.map_or_else(|error| error.to_string(), |()| "a line ended".to_owned()))
    }
}
