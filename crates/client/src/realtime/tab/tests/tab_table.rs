//! Every event in every role of a tab. Also checks that `docs/user-stream.md` has the same table.

use std::time::Duration;

use super::page::{self, Table};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::message::{LeaderMessage, TabId, TabMessage, Term};
use crate::realtime::tab::stream_machine::StreamInput;
use crate::realtime::tab::{Role, Tab, TabInput};

const ROLES: [&str; 4] = ["joining", "following", "leading", "retired"];
const ME: TabId = TabId(Uuid::from_u128(1));
const OTHER: TabId = TabId(Uuid::from_u128(2));
const LEADER_TIMER: Command = Command::StartTimer(Timer::Leader, Duration::from_secs(5));
const ANSWER_TIMER: Command = Command::StartTimer(Timer::Leader, Duration::from_secs(6));
/// The term of the leader in the tests.
const TERM: Term = Term { number: 10, leader: OTHER };
const LATER: Term = Term { number: 20, leader: OTHER };
const FORMER: Term = Term { number: 5, leader: OTHER };
/// The term of this tab, when it leads.
const MINE: Term = Term { number: 11, leader: ME };

/// What the tab does in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Lead,
    StepDown,
    Answer,
    UpdateVisibility,
    SendState,
    Join,
    Buffer,
    Apply,
    ReplayAndFollow,
    Refetch,
    RefetchAndFollow,
    ShowStatus,
    ShowPresence,
    BroadcastVisibility,
    AskLeader,
    TakeOver,
    UseStreamTable,
    /// Nothing, for the reason with that letter.
    Nothing(char),
}

use Cell::*;

impl Cell {
    fn text(self) -> String {
        let text = match self {
            Lead => "lead",
            StepDown => "step down",
            Answer => "answer",
            UpdateVisibility => "update visibility",
            SendState => "send state",
            Join => "join",
            Buffer => "buffer",
            Apply => "apply",
            ReplayAndFollow => "replay, follow",
            Refetch => "refetch",
            RefetchAndFollow => "refetch, follow",
            ShowStatus => "show status",
            ShowPresence => "show presence",
            BroadcastVisibility => "broadcast visibility",
            AskLeader => "ask leader",
            TakeOver => "take over",
            UseStreamTable => "stream table",
            Nothing(letter) => return format!("– {letter}"),
        };
        text.to_owned()
    }

