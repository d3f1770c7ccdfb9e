//! Does in the browser what the deciding parts say, and tells them what happens there.

mod channel;
mod connection;
mod election;
mod listener;
mod place;

use std::collections::HashMap;

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use time::OffsetDateTime;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use web_sys::VisibilityState;

use channel::Channel;
use connection::Connection;
use election::LeaderLock;
use listener::Listener;
use place::Place;

use super::hook::{Shown, StreamOptions};
use super::source::Source;
use super::tab::command::{Command, Timer};
use super::tab::machine::{Input, Session};
use super::tab::message::{TabId, TabMessage};
use super::tab::{Tab, TabInput};
use crate::api;
use contract::{Cursor, ErrorCode, Timestamp};

/// What the browser's callbacks say. They only ever put it in line: the driver takes one after the
/// other, so nothing is dropped while it is being called.
enum Event {
    Tab(TabInput),
    /// From the connection of that number; an earlier one may still have something in line.
    Stream(u64, Input),
    /// There is a place for the connection of that number, from that cursor on.
    Admitted(u64, Cursor),
    /// From the timer as it was set at that number.
    Due(u64, Timer),
    Left,
}

type Events = UnboundedSender<Event>;

/// Follows the stream from now until the current component goes.
pub(super) fn follow(source: Source, options: StreamOptions, shown: Shown) {
    let (events, line) = unbounded();
    let leaving = SendWrapper::new(events.clone());
    let driver = Driver::new(source, options, shown, events);
    spawn_local(driver.run(line));
    on_cleanup(move || put(&leaving, Event::Left));
}

struct Driver {
    source: Source,
    options: StreamOptions,
    shown: Shown,
    events: Events,
    tab: Tab,
    /// `None` where a browser has no locks or channels: there every tab has its own stream.
    shared: Option<Shared>,
    /// Resource as long as the connection, where the stream needs one.
    place: Option<Place>,
    connection: Option<Connection>,
    timers: HashMap<Timer, (u64, Timeout)>,
    /// The number of the latest connection.
    connected: u64,
    /// Numbers connections and timers.
    count: u64,
    _listeners: Vec<Listener>,
}

/// What this tab has in common with the others.
struct Shared {
    channel: Channel,
    /// Given up once the stream ended for good.
    candidacy: Option<LeaderLock>,
}

impl Driver {
    fn new(source: Source, options: StreamOptions, shown: Shown, events: Events) -> Self {
        let id = TabId(Uuid::new_v4());
        let shared = Shared::between_tabs(source, &events);
        let channel = shared.as_ref().map(|shared| shared.channel.clone());
        let tab = Tab::new(id, options.cursor, is_visible(), js_sys::Math::random);
        Self {
            tab: tab.letting_go_after(source.unseen_for()),
            _listeners: listen(id, &events, channel),
            source,
            options,
            shown,
            events,
            shared,
            place: None,
            connection: None,
            connected: 0,
            timers: HashMap::new(),
            count: 0,
        }
    }

    async fn run(mut self, mut line: UnboundedReceiver<Event>) {
        let joining = self.tab.join();
        self.act(joining);
        if self.shared.is_none() {
            self.take(TabInput::Elected { online: is_online() });
        }
        while let Some(event) = line.next().await {
            match event {
                Event::Tab(input) => self.take(input),
                Event::Stream(number, input) if self.connected == number => {
                    self.take(TabInput::Stream(input));
                }
                Event::Due(number, timer) if self.is_set(timer, number) => {
                    self.timers.remove(&timer);
                    self.take(TabInput::Stream(Input::Due(timer)));
                }
                Event::Admitted(number, cursor) if self.connected == number => self.open(cursor),
                Event::Stream(..) | Event::Admitted(..) | Event::Due(..) => {}
                Event::Left => {
                    let leaving = self.tab.leave();
                    self.act(leaving);
                    break;
                }
            }
        }
    }

    fn take(&mut self, input: TabInput) {
        let commands = self.tab.handle(input);
        self.act(commands);
        self.shown.cursor(self.tab.cursor());
    }

