//! One tab of a browser. It follows another tab's stream until it gets the lock; from then on it
//! leads.

pub(super) mod command;
pub(super) mod machine;
pub(super) mod message;

mod follower;
mod leader;
mod recent_messages;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use command::{Command, Timer};
use follower::Follower;
use leader::Leader;
use machine::{IDLE_TIMEOUT, StreamInput, StreamMachine};
use message::{TabId, TabMessage};

use contract::Cursor;

/// An event of this tab.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TabInput {
    /// This tab has got the lock. `online` is whether the browser has a network.
    Elected { online: bool },
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
    /// A tab whose page's data was read after `cursor`. `random` returns numbers from 0 to 1.
    pub(super) const fn new(id: TabId, cursor: Cursor, visible: bool, random: fn() -> f64) -> Self {
        let role = Role::Follower(Follower::new(id, cursor));
        Self { id, visible, random, idle_timeout: IDLE_TIMEOUT, role }
    }

    /// Disconnects the stream when all tabs have been hidden for `idle_timeout`.
    pub(super) fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// The cursor up to which this tab has applied the stream.
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
            (TabInput::Elected { online }, Role::Follower(follower)) => {
                let machine = StreamMachine::new(follower.cursor(), online, self.random)
                    .with_idle_timeout(self.idle_timeout);
                let mut leader = Leader::new(machine, self.visible);
                let mut commands = vec![Command::StopTimer(Timer::Leader)];
                commands.extend(leader.start());
                self.role = Role::Leader(Box::new(leader));
                commands
            }
            (TabInput::Elected { .. }, Role::Leader(_)) => Vec::new(),
            (TabInput::Message(message), Role::Follower(follower)) => {
                follower.on_message(message, self.visible)
            }
            (TabInput::Message(message), Role::Leader(leader)) => leader.on_message(message),
            (TabInput::Visibility(visible), role) => {
                self.visible = visible;
                match role {
                    Role::Leader(leader) => leader.set_visible(visible),
                    Role::Follower(_) | Role::Retired(_) => {
                        let message = TabMessage::Visibility { from: self.id, visible };
                        vec![Command::Broadcast(message)]
                    }
                }
            }
            (
                TabInput::Stream(StreamInput::TimerFired(Timer::Leader)),
                Role::Follower(follower),
            ) => follower.on_leader_timeout(),
            (TabInput::Stream(_), Role::Follower(_)) => Vec::new(),
            (TabInput::Stream(input), Role::Leader(leader)) => leader.handle(input),
        };
        if commands.contains(&Command::ReleaseLock) {
            self.role = Role::Retired(self.cursor());
        }
        commands
    }
}