    /// The role after it.
    fn next_role(self, role: &'static str) -> &'static str {
        match self {
            Lead => "leading",
            Join | StepDown => "joining",
            ReplayAndFollow | RefetchAndFollow => "following",
            _ => role,
        }
    }

    /// The expected commands for a tab of that role.
    fn commands(self, role: &str, input: &TabInput) -> Vec<Command> {
        let show_live = Command::ShowStatus(StreamStatus::Live);
        match self {
            Lead => vec![
                Command::StopTimer(Timer::Leader),
                Command::Broadcast(TabMessage::FromLeader(MINE, LeaderMessage::Leads)),
                Command::ShowStatus(StreamStatus::Connecting),
                Command::StopTimer(Timer::Retry),
                Command::Connect(at(10)),
                Command::StartTimer(Timer::Watchdog, Duration::from_secs(45)),
            ],
            StepDown => vec![
                Command::Disconnect,
                Command::StopTimer(Timer::Watchdog),
                Command::StopTimer(Timer::Stable),
                Command::StopTimer(Timer::Retry),
                Command::StopTimer(Timer::Idle),
                Command::ShowStatus(StreamStatus::Connecting),
                Command::RequestLock,
                HELLO,
                ANSWER_TIMER,
            ],
            Answer => {
                let (cursor, status) = (at(10), StreamStatus::Live);
                let known = *input == TabInput::Message(hello(10));
                let answer = match known {
                    true => {
                        LeaderMessage::Replay { to: OTHER, messages: Vec::new(), cursor, status }
                    }
                    false => LeaderMessage::Resync { to: OTHER, cursor, status },
                };
                vec![Command::Broadcast(TabMessage::FromLeader(MINE, answer))]
            }
            // This tab is visible, so the visibility of others changes nothing.
            UpdateVisibility => match input {
                TabInput::Visibility(true) => SendState.commands(role, input),
                TabInput::Visibility(false) => {
                    vec![Command::StartTimer(Timer::Idle, Duration::from_secs(300))]
                }
                _ => Vec::new(),
            },
            SendState => {
                let state = LeaderMessage::State { status: StreamStatus::Live, cursor: at(10) };
                vec![Command::Broadcast(TabMessage::FromLeader(MINE, state))]
            }
            Join => vec![HELLO, ANSWER_TIMER],
            Apply => vec![Command::Apply(Box::new(change(11)))],
            ReplayAndFollow => vec![Command::Apply(Box::new(change(11))), show_live],
            Refetch => vec![Command::Refetch],
            RefetchAndFollow => vec![Command::Refetch, show_live],
            ShowStatus => vec![Command::ShowStatus(StreamStatus::Degraded)],
            ShowPresence => vec![Command::ShowPresence(PresenceSnapshot::default())],
            BroadcastVisibility => {
                let visible = *input == TabInput::Visibility(true);
                let told = Command::Broadcast(TabMessage::Visibility { from: ME, visible });
                let ask = if visible { AskLeader.commands(role, input) } else { Vec::new() };
                [vec![told], ask].concat()
            }
            AskLeader if role == "joining" => vec![HELLO, ANSWER_TIMER],
            AskLeader => vec![Command::Broadcast(TabMessage::Probe), ANSWER_TIMER],
            TakeOver => vec![Command::StealLock, ANSWER_TIMER],
            UseStreamTable if *input == TabInput::Stream(StreamInput::Hidden) => {
                vec![Command::StartTimer(Timer::Idle, Duration::from_secs(300))]
            }
            Buffer | UseStreamTable | Nothing(_) => Vec::new(),
        }
    }
}

const HELLO: Command =
    Command::Broadcast(TabMessage::Hello { from: ME, cursor: at(10), visible: true });

/// Whether a follower hears from its leader.
fn is_heard(role: &str, input: &TabInput) -> bool {
    let TabInput::Message(TabMessage::FromLeader(term, message)) = input else { return false };
    let is_newer = *term == LATER && *message != LeaderMessage::Leads;
    is_newer && role != "retired" || *term == TERM && matches!(role, "joining" | "following")
}

struct Row {
    event: &'static str,
    inputs: fn() -> Vec<TabInput>,
    cells: [Cell; ROLES.len()],
}

/// Nothing, for the reason with that letter in the docs.
const I: Cell = Nothing('i');
const J: Cell = Nothing('j');
const K: Cell = Nothing('k');
const L: Cell = Nothing('l');
const M: Cell = Nothing('m');
const N: Cell = Nothing('n');
const O: Cell = Nothing('o');
const P: Cell = Nothing('p');
const Q: Cell = Nothing('q');

// Cells in the order of `ROLES`.
rows! {
    this_tab_gets_the_lock: elected() => [Lead, Lead, I, Q];
    this_tab_loses_the_lock: TabInput::LockLost => [J, J, StepDown, Q];
    another_tab_opens: TabInput::Message(hello(10)), TabInput::Message(hello(5)) => [K, K, Answer, Q];
    another_tab_changes_visibility: TabInput::Message(visibility(true)), TabInput::Message(visibility(false)) =>
        [K, K, UpdateVisibility, Q];
    another_tab_closes: TabInput::Message(TabMessage::Bye { from: OTHER }) => [K, K, UpdateVisibility, Q];
    another_tab_asks_for_the_leader: TabInput::Message(TabMessage::Probe) => [K, K, SendState, Q];
    another_tab_becomes_the_leader: from(LATER, LeaderMessage::Leads) => [Join, Join, StepDown, Q];
    a_later_leader_sends_anything: from(LATER, state(StreamStatus::Degraded)) => [Join, Join, StepDown, Q];
    a_former_leader_sends_anything: from(FORMER, state(StreamStatus::Degraded)), from(FORMER, replay(ME)), from(FORMER, LeaderMessage::Leads) =>
        [L, L, SendState, Q];
    the_leader_broadcasts_a_change: from(TERM, change_message(11)) => [Buffer, Apply, SendState, Q];
    the_leader_replays_missed_messages: from(TERM, replay(ME)) => [ReplayAndFollow, M, SendState, Q];
    the_leader_no_longer_has_missed_messages: from(TERM, resync(ME)) => [RefetchAndFollow, M, SendState, Q];
    the_leader_answers_another_tab: from(TERM, replay(OTHER)), from(TERM, resync(OTHER)) => [N, N, SendState, Q];
    the_leader_resets: from(TERM, LeaderMessage::Reset { cursor: at(20) }) => [Refetch, Refetch, SendState, Q];
    the_leader_broadcasts_its_state: from(TERM, state(StreamStatus::Degraded)) => [O, ShowStatus, SendState, Q];
    the_leader_broadcasts_presence: from(TERM, LeaderMessage::Presence { snapshot: PresenceSnapshot::default() }) =>
        [ShowPresence, ShowPresence, SendState, Q];
    this_tab_changes_visibility: TabInput::Visibility(true), TabInput::Visibility(false) =>
        [BroadcastVisibility, BroadcastVisibility, UpdateVisibility, Q];
    the_leader_timer_fires: TabInput::Stream(StreamInput::TimerFired(Timer::Leader)) => [TakeOver, AskLeader, UseStreamTable, Q];
    another_stream_event_happens:
        TabInput::Stream(StreamInput::Opened), TabInput::Stream(StreamInput::Hidden) => [P, P, UseStreamTable, Q];
}

/// The row that an input belongs to. A new input doesn't compile without one.
fn row_for(input: &TabInput) -> &'static str {
    match input {
        TabInput::Elected { .. } => "this_tab_gets_the_lock",
        TabInput::LockLost => "this_tab_loses_the_lock",
        TabInput::Message(message) => match message {
            TabMessage::Hello { .. } => "another_tab_opens",
            TabMessage::Visibility { .. } => "another_tab_changes_visibility",
            TabMessage::Bye { .. } => "another_tab_closes",
            TabMessage::Probe => "another_tab_asks_for_the_leader",
            TabMessage::FromLeader(LATER, LeaderMessage::Leads) => "another_tab_becomes_the_leader",
            TabMessage::FromLeader(LATER, _) => "a_later_leader_sends_anything",
            TabMessage::FromLeader(TERM, message) => row_for_leader(message),
            TabMessage::FromLeader(..) => "a_former_leader_sends_anything",
        },
        TabInput::Visibility(_) => "this_tab_changes_visibility",
        TabInput::Stream(StreamInput::TimerFired(Timer::Leader)) => "the_leader_timer_fires",
        TabInput::Stream(_) => "another_stream_event_happens",
    }
}

