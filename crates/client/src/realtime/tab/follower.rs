//! A tab that receives the stream from a leading tab.

use std::time::Duration;

use super::command::{Command, Timer};
use super::message::{TabId, TabMessage};
use crate::realtime::StreamStatus;
use contract::{Cursor, Position, StreamMessage};

/// How long a leader may be silent. It broadcasts at least with every ping, so every half minute.
const LEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// What a follower knows.
#[derive(Debug)]
pub(super) struct Follower {
    id: TabId,
    cursor: Cursor,
    status: StreamStatus,
    join_state: JoinState,
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
    /// A tab whose page's data was read after `cursor`.
    pub(super) const fn new(id: TabId, cursor: Cursor) -> Self {
        let join_state = JoinState::Joining(Vec::new());
        Self { id, cursor, status: StreamStatus::Connecting, join_state }
    }

    /// Where to resume from if this tab becomes the leader. Buffered changes come after it.
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
        vec![Command::Broadcast(TabMessage::Hello { from: self.id, cursor: self.cursor, visible })]
    }

    /// Handles a message of another tab. `visible` is whether this tab is visible.
    pub(super) fn on_message(&mut self, message: TabMessage, visible: bool) -> Vec<Command> {
        match message {
            TabMessage::Leads => self.join(visible),
            TabMessage::Change { message, cursor } => self.on_change(*message, cursor),
            TabMessage::Replay { to, messages, cursor, status } if to == self.id => {
                let missed = messages.into_iter().map(|message| (message, cursor)).collect();
                self.finish_joining(Vec::new(), missed, cursor, status)
            }
            TabMessage::Resync { to, cursor, status } if to == self.id => {
                self.finish_joining(vec![Command::Refetch], Vec::new(), cursor, status)
            }
            TabMessage::Reset { cursor } => {
                self.cursor = cursor;
                if let JoinState::Joining(buffered) = &mut self.join_state {
                    buffered.clear();
                }
                vec![Command::Refetch, restart_leader_timer()]
            }
            // The stream of a leader behind this page's cursor may have ended because of a lost
            // access that was granted again before this page was read.
            TabMessage::State { status: StreamStatus::Ended(_), cursor }
                if is_before(cursor, self.cursor) =>
            {
                vec![restart_leader_timer()]
            }
            TabMessage::State { status, cursor }
                if matches!(self.join_state, JoinState::Joined) =>
            {
                self.cursor = later(self.cursor, cursor);
                let mut commands = vec![restart_leader_timer()];
                commands.extend(self.show_status(status));
                commands
            }
            // Each snapshot replaces the one before, so it needn't wait for missed messages.
            TabMessage::Presence { snapshot } => {
                vec![Command::ShowPresence(snapshot), restart_leader_timer()]
            }
            TabMessage::State { .. }
            | TabMessage::Replay { .. }
            | TabMessage::Resync { .. }
            | TabMessage::Hello { .. }
            | TabMessage::Visibility { .. }
            | TabMessage::Bye { .. } => Vec::new(),
        }
    }

    /// Whether the leader has said that the stream ended for good.
    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.status, StreamStatus::Ended(_))
    }

    /// The leader has been silent for too long: what it said last may no longer be true.
    pub(super) fn on_leader_timeout(&mut self) -> Vec<Command> {
        match self.status {
            StreamStatus::Offline | StreamStatus::Ended(_) => Vec::new(),
            _ => self.show_status(StreamStatus::Connecting),
        }
    }

    fn on_change(&mut self, message: StreamMessage, cursor: Cursor) -> Vec<Command> {
        if let JoinState::Joining(buffered) = &mut self.join_state {
            buffered.push((message, cursor));
            return vec![restart_leader_timer()];
        }
        let apply = apply_if_newer(self.cursor, message, cursor);
        self.cursor = later(self.cursor, cursor);
        apply.into_iter().chain([restart_leader_timer()]).collect()
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
        commands.push(restart_leader_timer());
        commands.extend(self.show_status(status));
        commands
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

fn restart_leader_timer() -> Command {
    Command::StartTimer(Timer::Leader, LEADER_TIMEOUT)
}

fn is_before(cursor: Cursor, page: Cursor) -> bool {
    cursor.epoch == page.epoch && cursor.position < page.position
}

/// The later of two cursors. A cursor of another epoch replaces the current one.
fn later(current: Cursor, other: Cursor) -> Cursor {
    let same_log = current.epoch == other.epoch;
    let position = if same_log { current.position } else { Position::default() };
    Cursor { position: other.position.max(position), ..other }
}
