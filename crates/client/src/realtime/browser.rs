//! Executes a tab's commands in the browser and reports the browser's events to it.

mod channel;
mod connection;
mod listener;
mod lock;
mod stream_permit;

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
use listener::Listener;
use lock::{Acquire, Lock, LockEvent};
use stream_permit::StreamPermit;

use super::hook::{StreamOptions, StreamSignals};
use super::stream_source::StreamSource;
use super::tab::command::{Command, Timer};
use super::tab::message::{TabId, TabMessage};
use super::tab::stream_machine::{SessionState, StreamInput};
use super::tab::{Tab, TabInput};
use crate::{api, retry};
use contract::{Cursor, ErrorCode, Timestamp};

/// An event of the browser's callbacks. They only enqueue it; the driver handles one event after the other,
/// so no callback is dropped while it runs.
enum Event {
    Tab(TabInput),
    /// From the lock of that number. Events of earlier locks are ignored.
    Lock(u64, LockEvent),
    /// From the connection of that number. Events of earlier connections are ignored.
    Stream(u64, StreamInput),
    /// The connection of that number may be opened from that cursor.
    Permitted(u64, Cursor),
    /// From the timer that was started with that number.
    TimerFired(u64, Timer),
    Unmounted,
}

type Events = UnboundedSender<Event>;

/// Runs the stream from now until the current component is disposed of.
pub(super) fn run_while_mounted(
    source: StreamSource,
    options: StreamOptions,
    signals: StreamSignals,
) {
    let (events, queue) = unbounded();
    let unmounted = SendWrapper::new(events.clone());
    let driver = StreamDriver::new(source, options, signals, events);
    spawn_local(driver.run(queue));
    on_cleanup(move || enqueue(&unmounted, Event::Unmounted));
}

struct StreamDriver {
    source: StreamSource,
    options: StreamOptions,
    signals: StreamSignals,
    events: Events,
    tab: Tab,
    /// `None` where a browser has no channels or no storage: there every tab has a stream of its own.
    shared: Option<SharedWithTabs>,
    /// Held as long as the connection, if the stream needs one.
    permit: Option<StreamPermit>,
    connection: Option<Connection>,
    /// The running timers, with the number of their start.
    timers: HashMap<Timer, (u64, Timeout)>,
    /// The number of the current connection.
    connection_number: u64,
    /// The last number given to a connection or timer.
    last_number: u64,
    _listeners: Vec<Listener>,
}

/// The channel and the lock that this tab shares with the others.
struct SharedWithTabs {
    channel: Channel,
    /// The lock or the request for it, with its number. Released once the stream has ended for good.
    lock: Option<(u64, Lock)>,
}

impl StreamDriver {
    fn new(
        source: StreamSource,
        options: StreamOptions,
        signals: StreamSignals,
        events: Events,
    ) -> Self {
        let id = TabId(Uuid::new_v4());
        let shared = SharedWithTabs::open(source, &events);
        let channel = shared.as_ref().map(|shared| shared.channel.clone());
        let tab = Tab::new(id, options.cursor, is_visible(), retry::random);
        Self {
            tab: tab.with_idle_timeout(source.idle_timeout()),
            _listeners: listen_to_window(id, &events, channel),
            source,
            options,
            signals,
            events,
            shared,
            permit: None,
            connection: None,
            connection_number: 0,
            timers: HashMap::new(),
            last_number: 0,
        }
    }

    async fn run(mut self, mut queue: UnboundedReceiver<Event>) {
        let commands = self.tab.join();
        self.execute(commands);
        self.acquire_lock(Acquire::InTurn);
        while let Some(event) = queue.next().await {
            match event {
                Event::Tab(input) => self.handle(input),
                Event::Lock(number, event) if self.lock_number() == Some(number) => {
                    self.handle(match event {
                        LockEvent::Granted => elected(),
                        LockEvent::Lost => TabInput::LockLost,
                    });
                }
                Event::Stream(number, input) if self.connection_number == number => {
                    self.handle(TabInput::Stream(input));
                }
                Event::TimerFired(number, timer) if self.is_running(timer, number) => {
                    self.timers.remove(&timer);
                    self.handle(TabInput::Stream(StreamInput::TimerFired(timer)));
                }
                Event::Permitted(number, cursor) if self.connection_number == number => {
                    self.open(cursor);
                }
                Event::Lock(..)
                | Event::Stream(..)
                | Event::Permitted(..)
                | Event::TimerFired(..) => {}
                Event::Unmounted => {
                    let commands = self.tab.leave();
                    self.execute(commands);
                    break;
                }
            }
        }
    }

    fn handle(&mut self, input: TabInput) {
        let commands = self.tab.handle(input);
        self.execute(commands);
        self.signals.set_cursor(self.tab.cursor());
    }