fn row_for_leader(message: &LeaderMessage) -> &'static str {
    match message {
        LeaderMessage::Leads => "another_tab_becomes_the_leader",
        LeaderMessage::Change { .. } => "the_leader_broadcasts_a_change",
        LeaderMessage::Replay { to: ME, .. } => "the_leader_replays_missed_messages",
        LeaderMessage::Resync { to: ME, .. } => "the_leader_no_longer_has_missed_messages",
        LeaderMessage::Replay { .. } | LeaderMessage::Resync { .. } => {
            "the_leader_answers_another_tab"
        }
        LeaderMessage::Reset { .. } => "the_leader_resets",
        LeaderMessage::State { .. } => "the_leader_broadcasts_its_state",
        LeaderMessage::Presence { .. } => "the_leader_broadcasts_presence",
    }
}

fn elected() -> TabInput {
    TabInput::Elected { online: true, now: MINE.number }
}

fn hello(position: i64) -> TabMessage {
    TabMessage::Hello { from: OTHER, cursor: at(position), visible: true }
}

fn visibility(visible: bool) -> TabMessage {
    TabMessage::Visibility { from: OTHER, visible }
}

fn from(term: Term, message: LeaderMessage) -> TabInput {
    TabInput::Message(TabMessage::FromLeader(term, message))
}

fn change_message(position: i64) -> LeaderMessage {
    LeaderMessage::Change { message: Box::new(change(position)), cursor: at(position) }
}

fn replay(to: TabId) -> LeaderMessage {
    let (messages, cursor) = (vec![change(11)], at(11));
    LeaderMessage::Replay { to, messages, cursor, status: StreamStatus::Live }
}

fn resync(to: TabId) -> LeaderMessage {
    LeaderMessage::Resync { to, cursor: at(20), status: StreamStatus::Live }
}

fn state(status: StreamStatus) -> LeaderMessage {
    LeaderMessage::State { status, cursor: at(10) }
}

/// A visible tab of that role.
fn tab(role: &str) -> Tab {
    let mut tab = Tab::new(ME, at(10), true, || 1.0);
    let _ = tab.join();
    let stream = |event| TabInput::Stream(StreamInput::Received(event, None));
    let leads = || from(TERM, LeaderMessage::Leads);
    let status = StreamStatus::Live;
    let answer = LeaderMessage::Replay { to: ME, messages: Vec::new(), cursor: at(10), status };
    let inputs = match role {
        "joining" => vec![leads()],
        "following" => vec![leads(), from(TERM, answer)],
        "leading" => vec![elected(), stream(offset(10))],
        _ => vec![elected(), stream(offset(10)), stream(end(EndCode::SessionEnded))],
    };
    for input in inputs {
        let _ = tab.handle(input);
    }
    assert_eq!(role_of(&tab), role);
    tab
}

fn role_of(tab: &Tab) -> &'static str {
    match &tab.role {
        Role::Follower(follower) if follower.is_joining() => "joining",
        Role::Follower(_) => "following",
        Role::Leader(_) => "leading",
        Role::Retired(_) => "retired",
    }
}

/// Checks each cell of that row.
fn check(event: &str) {
    let row =
        ROWS.iter().find(|row| row.event == event).expect("each test is generated from its row");
    for (role, cell) in ROLES.into_iter().zip(row.cells) {
        for input in (row.inputs)() {
            assert_eq!(row_for(&input), row.event);
            let mut tab = tab(role);
            let mut commands = cell.commands(role, &input);
            if is_heard(role, &input) {
                let index = if matches!(cell, Join | StepDown) { commands.len() } else { 0 };
                commands.insert(index, LEADER_TIMER);
            }
            let expected = (cell.next_role(role), commands);
            let commands = tab.handle(input);
            assert_eq!((role_of(&tab), commands), expected, "{event} × {role}");
        }
    }
}

#[test]
fn docs_have_the_same_cells() {
    let head = std::iter::once("event").chain(ROLES);
    let mut table: Table = vec![head.map(str::to_owned).collect()];
    table.extend(ROWS.iter().map(|row| {
        let cells = row.cells.into_iter().map(Cell::text);
        std::iter::once(row.event.replace('_', " ")).chain(cells).collect()
    }));
    assert_eq!(page::table("The tab: role × event"), table);
    assert_eq!(page::reasons("The tab: role × event"), page::used_reasons(&table));
}
