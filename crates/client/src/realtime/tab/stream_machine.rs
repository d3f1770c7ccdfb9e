//! The stream's state machine: how the leading tab reacts to each event in each state. Whether it
//! shows Offline, for one, is decided here (`status`).
//!
//! It implements the client rules of `docs/protocol.md`. It has no I/O, clock or randomness of its
//! own: it takes a [`StreamInput`] and returns [`Command`]s, so all of it is tested natively. The
//! table of `docs/user-stream.md` lists every state and event.

use std::time::Duration;

use super::command::{Command, Timer};
use crate::realtime::StreamStatus;
use crate::retry::Backoff;
use contract::Cursor;
use contract::event::{End, EndCode, Health, StreamEvent};

/// How long a connection may be silent. The server pings after 20 s of silence (±20 %).
const WATCHDOG_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a connection must last before it resets the back-off.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// How long all tabs may be hidden before the stream disconnects, by default.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// An event of the stream, the session, the network, or the tabs' visibility.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamInput {
    /// This tab leads now and must connect.
    Start,
    /// The connection is open.
    Opened,
    /// An event has arrived, with the cursor in its SSE `id`, if it has one.
    Received(StreamEvent, Option<Cursor>),
    /// An event that can't be parsed has arrived.
    Unreadable(Option<Cursor>),
    /// The connection could not be opened, or is lost.
    ConnectionFailed,
    /// The answer to [`Command::CheckSession`].
    SessionChecked(SessionState),
    /// A timer has fired.
    TimerFired(Timer),
    /// The browser says that it has a network again.
    Online,
    /// The browser says that it has lost its network.
    Offline,
    /// The first tab has become visible.
    Visible,
    /// The last visible tab has become hidden.
    Hidden,
}

/// Whether the session is still valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It is valid, or the server could not be asked.
    Valid,
    /// Nobody is signed in, or somebody else is.
    Over,
}

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle,
    /// Opening a connection.
    Connecting,
    /// Connected; missed messages are arriving.
    CatchingUp,
    /// Connected; changes arrive as they happen.
    Live,
    /// The connection could not be opened; asking whether the session is over.
    CheckingSession,
    /// Waiting for the next attempt.
    BackingOff,
    /// Disconnected because all tabs are hidden; waiting for one to become visible.
    Paused,
    /// Disconnected for good, for that reason.
    Ended(EndCode),
}

/// The stream's state and what it remembers between states.
#[derive(Clone, Debug)]
pub struct StreamMachine {
    state: State,
    cursor: Cursor,
    /// Whether the browser reports a network. It may be wrong: with a VPN or a virtual network adapter, for
    /// example, some browsers report no network beside a server that answers. So it is never a reason not
    /// to connect.
    online: bool,
    health: Health,
    backoff: Backoff,
    idle_timeout: Duration,
}

impl StreamMachine {
    /// Creates a stream that will connect from `cursor`. `online` is whether the browser says that it
    /// has a network; `random` returns numbers from 0 to 1.
    #[must_use]
    pub const fn new(cursor: Cursor, online: bool, random: fn() -> f64) -> Self {
        let backoff = Backoff::new(random);
        let (state, health) = (State::Idle, Health::Ok);
        Self { state, cursor, online, health, backoff, idle_timeout: IDLE_TIMEOUT }
    }

    /// Disconnects when all tabs have been hidden for `idle_timeout`.
    #[must_use]
    pub const fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// Returns the cursor to resume from.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Returns the current state.
    #[cfg(test)]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Returns the status to show.
    #[must_use]
    pub const fn status(&self) -> StreamStatus {
        match (self.state, self.health) {
            (State::CatchingUp, _) => StreamStatus::CatchingUp,
            (State::Live, Health::Ok) => StreamStatus::Live,
            (State::Live, Health::Degraded) => StreamStatus::Degraded,
            (State::Ended(code), _) => StreamStatus::Ended(code),
            (
                State::Idle
                | State::Connecting
                | State::CheckingSession
                | State::BackingOff
                | State::Paused,
                _,
            ) => {
                if self.online {
                    StreamStatus::Connecting
                } else {
                    StreamStatus::Offline
                }
            }
        }
    }

    /// Makes the transition for `input`. Returns what to do now, in that order.
    pub fn handle(&mut self, input: StreamInput) -> Vec<Command> {
        let before = self.status();
        let mut commands = self.transition(input);
        if self.status() != before {
            commands.push(Command::ShowStatus(self.status()));
        }
        commands
    }

    /// Disconnects, because another tab leads now.
    pub fn stop(&mut self) -> Vec<Command> {
        let mut commands = self.disconnect_as(State::Idle);
        commands.push(Command::StopTimer(Timer::Idle));
        commands
    }

