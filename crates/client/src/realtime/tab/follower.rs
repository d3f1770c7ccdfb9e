//! A tab that follows another one's stream.

use std::time::Duration;

use super::command::{Command, Timer};
use super::message::{TabId, TabMessage};
use crate::realtime::StreamStatus;
use contract::{Cursor, Position, StreamMessage};

/// A leader speaks at least with every ping, so within half a minute.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// What a following tab knows.
#[derive(Debug)]
pub(super) struct Follower {
    id: TabId,
    cursor: Cursor,
    status: StreamStatus,
    joining: Joining,
}

/// Whether the leader has told what this tab missed before it came.
#[derive(Debug)]
enum Joining {
    /// Not yet. What is heard meanwhile has to wait, so that all is applied in order.
    Asked(Vec<(StreamMessage, Cursor)>),
    /// Yes: what the leader knows, this tab knows.
    Done,
}

impl Follower {
    /// A tab whose page's data was read from `cursor` on.
    pub(super) const fn new(id: TabId, cursor: Cursor) -> Self {
        let joining = Joining::Asked(Vec::new());
        Self { id, cursor, status: StreamStatus::Connecting, joining }
    }

    /// Where to resume from when this tab has to lead. What waits to be applied comes after it.
    pub(super) const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Whether it waits for what it missed.
    #[cfg(test)]
    pub(super) const fn is_joining(&self) -> bool {
        matches!(self.joining, Joining::Asked(_))
    }

    /// Asks whoever leads for what was missed.
    pub(super) fn join(&mut self, visible: bool) -> Vec<Command> {
        self.joining = Joining::Asked(Vec::new());
        vec![Command::Tell(TabMessage::Hello { from: self.id, cursor: self.cursor, visible })]
    }

    /// Takes in what another tab says.
    pub(super) fn hear(&mut self, message: TabMessage, visible: bool) -> Vec<Command> {
        match message {
            TabMessage::Leads => self.join(visible),
            TabMessage::Change { message, cursor } => self.follow(*message, cursor),
            TabMessage::Replay { to, messages, cursor, status } if to == self.id => {
                let missed = messages.into_iter().map(|message| (message, cursor)).collect();
                self.joined(Vec::new(), missed, cursor, status)
            }
            TabMessage::Resync { to, cursor, status } if to == self.id => {
                self.joined(vec![Command::Refetch], Vec::new(), cursor, status)
            }
            TabMessage::Reset { cursor } => {
                self.cursor = cursor;
                if let Joining::Asked(waiting) = &mut self.joining {
                    waiting.clear();
                }
                vec![Command::Refetch, listen()]
            }
            // What ended for a leader behind this page need not be over for this page: access that
            // was lost may have been given anew.
            TabMessage::State { status: StreamStatus::Ended(_), cursor }
                if is_before(cursor, self.cursor) =>
            {
                vec![listen()]
            }
            TabMessage::State { status, cursor } if matches!(self.joining, Joining::Done) => {
                self.cursor = later(self.cursor, cursor);
                let mut commands = vec![listen()];
                commands.extend(self.show(status));
                commands
            }
            // All that counts is the latest word: it doesn't wait for what was missed.
            TabMessage::PresenceSnapshot { here } => vec![Command::Meet(here), listen()],
            TabMessage::State { .. }
            | TabMessage::Replay { .. }
            | TabMessage::Resync { .. }
            | TabMessage::Hello { .. }
            | TabMessage::Visibility { .. }
            | TabMessage::Bye { .. } => Vec::new(),
        }
    }

    /// Whether the stream has ended for good, as the leader said.
    pub(super) const fn was_told_the_end(&self) -> bool {
        matches!(self.status, StreamStatus::Ended(_))
    }

    /// The leader has been silent for too long to be believed.
    pub(super) fn leader_is_silent(&mut self) -> Vec<Command> {
        match self.status {
            StreamStatus::Offline | StreamStatus::Ended(_) => Vec::new(),
            _ => self.show(StreamStatus::Connecting),
        }
    }

    fn follow(&mut self, message: StreamMessage, cursor: Cursor) -> Vec<Command> {
        if let Joining::Asked(waiting) = &mut self.joining {
            waiting.push((message, cursor));
            return vec![listen()];
        }
        let apply = apply_after(self.cursor, message, cursor);
        self.cursor = later(self.cursor, cursor);
        apply.into_iter().chain([listen()]).collect()
    }

    /// Applies what was missed, then what had to wait for it.
    fn joined(
        &mut self,
        mut commands: Vec<Command>,
        missed: Vec<(StreamMessage, Cursor)>,
        cursor: Cursor,
        status: StreamStatus,
    ) -> Vec<Command> {
        let Joining::Asked(waiting) = std::mem::replace(&mut self.joining, Joining::Done) else {
            return Vec::new();
        };
        let page = self.cursor;
        self.cursor = later(self.cursor, cursor);
        for (message, cursor) in missed.into_iter().chain(waiting) {
            self.cursor = later(self.cursor, cursor);
            commands.extend(apply_after(page, message, cursor));
        }
        commands.push(listen());
        commands.extend(self.show(status));
        commands
    }

    fn show(&mut self, status: StreamStatus) -> Vec<Command> {
        if self.status == status {
            return Vec::new();
        }
        self.status = status;
        vec![Command::Show(status)]
    }
}

/// Applies what the page doesn't know. A leader may be at an earlier place than a page that was just
/// read: what it tells is old then, and could bring back what the page knows to be gone.
fn apply_after(page: Cursor, message: StreamMessage, told: Cursor) -> Option<Command> {
    let is_new = page.epoch != told.epoch || message.position > page.position;
    is_new.then(|| Command::Apply(Box::new(message)))
}

fn listen() -> Command {
    Command::Schedule(Timer::Leader, LONGEST_SILENCE)
}

fn is_before(told: Cursor, page: Cursor) -> bool {
    told.epoch == page.epoch && told.position < page.position
}

/// The later of two places; one in another log replaces the former.
fn later(held: Cursor, heard: Cursor) -> Cursor {
    let position = if held.epoch == heard.epoch { held.position } else { Position::default() };
    Cursor { position: heard.position.max(position), ..heard }
}
