//! One browser: follows the client rules, and has every misfortune that a browser can have.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::contract::{Cursor, OrganizationId, StreamEvent};
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::caches::Caches;
use super::nodes::Nodes;
use super::person::Person;
use super::rng::Rng;
use super::transcript::Transcript;

/// How many places back a client can return to.
const REMEMBERED: usize = 50;

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<reqwest::Error>>> + Send>>;

/// What the world does to a browser.
#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    /// The network is gone until `Online`.
    Offline,
    Online,
    /// It reads nothing more, but stays connected, until `Resume`.
    Pause,
    Resume,
    /// The connection is cut; it reconnects, to whichever node.
    Cut,
    /// It forgets what it applied and comes back with a cursor from so many messages ago.
    Rewind(usize),
    /// The page is loaded again, with the cursor read this long before its data.
    Reload(Duration),
    /// The pages of an organization are opened.
    Visit(OrganizationId),
}

/// A browser that runs on its own.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) person: Person,
    pub(super) state: Arc<Mutex<State>>,
    commands: mpsc::UnboundedSender<Command>,
    task: JoinHandle<()>,
}

/// What it holds.
#[derive(Debug)]
pub(super) struct State {
    pub(super) caches: Caches,
    pub(super) transcript: Transcript,
    /// Where it would resume.
    pub(super) cursor: Cursor,
    pub(super) resets: u64,
    pub(super) connections: u64,
    pub(super) offsets: u64,
    trail: Vec<Cursor>,
}

impl State {
    fn advance(&mut self, cursor: Cursor) {
        self.cursor = cursor;
        self.trail.push(cursor);
        if self.trail.len() > REMEMBERED {
            self.trail.remove(0);
        }
    }
}

impl Client {
    /// Loads the page and connects.
    pub(super) async fn open(
        name: String,
        person: Person,
        nodes: Arc<Nodes>,
        mut rng: Rng,
        visited: &[OrganizationId],
    ) -> Self {
        let cursor = person.me(&nodes, &mut rng).await.cursor;
        let caches = Caches::read(&person, &nodes, &mut rng, visited).await;
        let state = Arc::new(Mutex::new(State {
            caches,
            transcript: Transcript::default(),
            cursor,
            resets: 0,
            connections: 0,
            offsets: 0,
            trail: vec![cursor],
        }));
        let (commands, received) = mpsc::unbounded_channel();
        let browser = Browser {
            person: person.clone(),
            nodes,
            rng,
            state: Arc::clone(&state),
            commands: received,
            online: true,
            paused: false,
        };
        let task = tokio::spawn(browser.run());
        Self { name, person, state, commands, task }
    }

    pub(super) fn tell(&self, command: Command) {
        // It ends only with its handle.
        let _ = self.commands.send(command);
    }

    /// Whether it still follows the rules; a panic in its task ended it.
    pub(super) fn is_alive(&self) -> bool {
        !self.task.is_finished()
    }

    /// Whether it has come to that place.
    pub(super) async fn has_reached(&self, cursor: Cursor) -> bool {
        let state = self.state.lock().await;
        state.cursor.epoch == cursor.epoch && state.cursor.position >= cursor.position
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Browser {
    person: Person,
    nodes: Arc<Nodes>,
    rng: Rng,
    state: Arc<Mutex<State>>,
    commands: mpsc::UnboundedReceiver<Command>,
    online: bool,
    paused: bool,
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Goes,
    Ends,
}

impl Browser {
    async fn run(mut self) {
        loop {
            while !self.online {
                let Some(command) = self.commands.recv().await else { return };
                self.obey(command).await;
            }
            if let Some(events) = self.connect().await {
                self.follow(events).await;
            }
            let pause = Duration::from_millis(10 + self.rng.next() % 40);
            tokio::time::sleep(pause).await;
        }
    }

    async fn connect(&mut self) -> Option<Events> {
        let node = self.nodes.any(&mut self.rng);
        let cursor = self.state.lock().await.cursor.to_string();
        let answer = self.person.stream(node, &cursor).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let mut state = self.state.lock().await;
        state.transcript.connected();
        state.connections += 1;
        drop(state);
        Some(Box::pin(answer.bytes_stream().eventsource()))
    }

    async fn follow(&mut self, mut events: Events) {
        loop {
            let connection = tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => Connection::Ends,
                },
                event = events.next(), if !self.paused => match event {
                    Some(Ok(event)) => self.hear(event).await,
                    Some(Err(_)) | None => Connection::Ends,
                },
            };
            if connection == Connection::Ends {
                return;
            }
        }
    }

    async fn hear(&mut self, event: Event) -> Connection {
        let cursor: Option<Cursor> = (!event.id.is_empty()).then(|| event.id.parse().unwrap());
        let parsed = StreamEvent::parse(&event.event, &event.data).unwrap();
        let mut state = self.state.lock().await;
        match parsed {
            StreamEvent::Change(message) => {
                state.transcript.change(cursor, &message);
                state.caches.hear(&message, self.person.id);
                state.caches.refresh(&self.person, &self.nodes, &mut self.rng).await;
                if let Some(cursor) = cursor {
                    state.advance(cursor);
                }
            }
            StreamEvent::Offset(offset) => {
                state.transcript.offset(offset.cursor);
                state.offsets += 1;
                state.advance(offset.cursor);
            }
            StreamEvent::Ping(ping) => {
                state.transcript.moved(ping.cursor);
                state.advance(ping.cursor);
            }
            StreamEvent::Reset(reset) => {
                state.transcript.reset(reset.cursor);
                state.resets += 1;
                state.trail.clear();
                state.advance(reset.cursor);
                let visited = state.caches.visited();
                let (nodes, rng) = (&self.nodes, &mut self.rng);
                state.caches = Caches::read(&self.person, nodes, rng, &visited).await;
            }
            StreamEvent::End(end) => {
                assert!(end.reconnect, "the session has not ended: {end:?}");
                return Connection::Ends;
            }
        }
        Connection::Goes
    }

    /// Does what the world wants; says whether the connection lasts.
    async fn obey(&mut self, command: Command) -> Connection {
        match command {
            Command::Offline => {
                self.online = false;
                self.paused = false;
                Connection::Ends
            }
            Command::Online => {
                self.online = true;
                Connection::Goes
            }
            Command::Pause => {
                self.paused = true;
                Connection::Goes
            }
            Command::Resume => {
                self.paused = false;
                Connection::Goes
            }
            Command::Cut => Connection::Ends,
            Command::Rewind(steps) => {
                let mut state = self.state.lock().await;
                let place = state.trail.len().saturating_sub(steps + 1);
                let cursor = state.trail[place];
                state.trail.truncate(place + 1);
                state.cursor = cursor;
                state.caches.forget_seen();
                Connection::Ends
            }
            Command::Reload(pause) => {
                let cursor = self.person.me(&self.nodes, &mut self.rng).await.cursor;
                tokio::time::sleep(pause).await;
                let mut state = self.state.lock().await;
                let visited = state.caches.visited();
                let (nodes, rng) = (&self.nodes, &mut self.rng);
                state.caches = Caches::read(&self.person, nodes, rng, &visited).await;
                state.trail.clear();
                state.advance(cursor);
                Connection::Ends
            }
            Command::Visit(id) => {
                let mut state = self.state.lock().await;
                state.caches.visit(&self.person, &self.nodes, &mut self.rng, id).await;
                Connection::Goes
            }
        }
    }
}
