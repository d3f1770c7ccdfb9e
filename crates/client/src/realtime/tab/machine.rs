//! The life of the stream in the tab that holds it: what happens, in which state, leads to what.
//!
//! Follows the client rules of `docs/protocol.md`. Without time, randomness or a browser of its
//! own: it is told what happened and says what to do.

use std::time::Duration;

use super::backoff::Backoff;
use super::command::{Command, Timer};
use crate::realtime::StreamStatus;
use contract::Cursor;
use contract::event::{End, EndCode, Health, StreamEvent};

/// Longer than two pings that were missed.
const LONGEST_SILENCE: Duration = Duration::from_secs(45);
const SETTLED_AFTER: Duration = Duration::from_secs(10);
/// How long nobody may look before the stream is let go, unless told otherwise.
pub const UNSEEN_FOR: Duration = Duration::from_secs(5 * 60);

/// Something that happened to the stream, the session, the network or the person's eyes.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// This tab is to hold the stream.
    Start,
    /// The connection stands.
    Opened,
    /// An event, and the cursor that it names to resume from.
    Received(StreamEvent, Option<Cursor>),
    /// An event that makes no sense.
    Unreadable(Option<Cursor>),
    /// The connection could not be made, or broke.
    Broken,
    /// Whether there is still a session.
    Probed(Session),
    /// A timer went off.
    Due(Timer),
    /// The browser has a network again.
    Online,
    /// It has none.
    Offline,
    /// Somebody looks at a tab.
    Seen,
    /// Nobody looks at any.
    Unseen,
}

/// The answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// It is there, or nobody could say that it isn't.
    Alive,
    /// Nobody is signed in.
    Over,
}

/// Where the stream is. What each event does in each of them is the table of `docs/user-stream.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle,
    /// Connecting.
    Opening,
    /// Connected, before what is live.
    CatchingUp,
    /// Connected, hearing what is live.
    Live,
    /// It could not connect; is the session over?
    Probing,
    /// Until the next attempt.
    Waiting,
    /// Until there is a network.
    Offline,
    /// Until somebody looks.
    Paused,
    /// For good.
    Ended(EndCode),
}

/// The state of the stream.
#[derive(Clone, Debug)]
pub struct Machine {
    state: State,
    cursor: Cursor,
    online: bool,
    health: Health,
    backoff: Backoff,
    unseen_for: Duration,
}

impl Machine {
    /// A stream that will begin at `cursor`. `random` gives numbers from 0 to 1.
    #[must_use]
    pub const fn new(cursor: Cursor, online: bool, random: fn() -> f64) -> Self {
        let backoff = Backoff::new(random);
        let (state, health) = (State::Idle, Health::Ok);
        Self { state, cursor, online, health, backoff, unseen_for: UNSEEN_FOR }
    }

    /// Lets the stream go when nobody has looked for that long.
    #[must_use]
    pub const fn letting_go_after(self, unseen_for: Duration) -> Self {
        Self { unseen_for, ..self }
    }

    /// Where to resume from.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Where it is.
    #[cfg(test)]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What to tell the person.
    #[must_use]
    pub const fn status(&self) -> StreamStatus {
        match (self.state, self.health) {
            (State::CatchingUp, _) => StreamStatus::CatchingUp,
            (State::Live, Health::Ok) => StreamStatus::Live,
            (State::Live, Health::Degraded) => StreamStatus::Degraded,
            (State::Offline, _) => StreamStatus::Offline,
            (State::Ended(code), _) => StreamStatus::Ended(code),
            (State::Idle | State::Opening | State::Probing | State::Waiting | State::Paused, _) => {
                StreamStatus::Connecting
            }
        }
    }

    /// Takes in what happened; gives what to do now, in that order.
    pub fn handle(&mut self, input: Input) -> Vec<Command> {
        let before = self.status();
        let mut commands = self.step(input);
        if self.status() != before {
            commands.push(Command::Show(self.status()));
        }
        commands
    }

