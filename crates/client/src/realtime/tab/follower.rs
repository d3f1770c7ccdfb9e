//! A tab that receives the stream from a leading tab.

use std::time::Duration;

use super::command::{Command, Timer};
use super::message::{LeaderMessage, TabId, TabMessage};
use crate::realtime::StreamStatus;
use contract::{Cursor, Position, StreamMessage};

/// How long a leader may be silent before a follower asks whether it is alive. Random, so that one of
/// the followers asks; the answer is for all of them.
const MAX_SILENCE: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(5));
/// How long a leader may take to answer. Random, so that one of the followers takes over.
const MAX_ANSWER: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(6));

/// The state of a follower.
#[derive(Debug)]
pub(super) struct Follower {
    id: TabId,
    cursor: Cursor,
    status: StreamStatus,
    join_state: JoinState,
    contact: Contact,
    random: fn() -> f64,
}

/// When the leader was heard of last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    /// Recently.
    Recent,
    /// Not since this tab asked.
    Asked,
}

/// Whether the leader has answered this tab's `Hello`.
#[derive(Debug)]
enum JoinState {
    /// Not yet. Changes are buffered, so that they are applied after the missed ones.
    Joining(Vec<(StreamMessage, Cursor)>),
    /// Yes: this tab is as up to date as the leader.
    Joined,
}

impl Follower {
    /// Creates a tab whose page's data was read after `cursor`. `random` returns numbers from 0 to 1.
    pub(super) const fn new(id: TabId, cursor: Cursor, random: fn() -> f64) -> Self {
        let join_state = JoinState::Joining(Vec::new());
        let (status, contact) = (StreamStatus::Connecting, Contact::Asked);
        Self { id, cursor, status, join_state, contact, random }
    }

    /// Returns the cursor to resume from if this tab becomes the leader. Buffered changes come after it.
    pub(super) const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Whether it waits for the leader's answer.
    #[cfg(test)]
    pub(super) const fn is_joining(&self) -> bool {
        matches!(self.join_state, JoinState::Joining(_))
    }

    /// Asks the leader for the missed messages.
    pub(super) fn join(&mut self, visible: bool) -> Vec<Command> {
        self.join_state = JoinState::Joining(Vec::new());
        self.ask(visible)
    }

    /// Handles a message of the leader.
    pub(super) fn on_message(&mut self, message: LeaderMessage, visible: bool) -> Vec<Command> {
        let commands = match message {
            LeaderMessage::Leads => return self.join(visible),
            LeaderMessage::Change { message, cursor } => self.on_change(*message, cursor),
            LeaderMessage::Replay { to, messages, cursor, status } if to == self.id => {
                let missed = messages.into_iter().map(|message| (message, cursor)).collect();
                self.finish_joining(Vec::new(), missed, cursor, status)
            }
            LeaderMessage::Resync { to, cursor, status } if to == self.id => {
                self.finish_joining(vec![Command::Refetch], Vec::new(), cursor, status)
            }
            LeaderMessage::Reset { cursor } => {
                self.cursor = cursor;
                if let JoinState::Joining(buffered) = &mut self.join_state {
                    buffered.clear();
                }
                vec![Command::Refetch]
            }
            // The stream of a leader behind this page's cursor may have ended because of a lost
            // access that was granted again before this page was read.
            LeaderMessage::State { status: StreamStatus::Ended(_), cursor }
                if is_before(cursor, self.cursor) =>
            {
                Vec::new()
            }
            LeaderMessage::State { status, cursor }
                if matches!(self.join_state, JoinState::Joined) =>
            {
                self.cursor = later(self.cursor, cursor);
                self.show_status(status)
            }
            // Each snapshot replaces the one before, so it needn't wait for missed messages.
            LeaderMessage::Presence { snapshot } => vec![Command::ShowPresence(snapshot)],
            LeaderMessage::State { .. }
            | LeaderMessage::Replay { .. }
            | LeaderMessage::Resync { .. } => Vec::new(),
        };
        self.contact = Contact::Recent;
        [vec![self.start_leader_timer(MAX_SILENCE)], commands].concat()
    }

