//! The tab that holds the stream for all tabs of the browser.

use std::collections::HashSet;

use super::command::Command;
use super::message::{LeaderMessage, TabId, TabMessage, Term};
use super::recent_messages::RecentMessages;
use super::stream_machine::{StreamInput, StreamMachine};
use contract::event::{PresenceSnapshot, StreamEvent};
use contract::{Cursor, StreamMessage};

/// The stream, and what the leader needs to keep the other tabs up to date.
#[derive(Debug)]
pub(super) struct Leader {
    term: Term,
    machine: StreamMachine,
    recent: RecentMessages,
    /// The last snapshot of this connection. `None` before the first one.
    presence: Option<PresenceSnapshot>,
    /// The other tabs that are visible.
    visible_tabs: HashSet<TabId>,
    /// Whether this tab is visible.
    visible: bool,
}

impl Leader {
    /// Creates a leader that resumes from the machine's cursor.
    pub(super) fn new(term: Term, machine: StreamMachine, visible: bool) -> Self {
        let recent = RecentMessages::new(machine.cursor());
        Self { term, machine, recent, presence: None, visible_tabs: HashSet::new(), visible }
    }

    /// Returns the stream's cursor.
    pub(super) const fn cursor(&self) -> Cursor {
        self.machine.cursor()
    }

    /// Announces the new leader and connects.
    pub(super) fn start(&mut self) -> Vec<Command> {
        let status = self.machine.status();
        let mut commands = vec![self.broadcast(LeaderMessage::Leads), Command::ShowStatus(status)];
        commands.extend(self.handle(StreamInput::Start));
        if !self.visible {
            commands.extend(self.handle(StreamInput::Hidden));
        }
        commands
    }

    /// Passes an event to the state machine, and broadcasts the effects that followers need.
    pub(super) fn handle(&mut self, input: StreamInput) -> Vec<Command> {
        let is_ping = matches!(input, StreamInput::Received(StreamEvent::Ping(_), _));
        let decided = self.machine.handle(input);
        let mut commands = Vec::with_capacity(2 * decided.len());
        for command in decided {
            commands.extend(self.broadcast_for(&command));
            commands.push(command);
        }
        // A ping moves the cursor, also when it doesn't change the status.
        let has_status = commands.iter().any(|command| matches!(command, Command::ShowStatus(_)));
        if is_ping && !has_status {
            commands.push(self.broadcast_state());
        }
        commands
    }

    /// Handles a message of another tab.
    pub(super) fn on_message(&mut self, message: TabMessage) -> Vec<Command> {
        match message {
            TabMessage::Hello { from, cursor, visible } => {
                let mut commands = vec![self.answer_hello(from, cursor)];
                commands.extend(self.broadcast_presence());
                commands.extend(self.set_tab_visible(from, visible));
                commands
            }
            TabMessage::Visibility { from, visible } => self.set_tab_visible(from, visible),
            TabMessage::Bye { from } => self.set_tab_visible(from, false),
            TabMessage::Probe => vec![self.broadcast_state()],
            // A former leader that doesn't know yet that this tab leads. Only a lower term gets here.
            TabMessage::FromLeader(..) => vec![self.broadcast_state()],
        }
    }

    /// Disconnects, because another tab leads now.
    pub(super) fn step_down(&mut self) -> Vec<Command> {
        self.machine.stop()
    }

    /// Records that this tab has become visible or hidden.
    pub(super) fn set_visible(&mut self, visible: bool) -> Vec<Command> {
        let mut commands = self.change_visibility(|leader| leader.visible = visible);
        // A page that the browser has restored from its history may have missed that another tab
        // leads now; that tab answers.
        if visible {
            commands.push(self.broadcast_state());
        }
        commands
    }

    fn set_tab_visible(&mut self, tab: TabId, visible: bool) -> Vec<Command> {
        self.change_visibility(|leader| {
            if visible {
                leader.visible_tabs.insert(tab);
            } else {
                leader.visible_tabs.remove(&tab);
            }
        })
    }

    /// Tells the state machine when `change` makes the first tab visible or the last one hidden.
    fn change_visibility(&mut self, change: impl FnOnce(&mut Self)) -> Vec<Command> {
        let before = self.any_visible();
        change(self);
        match (before, self.any_visible()) {
            (false, true) => self.handle(StreamInput::Visible),
            (true, false) => self.handle(StreamInput::Hidden),
            _ => Vec::new(),
        }
    }

    fn any_visible(&self) -> bool {
        self.visible || !self.visible_tabs.is_empty()
    }

    fn answer_hello(&self, to: TabId, from: Cursor) -> Command {
        let (cursor, status) = (self.machine.cursor(), self.machine.status());
        self.broadcast(match self.recent.after(from) {
            Some(messages) => LeaderMessage::Replay { to, messages, cursor, status },
            None => LeaderMessage::Resync { to, cursor, status },
        })
    }

    /// Returns the message that tells followers about a command. Also records it for tabs that open later.
    fn broadcast_for(&mut self, command: &Command) -> Option<Command> {
        let cursor = self.machine.cursor();
        match command {
            Command::Apply(message) => {
                self.recent.push(StreamMessage::clone(message));
                Some(self.broadcast(LeaderMessage::Change { message: message.clone(), cursor }))
            }
            Command::Refetch => {
                self.recent = RecentMessages::new(cursor);
                Some(self.broadcast(LeaderMessage::Reset { cursor }))
            }
            Command::ShowStatus(_) => Some(self.broadcast_state()),
            Command::ShowPresence(snapshot) => {
                self.presence = Some(snapshot.clone());
                self.broadcast_presence()
            }
            Command::Disconnect => {
                self.presence = None;
                None
            }
            _ => None,
        }
    }

    fn broadcast_presence(&self) -> Option<Command> {
        let snapshot = self.presence.clone()?;
        Some(self.broadcast(LeaderMessage::Presence { snapshot }))
    }

    fn broadcast_state(&self) -> Command {
        let (status, cursor) = (self.machine.status(), self.machine.cursor());
        self.broadcast(LeaderMessage::State { status, cursor })
    }

    fn broadcast(&self, message: LeaderMessage) -> Command {
        Command::Broadcast(TabMessage::FromLeader(self.term, message))
    }
}