    fn act(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Connect(cursor) => self.connect(cursor),
                Command::Disconnect => self.disconnect(),
                Command::Probe => spawn_local(probe(self.events.clone())),
                Command::Schedule(timer, after) => {
                    let (number, events) = (self.next(), self.events.clone());
                    let milliseconds = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
                    let due = move || put(&events, Event::Due(number, timer));
                    self.timers.insert(timer, (number, Timeout::new(milliseconds, due)));
                }
                Command::Cancel(timer) => drop(self.timers.remove(&timer)),
                Command::Apply(message) => self.options.caches.apply(&message),
                Command::Refetch => self.options.caches.reset(),
                Command::Show(status) => self.shown.status(status, now()),
                Command::Meet(here) => self.shown.here(here),
                Command::Tell(message) => {
                    if let Some(shared) = &self.shared {
                        shared.channel.tell(&message);
                    }
                }
                Command::Resign => {
                    if let Some(shared) = &mut self.shared {
                        shared.candidacy = None;
                    }
                }
            }
        }
    }

    /// Connects, as soon as there is a place.
    fn connect(&mut self, cursor: Cursor) {
        self.disconnect();
        let number = self.next();
        self.connected = number;
        if self.source.needs_place() {
            let events = self.events.clone();
            self.place = Place::wait(move || put(&events, Event::Admitted(number, cursor)));
        }
        if self.place.is_none() {
            self.open(cursor);
        }
    }

    fn open(&mut self, cursor: Cursor) {
        let (number, events) = (self.connected, self.events.clone());
        let report = move |input| put(&events, Event::Stream(number, input));
        self.connection = Connection::open(&self.source.address(cursor), report).ok();
        if self.connection.is_none() {
            put(&self.events, Event::Stream(number, Input::Broken));
        }
    }

    /// What is still in line from before is of an earlier connection from now on.
    fn disconnect(&mut self) {
        self.connected = self.next();
        self.connection = None;
        self.place = None;
    }

    /// Whether that timer is still as it was set at `number`.
    fn is_set(&self, timer: Timer, number: u64) -> bool {
        self.timers.get(&timer).is_some_and(|(set, _)| *set == number)
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

impl Shared {
    fn between_tabs(source: Source, events: &Events) -> Option<Self> {
        let heard = events.clone();
        let hear = move |message| put(&heard, Event::Tab(TabInput::Heard(message)));
        let channel = Channel::open(&source.channel(), hear).ok()?;
        let chosen = events.clone();
        let elected = move || {
            put(&chosen, Event::Tab(TabInput::Elected { online: is_online() }));
        };
        let candidacy = LeaderLock::stand(&source.lock(), elected)?;
        Some(Self { channel, candidacy: Some(candidacy) })
    }
}

/// Whether somebody looks, and whether there is a network.
fn listen(id: TabId, events: &Events, channel: Option<Channel>) -> Vec<Listener> {
    let window = window();
    let on = |name, event: fn() -> TabInput| {
        let events = events.clone();
        Listener::new(&window, name, move |_| put(&events, Event::Tab(event())))
    };
    vec![
        on("online", || TabInput::Stream(Input::Online)),
        on("offline", || TabInput::Stream(Input::Offline)),
        // It is fired at the document, and bubbles.
        on("visibilitychange", || TabInput::Visible(is_visible())),
        // A page that comes back from the history said goodbye before.
        on("pageshow", || TabInput::Visible(is_visible())),
        Listener::new(&window, "pagehide", move |_| {
            // There is no later turn: what is put in line now would never be taken.
            if let Some(channel) = &channel {
                channel.tell(&TabMessage::Bye { from: id });
            }
        }),
    ]
}

async fn probe(events: Events) {
    let session = match api::me::get().await {
        Err(error) if error.code == ErrorCode::NotSignedIn => Session::Over,
        _ => Session::Alive,
    };
    put(&events, Event::Tab(TabInput::Stream(Input::Probed(session))));
}

/// When the driver is gone, nobody needs to know.
fn put(events: &Events, event: Event) {
    let _ = events.unbounded_send(event);
}

fn is_visible() -> bool {
    document().visibility_state() != VisibilityState::Hidden
}

fn is_online() -> bool {
    window().navigator().on_line()
}

fn now() -> Option<Timestamp> {
    let milliseconds = js_sys::Date::now() as i128;
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok().map(Timestamp::new)
}