    fn step(&mut self, input: Input) -> Vec<Command> {
        use State::{CatchingUp, Ended, Idle, Live, Offline, Opening, Paused, Probing, Waiting};
        match (input, self.state) {
            (_, Ended(_)) => Vec::new(),
            (Input::Start, Idle) => self.connect(),
            (Input::Opened, Opening) => {
                self.state = CatchingUp;
                vec![watch(), Command::Schedule(Timer::Settled, SETTLED_AFTER)]
            }
            (Input::Received(event, cursor), Opening | CatchingUp | Live) => {
                self.receive(event, cursor)
            }
            // Truth over cost: what this event said can be read, too.
            (Input::Unreadable(cursor), Opening | CatchingUp | Live) => {
                self.cursor = cursor.unwrap_or(self.cursor);
                vec![Command::Refetch, watch()]
            }
            (Input::Broken, Opening) => {
                self.state = Probing;
                let mut commands = hang_up();
                // An answer that never comes mustn't be waited for.
                commands.extend([Command::Probe, watch()]);
                commands
            }
            (Input::Probed(Session::Over), Probing) => self.end(EndCode::SessionEnded),
            (Input::Probed(Session::Alive), Probing) => self.wait(Duration::ZERO),
            (Input::Broken, CatchingUp | Live)
            | (Input::Due(Timer::Watchdog), Opening | CatchingUp | Live | Probing) => {
                self.wait(Duration::ZERO)
            }
            (Input::Due(Timer::Settled), CatchingUp | Live) => {
                self.backoff.forget();
                Vec::new()
            }
            (Input::Due(Timer::Retry), Waiting) => self.connect(),
            (Input::Online, state) => {
                self.online = true;
                if matches!(state, Offline | Waiting) { self.connect() } else { Vec::new() }
            }
            (Input::Offline, state) => {
                self.online = false;
                if matches!(state, Idle | Offline | Paused) {
                    Vec::new()
                } else {
                    self.rest(Offline)
                }
            }
            (Input::Seen, state) => {
                let mut commands = vec![Command::Cancel(Timer::Unseen)];
                if matches!(state, Paused | Waiting) {
                    commands.extend(self.connect());
                }
                commands
            }
            (Input::Unseen, _) => vec![Command::Schedule(Timer::Unseen, self.unseen_for)],
            (Input::Due(Timer::Unseen), state) if !matches!(state, Idle | Paused) => {
                self.rest(Paused)
            }
            _ => Vec::new(),
        }
    }

    fn receive(&mut self, event: StreamEvent, cursor: Option<Cursor>) -> Vec<Command> {
        match event {
            StreamEvent::Change(message) => {
                self.cursor = cursor.unwrap_or(self.cursor);
                vec![Command::Apply(message), watch()]
            }
            StreamEvent::Offset(offset) => {
                self.cursor = offset.cursor;
                self.state = State::Live;
                vec![watch()]
            }
            StreamEvent::Ping(ping) => {
                self.cursor = ping.cursor;
                self.health = ping.health;
                vec![watch()]
            }
            StreamEvent::Reset(reset) => {
                self.cursor = reset.cursor;
                self.state = State::CatchingUp;
                vec![Command::Refetch, watch()]
            }
            StreamEvent::Presence(here) => vec![Command::Meet(here), watch()],
            StreamEvent::End(End { code, reconnect: false, .. }) => self.end(code),
            StreamEvent::End(end) => self.wait(Duration::from_millis(end.retry_after_ms)),
        }
    }

    fn connect(&mut self) -> Vec<Command> {
        if !self.online {
            return self.rest(State::Offline);
        }
        self.state = State::Opening;
        vec![Command::Cancel(Timer::Retry), Command::Connect(self.cursor), watch()]
    }

    /// Tries again after what the backoff says, and not before `at_least`.
    fn wait(&mut self, at_least: Duration) -> Vec<Command> {
        self.state = State::Waiting;
        let delay = at_least + self.backoff.after_failure();
        let mut commands = hang_up();
        commands.push(Command::Schedule(Timer::Retry, delay));
        commands
    }

    /// Makes no attempt until something changes.
    fn rest(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        let mut commands = hang_up();
        commands.push(Command::Cancel(Timer::Retry));
        commands
    }

    fn end(&mut self, code: EndCode) -> Vec<Command> {
        let mut commands = self.rest(State::Ended(code));
        commands.extend([Command::Cancel(Timer::Unseen), Command::Resign]);
        commands
    }
}

fn watch() -> Command {
    Command::Schedule(Timer::Watchdog, LONGEST_SILENCE)
}

fn hang_up() -> Vec<Command> {
    vec![Command::Disconnect, Command::Cancel(Timer::Watchdog), Command::Cancel(Timer::Settled)]
}
