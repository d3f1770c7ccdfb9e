//! One tab of a browser: it follows until it is elected, and leads from then on.

pub(super) mod command;
pub(super) mod machine;
pub(super) mod message;

mod backoff;
mod follower;
mod leader;
mod recent;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use command::{Command, Timer};
use follower::Follower;
use leader::Leader;
use machine::{Input, Machine, UNSEEN_FOR};
use message::{TabId, TabMessage};

use contract::Cursor;

/// Something that happened to this tab.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TabInput {
    /// It holds the lock; `online` is whether the browser has a network.
    Elected { online: bool },
    /// Another tab said something.
    Heard(TabMessage),
    /// Somebody begins or stops looking at it.
    Visible(bool),
    /// Something happened to the stream or the network.
    Stream(Input),
}

/// What this tab is to the others.
#[derive(Debug)]
pub(super) struct Tab {
    id: TabId,
    visible: bool,
    random: fn() -> f64,
    unseen_for: Duration,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Follower(Follower),
    Leader(Box<Leader>),
    /// It led a stream that ended for good.
    Retired(Cursor),
}

impl Tab {
    /// A tab whose page's data was read from `cursor` on.
    pub(super) const fn new(id: TabId, cursor: Cursor, visible: bool, random: fn() -> f64) -> Self {
        let role = Role::Follower(Follower::new(id, cursor));
        Self { id, visible, random, unseen_for: UNSEEN_FOR, role }
    }

    /// Lets the stream go when nobody has looked at any tab for that long.
    pub(super) fn letting_go_after(self, unseen_for: Duration) -> Self {
        Self { unseen_for, ..self }
    }

    /// Up to where this tab has heard.
    pub(super) const fn cursor(&self) -> Cursor {
        match &self.role {
            Role::Follower(follower) => follower.cursor(),
            Role::Leader(leader) => leader.cursor(),
            Role::Retired(cursor) => *cursor,
        }
    }

    /// Presents itself to whoever leads.
    pub(super) fn join(&mut self) -> Vec<Command> {
        match &mut self.role {
            Role::Follower(follower) => follower.join(self.visible),
            Role::Leader(_) | Role::Retired(_) => Vec::new(),
        }
    }

    /// Says goodbye to the others.
    pub(super) fn leave(&self) -> Vec<Command> {
        vec![Command::Tell(TabMessage::Bye { from: self.id })]
    }

    /// Takes in what happened; gives what to do now, in that order.
    pub(super) fn handle(&mut self, input: TabInput) -> Vec<Command> {
        let commands = match (input, &mut self.role) {
            (_, Role::Retired(_)) => Vec::new(),
            // Nothing comes on it any more, for whoever asks.
            (TabInput::Elected { .. }, Role::Follower(follower)) if follower.was_told_the_end() => {
                vec![Command::Cancel(Timer::Leader), Command::Resign]
            }
            (TabInput::Elected { online }, Role::Follower(follower)) => {
                let machine = Machine::new(follower.cursor(), online, self.random)
                    .letting_go_after(self.unseen_for);
                let mut leader = Leader::new(machine, self.visible);
                let mut commands = vec![Command::Cancel(Timer::Leader)];
                commands.extend(leader.begin());
                self.role = Role::Leader(Box::new(leader));
                commands
            }
            (TabInput::Elected { .. }, Role::Leader(_)) => Vec::new(),
            (TabInput::Heard(message), Role::Follower(follower)) => {
                follower.hear(message, self.visible)
            }
            (TabInput::Heard(message), Role::Leader(leader)) => leader.hear(message),
            (TabInput::Visible(visible), role) => {
                self.visible = visible;
                match role {
                    Role::Leader(leader) => leader.set_visible(visible),
                    Role::Follower(_) | Role::Retired(_) => {
                        vec![Command::Tell(TabMessage::Visibility { from: self.id, visible })]
                    }
                }
            }
            (TabInput::Stream(Input::Due(Timer::Leader)), Role::Follower(follower)) => {
                follower.leader_is_silent()
            }
            (TabInput::Stream(_), Role::Follower(_)) => Vec::new(),
            (TabInput::Stream(input), Role::Leader(leader)) => leader.handle(input),
        };
        if commands.contains(&Command::Resign) {
            self.role = Role::Retired(self.cursor());
        }
        commands
    }
}