    /// Records that this tab has become visible or hidden. It may not have checked the leader while it
    /// was hidden.
    pub(super) fn set_visible(&mut self, visible: bool) -> Vec<Command> {
        let mut commands =
            vec![Command::Broadcast(TabMessage::Visibility { from: self.id, visible })];
        if visible && !self.has_ended() {
            commands.extend(self.ask(visible));
        }
        commands
    }

    /// Whether the leader has said that the stream ended for good.
    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.status, StreamStatus::Ended(_))
    }

    /// Asks a leader that has been silent for too long whether it is alive, and takes its place if it
    /// doesn't answer. Such a leader is suspended, for example in a debugger or behind an open dialog: a
    /// leader that is gone has lost the lock.
    ///
    /// A hidden tab does nothing, because nobody looks at it.
    pub(super) fn on_leader_timeout(&mut self, visible: bool) -> Vec<Command> {
        if self.has_ended() || !visible {
            return Vec::new();
        }
        if self.contact == Contact::Recent {
            return self.ask(visible);
        }
        // What the leader said last may no longer be true.
        let mut commands = match self.status {
            StreamStatus::Offline => Vec::new(),
            _ => self.show_status(StreamStatus::Connecting),
        };
        commands.extend([Command::StealLock, self.start_leader_timer(MAX_ANSWER)]);
        commands
    }

    /// Asks the leader for what this tab needs.
    fn ask(&mut self, visible: bool) -> Vec<Command> {
        self.contact = Contact::Asked;
        let message = match self.join_state {
            JoinState::Joining(_) => {
                TabMessage::Hello { from: self.id, cursor: self.cursor, visible }
            }
            JoinState::Joined => TabMessage::Probe,
        };
        vec![Command::Broadcast(message), self.start_leader_timer(MAX_ANSWER)]
    }

    fn on_change(&mut self, message: StreamMessage, cursor: Cursor) -> Vec<Command> {
        if let JoinState::Joining(buffered) = &mut self.join_state {
            buffered.push((message, cursor));
            return Vec::new();
        }
        let apply = apply_if_newer(self.cursor, message, cursor);
        self.cursor = later(self.cursor, cursor);
        apply.into_iter().collect()
    }

    /// Applies the missed messages, then the buffered ones.
    fn finish_joining(
        &mut self,
        mut commands: Vec<Command>,
        missed: Vec<(StreamMessage, Cursor)>,
        cursor: Cursor,
        status: StreamStatus,
    ) -> Vec<Command> {
        let JoinState::Joining(buffered) =
            std::mem::replace(&mut self.join_state, JoinState::Joined)
        else {
            return Vec::new();
        };
        let page = self.cursor;
        self.cursor = later(self.cursor, cursor);
        for (message, cursor) in missed.into_iter().chain(buffered) {
            self.cursor = later(self.cursor, cursor);
            commands.extend(apply_if_newer(page, message, cursor));
        }
        commands.extend(self.show_status(status));
        commands
    }

    fn start_leader_timer(&self, (shortest, longest): (Duration, Duration)) -> Command {
        let spread = (longest - shortest).mul_f64((self.random)().clamp(0.0, 1.0));
        Command::StartTimer(Timer::Leader, shortest + spread)
    }

    fn show_status(&mut self, status: StreamStatus) -> Vec<Command> {
        if self.status == status {
            return Vec::new();
        }
        self.status = status;
        vec![Command::ShowStatus(status)]
    }
}

/// Applies a message unless the page was read after it. A leader may be behind a page that was just
/// read; its older messages could bring back what the page knows to be deleted.
fn apply_if_newer(page: Cursor, message: StreamMessage, cursor: Cursor) -> Option<Command> {
    let is_newer = page.epoch != cursor.epoch || message.position > page.position;
    is_newer.then(|| Command::Apply(Box::new(message)))
}

fn is_before(cursor: Cursor, page: Cursor) -> bool {
    cursor.epoch == page.epoch && cursor.position < page.position
}

/// Returns the later of two cursors. A cursor of another epoch replaces the current one.
fn later(current: Cursor, other: Cursor) -> Cursor {
    let same_log = current.epoch == other.epoch;
    let position = if same_log { current.position } else { Position::default() };
    Cursor { position: other.position.max(position), ..other }
}