    fn transition(&mut self, input: StreamInput) -> Vec<Command> {
        use State::{
            BackingOff, CatchingUp, CheckingSession, Connecting, Ended, Idle, Live, Paused,
        };
        match (input, self.state) {
            (_, Ended(_)) => Vec::new(),
            (StreamInput::Start, Idle) => self.connect(),
            (StreamInput::Opened, Connecting) => {
                self.state = CatchingUp;
                vec![restart_watchdog(), Command::StartTimer(Timer::Stable, STABLE_AFTER)]
            }
            (StreamInput::Received(event, cursor), Connecting | CatchingUp | Live) => {
                self.on_event(event, cursor)
            }
            // A refetch costs more than skipping the event, but it shows what the event said.
            (StreamInput::Unreadable(cursor), Connecting | CatchingUp | Live) => {
                self.cursor = cursor.unwrap_or(self.cursor);
                vec![Command::Refetch, restart_watchdog()]
            }
            (StreamInput::ConnectionFailed, Connecting) => self.check_session(),
            (StreamInput::SessionChecked(SessionState::Over), CheckingSession) => {
                self.end(EndCode::SessionEnded)
            }
            (StreamInput::SessionChecked(SessionState::Valid), CheckingSession)
            | (StreamInput::ConnectionFailed, CatchingUp | Live)
            | (
                StreamInput::TimerFired(Timer::Watchdog),
                Connecting | CatchingUp | Live | CheckingSession,
            ) => self.back_off(Duration::ZERO),
            (StreamInput::TimerFired(Timer::Stable), CatchingUp | Live) => {
                self.backoff.reset();
                Vec::new()
            }
            (StreamInput::TimerFired(Timer::Retry), BackingOff) => self.connect(),
            (StreamInput::Online, state) => {
                self.online = true;
                if state == BackingOff { self.connect() } else { Vec::new() }
            }
            (StreamInput::Offline, state) => {
                self.online = false;
                // A connection whose network is gone would only seem dead after the watchdog's time.
                // If the browser is wrong, the new one takes its place at once.
                if matches!(state, CatchingUp | Live) { self.reconnect() } else { Vec::new() }
            }
            (StreamInput::Visible, state) => {
                let mut commands = vec![Command::StopTimer(Timer::Idle)];
                if matches!(state, Paused | BackingOff) {
                    commands.extend(self.connect());
                }
                commands
            }
            (StreamInput::Hidden, _) => vec![Command::StartTimer(Timer::Idle, self.idle_timeout)],
            (StreamInput::TimerFired(Timer::Idle), state) if !matches!(state, Idle | Paused) => {
                self.disconnect_as(Paused)
            }
            _ => Vec::new(),
        }
    }

    fn on_event(&mut self, event: StreamEvent, cursor: Option<Cursor>) -> Vec<Command> {
        match event {
            StreamEvent::Change(message) => {
                self.cursor = cursor.unwrap_or(self.cursor);
                vec![Command::Apply(message), restart_watchdog()]
            }
            StreamEvent::Offset(offset) => {
                self.cursor = offset.cursor;
                self.state = State::Live;
                vec![restart_watchdog()]
            }
            StreamEvent::Ping(ping) => {
                self.cursor = ping.cursor;
                self.health = ping.health;
                vec![restart_watchdog()]
            }
            StreamEvent::Reset(reset) => {
                self.cursor = reset.cursor;
                self.state = State::CatchingUp;
                vec![Command::Refetch, restart_watchdog()]
            }
            StreamEvent::Presence(snapshot) => {
                vec![Command::ShowPresence(snapshot), restart_watchdog()]
            }
            StreamEvent::End(End { code, reconnect: false, .. }) => self.end(code),
            StreamEvent::End(end) => self.back_off(Duration::from_millis(end.retry_after_ms)),
        }
    }

    fn connect(&mut self) -> Vec<Command> {
        self.state = State::Connecting;
        vec![Command::StopTimer(Timer::Retry), Command::Connect(self.cursor), restart_watchdog()]
    }

    /// Replaces the connection by a new one.
    fn reconnect(&mut self) -> Vec<Command> {
        let mut commands = disconnect();
        commands.extend(self.connect());
        commands
    }

    fn check_session(&mut self) -> Vec<Command> {
        self.state = State::CheckingSession;
        let mut commands = disconnect();
        // The watchdog ends the check if the answer never comes.
        commands.extend([Command::CheckSession, restart_watchdog()]);
        commands
    }

    /// Disconnects, and connects again after the back-off's delay plus `at_least`.
    fn back_off(&mut self, at_least: Duration) -> Vec<Command> {
        self.state = State::BackingOff;
        let delay = at_least + self.backoff.next_delay();
        let mut commands = disconnect();
        commands.push(Command::StartTimer(Timer::Retry, delay));
        commands
    }

    /// Disconnects without another attempt until an event leaves `state`.
    fn disconnect_as(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        let mut commands = disconnect();
        commands.push(Command::StopTimer(Timer::Retry));
        commands
    }

    fn end(&mut self, code: EndCode) -> Vec<Command> {
        let mut commands = self.disconnect_as(State::Ended(code));
        commands.extend([Command::StopTimer(Timer::Idle), Command::ReleaseLock]);
        commands
    }
}

fn restart_watchdog() -> Command {
    Command::StartTimer(Timer::Watchdog, WATCHDOG_TIMEOUT)
}

fn disconnect() -> Vec<Command> {
    vec![
        Command::Disconnect,
        Command::StopTimer(Timer::Watchdog),
        Command::StopTimer(Timer::Stable),
    ]
}
