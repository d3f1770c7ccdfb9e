//! The tab that holds the stream for all tabs of the browser.

use std::collections::HashSet;

use super::command::Command;
use super::machine::{Input, Machine};
use super::message::{TabId, TabMessage};
use super::recent::Recent;
use contract::event::{PresenceSnapshot, StreamEvent};
use contract::{Cursor, StreamMessage};

/// The stream, and what the other tabs must hear of it.
#[derive(Debug)]
pub(super) struct Leader {
    machine: Machine,
    recent: Recent,
    /// Who is here, as this connection told last.
    here: Option<PresenceSnapshot>,
    /// The other tabs that somebody looks at.
    seen: HashSet<TabId>,
    visible: bool,
}

impl Leader {
    /// A tab that takes over at `cursor`.
    pub(super) fn new(machine: Machine, visible: bool) -> Self {
        let recent = Recent::from(machine.cursor());
        Self { machine, recent, here: None, seen: HashSet::new(), visible }
    }

    /// Where the stream stands.
    pub(super) const fn cursor(&self) -> Cursor {
        self.machine.cursor()
    }

    /// Connects, and says so.
    pub(super) fn begin(&mut self) -> Vec<Command> {
        let status = self.machine.status();
        let mut commands = vec![Command::Tell(TabMessage::Leads), Command::Show(status)];
        commands.extend(self.handle(Input::Start));
        if !self.visible {
            commands.extend(self.handle(Input::Unseen));
        }
        commands
    }

    /// Takes in what happened to the stream; what it leads to is told to the other tabs as well.
    pub(super) fn handle(&mut self, input: Input) -> Vec<Command> {
        let moves_cursor_only = matches!(input, Input::Received(StreamEvent::Ping(_), _));
        let decided = self.machine.handle(input);
        let mut commands = Vec::with_capacity(2 * decided.len());
        for command in decided {
            commands.extend(self.tell_of(&command).map(Command::Tell));
            commands.push(command);
        }
        let told = commands.iter().any(|command| matches!(command, Command::Show(_)));
        if moves_cursor_only && !told {
            commands.push(Command::Tell(self.state()));
        }
        commands
    }

    /// Takes in what another tab says.
    pub(super) fn hear(&mut self, message: TabMessage) -> Vec<Command> {
        match message {
            TabMessage::Hello { from, cursor, visible } => {
                let mut commands = vec![Command::Tell(self.answer(from, cursor))];
                commands.extend(self.presence().map(Command::Tell));
                commands.extend(self.look(from, visible));
                commands
            }
            TabMessage::Visibility { from, visible } => self.look(from, visible),
            TabMessage::Bye { from } => self.look(from, false),
            TabMessage::Leads
            | TabMessage::Replay { .. }
            | TabMessage::Resync { .. }
            | TabMessage::Change { .. }
            | TabMessage::Reset { .. }
            | TabMessage::State { .. }
            | TabMessage::PresenceSnapshot { .. } => Vec::new(),
        }
    }

    /// Somebody begins or stops looking at this tab.
    pub(super) fn set_visible(&mut self, visible: bool) -> Vec<Command> {
        self.watched(|leader| leader.visible = visible)
    }

    fn look(&mut self, tab: TabId, visible: bool) -> Vec<Command> {
        self.watched(|leader| {
            if visible {
                leader.seen.insert(tab);
            } else {
                leader.seen.remove(&tab);
            }
        })
    }

    fn watched(&mut self, change: impl FnOnce(&mut Self)) -> Vec<Command> {
        let before = self.is_seen();
        change(self);
        match (before, self.is_seen()) {
            (false, true) => self.handle(Input::Seen),
            (true, false) => self.handle(Input::Unseen),
            _ => Vec::new(),
        }
    }

    fn is_seen(&self) -> bool {
        self.visible || !self.seen.is_empty()
    }

    fn answer(&self, to: TabId, from: Cursor) -> TabMessage {
        let (cursor, status) = (self.machine.cursor(), self.machine.status());
        match self.recent.after(from) {
            Some(messages) => TabMessage::Replay { to, messages, cursor, status },
            None => TabMessage::Resync { to, cursor, status },
        }
    }

    fn tell_of(&mut self, command: &Command) -> Option<TabMessage> {
        let cursor = self.machine.cursor();
        match command {
            Command::Apply(message) => {
                self.recent.push(StreamMessage::clone(message));
                Some(TabMessage::Change { message: message.clone(), cursor })
            }
            Command::Refetch => {
                self.recent = Recent::from(cursor);
                Some(TabMessage::Reset { cursor })
            }
            Command::Show(_) => Some(self.state()),
            Command::Meet(here) => {
                self.here = Some(here.clone());
                self.presence()
            }
            Command::Disconnect => {
                self.here = None;
                None
            }
            _ => None,
        }
    }

    fn presence(&self) -> Option<TabMessage> {
        self.here.clone().map(|here| TabMessage::PresenceSnapshot { here })
    }

    fn state(&self) -> TabMessage {
        TabMessage::State { status: self.machine.status(), cursor: self.machine.cursor() }
    }
}