    fn execute(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Connect(cursor) => self.connect(cursor),
                Command::Disconnect => self.disconnect(),
                Command::CheckSession => spawn_local(check_session(self.events.clone())),
                Command::StartTimer(timer, after) => {
                    let (number, events) = (self.next_number(), self.events.clone());
                    let milliseconds = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
                    let fired = move || enqueue(&events, Event::TimerFired(number, timer));
                    self.timers.insert(timer, (number, Timeout::new(milliseconds, fired)));
                }
                Command::StopTimer(timer) => drop(self.timers.remove(&timer)),
                Command::Apply(message) => self.options.caches.apply(&message),
                Command::Refetch => self.options.caches.reset(),
                Command::ShowStatus(status) => self.signals.set_status(status, now()),
                Command::ShowPresence(snapshot) => self.signals.set_presence(snapshot),
                Command::Broadcast(message) => {
                    if let Some(shared) = &self.shared {
                        shared.channel.send(&message);
                    }
                }
                Command::RequestLock => self.acquire_lock(Acquire::InTurn),
                Command::StealLock => self.acquire_lock(Acquire::ByForce),
                Command::ReleaseLock => {
                    if let Some(shared) = &mut self.shared {
                        shared.lock = None;
                    }
                }
            }
        }
    }

    /// Requests the lock. Without locks or other tabs to agree with, this tab leads at once.
    fn acquire_lock(&mut self, acquire: Acquire) {
        let (number, events) = (self.next_number(), self.events.clone());
        let on_event = move |event| enqueue(&events, Event::Lock(number, event));
        if let Some(shared) = &mut self.shared {
            // The new one is requested first: the former may be the one that another tab waits for.
            let lock = Lock::acquire(&self.source.lock(), acquire, on_event);
            if let Some(lock) = lock {
                shared.lock = Some((number, lock));
                return;
            }
            self.shared = None;
        }
        enqueue(&self.events, Event::Tab(elected()));
    }

    fn lock_number(&self) -> Option<u64> {
        self.shared.as_ref()?.lock.as_ref().map(|(number, _)| *number)
    }

    /// Connects, once it has a permit if the stream needs one.
    fn connect(&mut self, cursor: Cursor) {
        self.disconnect();
        let number = self.next_number();
        self.connection_number = number;
        if self.source.needs_permit() {
            let events = self.events.clone();
            let on_event = move |event| match event {
                LockEvent::Granted => enqueue(&events, Event::Permitted(number, cursor)),
                // Back to the end of the line.
                LockEvent::Lost => {
                    enqueue(&events, Event::Stream(number, StreamInput::ConnectionFailed));
                }
            };
            self.permit = StreamPermit::request(on_event);
        }
        // `None` also where the browser has no storage: there it connects without a permit.
        if self.permit.is_none() {
            self.open(cursor);
        }
    }

    fn open(&mut self, cursor: Cursor) {
        let (number, events) = (self.connection_number, self.events.clone());
        let report = move |input| enqueue(&events, Event::Stream(number, input));
        self.connection = Connection::open(&self.source.url(cursor), report).ok();
        if self.connection.is_none() {
            enqueue(&self.events, Event::Stream(number, StreamInput::ConnectionFailed));
        }
    }

    fn disconnect(&mut self) {
        // A new number, so that events of this connection in the queue are ignored.
        self.connection_number = self.next_number();
        self.connection = None;
        self.permit = None;
    }

    /// Whether the timer still runs as it was started with that number.
    fn is_running(&self, timer: Timer, number: u64) -> bool {
        self.timers.get(&timer).is_some_and(|(started, _)| *started == number)
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl SharedWithTabs {
    /// Opens the channel. `None` when this browser has none.
    fn open(source: StreamSource, events: &Events) -> Option<Self> {
        let events = events.clone();
        let on_message = move |message| enqueue(&events, Event::Tab(TabInput::Message(message)));
        let channel = Channel::open(&source.channel(), on_message).ok()?;
        Some(Self { channel, lock: None })
    }
}

/// Reports the network, the visibility and the closing of this tab.
fn listen_to_window(id: TabId, events: &Events, channel: Option<Channel>) -> Vec<Listener> {
    let window = window();
    let on = |name, input: fn() -> TabInput| {
        let events = events.clone();
        Listener::new(&window, name, move |_| enqueue(&events, Event::Tab(input())))
    };
    vec![
        on("online", || TabInput::Stream(StreamInput::Online)),
        on("offline", || TabInput::Stream(StreamInput::Offline)),
        // The document fires it; it bubbles to the window.
        on("visibilitychange", || TabInput::Visibility(is_visible())),
        // A page that the browser restores from its history has sent `Bye` before.
        on("pageshow", || TabInput::Visibility(is_visible())),
        Listener::new(&window, "pagehide", move |_| {
            // Sent at once: after this event the queue is no longer processed.
            if let Some(channel) = &channel {
                channel.send(&TabMessage::Bye { from: id });
            }
        }),
    ]
}

async fn check_session(events: Events) {
    let session = match api::me::get().await {
        Err(error) if matches!(error.code, ErrorCode::NotSignedIn | ErrorCode::OtherAccount) => {
            SessionState::Over
        }
        _ => SessionState::Valid,
    };
    enqueue(&events, Event::Tab(TabInput::Stream(StreamInput::SessionChecked(session))));
}

/// Does nothing once the driver has stopped.
fn enqueue(events: &Events, event: Event) {
    let _ = events.unbounded_send(event);
}

fn is_visible() -> bool {
    document().visibility_state() != VisibilityState::Hidden
}

fn elected() -> TabInput {
    TabInput::Elected { online: window().navigator().on_line(), now: js_sys::Date::now() as u64 }
}

fn now() -> Option<Timestamp> {
    let milliseconds = js_sys::Date::now() as i128;
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok().map(Timestamp::new)
}
