//! One tab of a browser. It follows another tab's stream until it gets the lock; from then on it
//! leads, until it stands still for so long that another tab takes the lock from it.

pub(super) mod command;
pub(super) mod message;
pub(super) mod stream_machine;

mod follower;
mod leader;
mod recent_messages;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use command::{Command, Timer};
use follower::Follower;
use leader::Leader;
use message::{LeaderMessage, TabId, TabMessage, Term};
use stream_machine::{IDLE_TIMEOUT, StreamInput, StreamMachine};

use crate::realtime::StreamStatus;
use contract::Cursor;

/// An event of this tab.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TabInput {
    /// This tab has got the lock. `online` is whether the browser says that it has a network, `now`
    /// the time in milliseconds.
    Elected { online: bool, now: u64 },
    /// Another tab has taken the lock from this one.
    LockLost,
    /// Another tab has sent a message.
    Message(TabMessage),
    /// This tab has become visible (`true`) or hidden.
    Visibility(bool),
    /// An event of the stream or the network.
    Stream(StreamInput),
}

/// The state of this tab.
#[derive(Debug)]
pub(super) struct Tab {
    id: TabId,
    visible: bool,
    random: fn() -> f64,
    idle_timeout: Duration,
    /// The highest term that this tab has led or heard of.
    term: Option<Term>,
    role: Role,
}

#[derive(Debug)]
enum Role {
    /// Another tab leads, or none does yet.
    Follower(Follower),
    /// This tab holds the lock and the stream.
    Leader(Box<Leader>),
    /// This tab led a stream that ended for good, at that cursor.
    Retired(Cursor),
}

impl Tab {
    /// Creates a tab whose page's data was read after `cursor`. `random` returns numbers from 0 to 1.
    pub(super) const fn new(id: TabId, cursor: Cursor, visible: bool, random: fn() -> f64) -> Self {
        let role = Role::Follower(Follower::new(id, cursor, random));
        Self { id, visible, random, idle_timeout: IDLE_TIMEOUT, term: None, role }
    }

    /// Disconnects the stream when all tabs have been hidden for `idle_timeout`.
    pub(super) fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// Returns the cursor up to which this tab has applied the stream.
    pub(super) const fn cursor(&self) -> Cursor {
        match &self.role {
            Role::Follower(follower) => follower.cursor(),
            Role::Leader(leader) => leader.cursor(),
            Role::Retired(cursor) => *cursor,
        }
    }

    /// Asks the leader for the messages since the page was read.
    pub(super) fn join(&mut self) -> Vec<Command> {
        match &mut self.role {
            Role::Follower(follower) => follower.join(self.visible),
            Role::Leader(_) | Role::Retired(_) => Vec::new(),
        }
    }

    /// Tells the other tabs that this one closes.
    pub(super) fn leave(&self) -> Vec<Command> {
        vec![Command::Broadcast(TabMessage::Bye { from: self.id })]
    }

    /// Handles an event. Returns what to do now, in that order.
    pub(super) fn handle(&mut self, input: TabInput) -> Vec<Command> {
        let commands = match (input, &mut self.role) {
            (_, Role::Retired(_)) => Vec::new(),
            // The stream has ended for good: connecting again would end the same way.
            (TabInput::Elected { .. }, Role::Follower(follower)) if follower.has_ended() => {
                vec![Command::StopTimer(Timer::Leader), Command::ReleaseLock]
            }
            (TabInput::Elected { online, now }, Role::Follower(follower)) => {
                let term = Term::next(self.term, self.id, now);
                let machine = StreamMachine::new(follower.cursor(), online, self.random)
                    .with_idle_timeout(self.idle_timeout);
                let mut leader = Leader::new(term, machine, self.visible);
                let mut commands = vec![Command::StopTimer(Timer::Leader)];
                commands.extend(leader.start());
                self.term = Some(term);
                self.role = Role::Leader(Box::new(leader));
                commands
            }
            (TabInput::Elected { .. }, Role::Leader(_)) => Vec::new(),
            (TabInput::LockLost, Role::Leader(_)) => self.step_down(),
            (TabInput::LockLost, Role::Follower(_)) => Vec::new(),
            (TabInput::Message(TabMessage::FromLeader(term, message)), _)
                if Some(term) > self.term =>
            {
                self.on_new_leader(term, message)
            }
            (
                TabInput::Message(TabMessage::FromLeader(term, message)),
                Role::Follower(follower),
            ) => {
                if Some(term) == self.term {
                    follower.on_message(message, self.visible)
                } else {
                    Vec::new()
                }
            }
            (TabInput::Message(_), Role::Follower(_)) => Vec::new(),
            (TabInput::Message(message), Role::Leader(leader)) => leader.on_message(message),
            (TabInput::Visibility(visible), role) => {
                self.visible = visible;
                match role {
                    Role::Leader(leader) => leader.set_visible(visible),
                    Role::Follower(follower) => follower.set_visible(visible),
                    Role::Retired(_) => Vec::new(),
                }
            }
            (
                TabInput::Stream(StreamInput::TimerFired(Timer::Leader)),
                Role::Follower(follower),
            ) => follower.on_leader_timeout(self.visible),
            (TabInput::Stream(_), Role::Follower(_)) => Vec::new(),
            (TabInput::Stream(input), Role::Leader(leader)) => leader.handle(input),
        };
        if commands.contains(&Command::ReleaseLock) {
            self.role = Role::Retired(self.cursor());
        }
        commands
    }

    /// Handles the first message of a leader with a higher term than all others so far.
    fn on_new_leader(&mut self, term: Term, message: LeaderMessage) -> Vec<Command> {
        let is_first = self.term.replace(term).is_none();
        let is_announcement = message == LeaderMessage::Leads;
        let mut commands = match &mut self.role {
            Role::Leader(_) if is_announcement => return self.step_down(),
            Role::Leader(_) => self.step_down(),
            // What the former leader said isn't enough to follow this one. A tab that has just opened
            // has asked already, and an announcement makes it ask anyway.
            Role::Follower(follower) if !is_first && !is_announcement => {
                follower.join(self.visible)
            }
            Role::Follower(_) | Role::Retired(_) => Vec::new(),
        };
        if let Role::Follower(follower) = &mut self.role {
            commands.extend(follower.on_message(message, self.visible));
        }
        commands
    }

    /// Follows the tab that leads now, from the cursor up to which this tab has applied the stream.
    fn step_down(&mut self) -> Vec<Command> {
        let Role::Leader(leader) = &mut self.role else { return Vec::new() };
        let mut commands = leader.step_down();
        let mut follower = Follower::new(self.id, leader.cursor(), self.random);
        commands.extend([Command::ShowStatus(StreamStatus::Connecting), Command::RequestLock]);
        commands.extend(follower.join(self.visible));
        self.role = Role::Follower(follower);
        commands
    }
}
