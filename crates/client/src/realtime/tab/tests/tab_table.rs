//! Every event in every role of a tab. Also checks that `docs/user-stream.md` has the same table.

use std::time::Duration;

use super::page::{self, Table};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::StreamInput;
use crate::realtime::tab::message::{TabId, TabMessage};
use crate::realtime::tab::{Role, Tab, TabInput};

const ROLES: [&str; 4] = ["joining", "following", "leading", "retired"];
const ME: TabId = TabId(Uuid::from_u128(1));
const OTHER: TabId = TabId(Uuid::from_u128(2));
const LEADER_TIMER: Command = Command::StartTimer(Timer::Leader, Duration::from_secs(60));

/// What the tab does in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Lead,
    Answer,
    UpdateVisibility,
    Join,
    Buffer,
    Apply,
    ReplayAndFollow,
    Refetch,
    RefetchAndFollow,
    ShowStatus,
    ShowPresence,
    BroadcastVisibility,
    DistrustLeader,
    UseStreamTable,
    /// Nothing, for the reason with that letter.
    Nothing(char),
}

use Cell::*;

impl Cell {
    fn text(self) -> String {
        let text = match self {
            Lead => "lead",
            Answer => "answer",
            UpdateVisibility => "update visibility",
            Join => "join",
            Buffer => "buffer",
            Apply => "apply",
            ReplayAndFollow => "replay, follow",
            Refetch => "refetch",
            RefetchAndFollow => "refetch, follow",
            ShowStatus => "show status",
            ShowPresence => "show presence",
            BroadcastVisibility => "broadcast visibility",
            DistrustLeader => "distrust leader",
            UseStreamTable => "stream table",
            Nothing(letter) => return format!("– {letter}"),
        };
        text.to_owned()
    }

    /// The role after it.
    fn next_role(self, role: &'static str) -> &'static str {
        match self {
            Lead => "leading",
            Join => "joining",
            ReplayAndFollow | RefetchAndFollow => "following",
            _ => role,
        }
    }

    /// The expected commands for a tab of that role.
    fn commands(self, role: &str, input: &TabInput) -> Vec<Command> {
        match self {
            Lead => vec![
                Command::StopTimer(Timer::Leader),
                Command::Broadcast(TabMessage::Leads),
                Command::ShowStatus(StreamStatus::Connecting),
                Command::StopTimer(Timer::Retry),
                Command::Connect(at(10)),
                Command::StartTimer(Timer::Watchdog, Duration::from_secs(45)),
            ],
            Answer => {
                let (cursor, status) = (at(10), StreamStatus::Live);
                let known = *input == TabInput::Message(hello(10));
                vec![Command::Broadcast(match known {
                    true => TabMessage::Replay { to: OTHER, messages: Vec::new(), cursor, status },
                    false => TabMessage::Resync { to: OTHER, cursor, status },
                })]
            }
            // This tab is visible, so the visibility of others changes nothing.
            UpdateVisibility if *input == TabInput::Visibility(false) => {
                vec![Command::StartTimer(Timer::Idle, Duration::from_secs(300))]
            }
            Join => {
                vec![Command::Broadcast(TabMessage::Hello {
                    from: ME,
                    cursor: at(10),
                    visible: true,
                })]
            }
            Buffer => vec![LEADER_TIMER],
            Apply => vec![Command::Apply(Box::new(change(11))), LEADER_TIMER],
            ReplayAndFollow => {
                let apply = Command::Apply(Box::new(change(11)));
                vec![apply, LEADER_TIMER, Command::ShowStatus(StreamStatus::Live)]
            }
            Refetch => vec![Command::Refetch, LEADER_TIMER],
            RefetchAndFollow => {
                vec![Command::Refetch, LEADER_TIMER, Command::ShowStatus(StreamStatus::Live)]
            }
            ShowStatus => vec![LEADER_TIMER, Command::ShowStatus(StreamStatus::Degraded)],
            ShowPresence => vec![Command::ShowPresence(PresenceSnapshot::default()), LEADER_TIMER],
            BroadcastVisibility => {
                let visible = *input == TabInput::Visibility(true);
                vec![Command::Broadcast(TabMessage::Visibility { from: ME, visible })]
            }
            DistrustLeader if role == "following" => {
                vec![Command::ShowStatus(StreamStatus::Connecting)]
            }
            UseStreamTable if *input == TabInput::Stream(StreamInput::Hidden) => {
                vec![Command::StartTimer(Timer::Idle, Duration::from_secs(300))]
            }
            UpdateVisibility | DistrustLeader | UseStreamTable | Nothing(_) => Vec::new(),
        }
    }
}

struct Row {
    event: &'static str,
    inputs: fn() -> Vec<TabInput>,
    cells: [Cell; ROLES.len()],
}

/// Each row has an event (named as in the docs), the inputs that represent it, and a cell per role.
/// Each row becomes a test.
macro_rules! rows {
    ($($event:ident: $($input:expr),+ => [$($cell:expr),+ $(,)?];)+) => {
        const ROWS: &[Row] = &[$(Row {
            event: stringify!($event),
            inputs: || vec![$($input),+],
            cells: [$($cell),+],
        }),+];
        $(#[test]
        fn $event() {
            check(stringify!($event));
        })+
    };
}

/// Nothing, for the reason with that letter in the docs.
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
    this_tab_gets_the_lock: TabInput::Elected { online: true } => [Lead, Lead, J, Q];
    another_tab_opens: TabInput::Message(hello(10)), TabInput::Message(hello(5)) => [K, K, Answer, Q];
    another_tab_changes_visibility: TabInput::Message(visibility(true)), TabInput::Message(visibility(false)) =>
        [K, K, UpdateVisibility, Q];
    another_tab_closes: TabInput::Message(TabMessage::Bye { from: OTHER }) => [K, K, UpdateVisibility, Q];
    another_tab_becomes_the_leader: TabInput::Message(TabMessage::Leads) => [Join, Join, L, Q];
    the_leader_broadcasts_a_change: TabInput::Message(change_message(11)) => [Buffer, Apply, L, Q];
    the_leader_replays_missed_messages: TabInput::Message(replay(ME)) => [ReplayAndFollow, M, L, Q];
    the_leader_no_longer_has_missed_messages: TabInput::Message(resync(ME)) =>
        [RefetchAndFollow, M, L, Q];
    the_leader_answers_another_tab:
        TabInput::Message(replay(OTHER)), TabInput::Message(resync(OTHER)) => [N, N, L, Q];
    the_leader_resets: TabInput::Message(TabMessage::Reset { cursor: at(20) }) =>
        [Refetch, Refetch, L, Q];
    the_leader_broadcasts_its_state: TabInput::Message(state_message(StreamStatus::Degraded)) =>
        [O, ShowStatus, L, Q];
    the_leader_broadcasts_presence: TabInput::Message(TabMessage::Presence { snapshot: PresenceSnapshot::default() }) =>
        [ShowPresence, ShowPresence, L, Q];
    this_tab_changes_visibility: TabInput::Visibility(true), TabInput::Visibility(false) =>
        [BroadcastVisibility, BroadcastVisibility, UpdateVisibility, Q];
    the_leader_timer_fires: TabInput::Stream(StreamInput::TimerFired(Timer::Leader)) => [DistrustLeader, DistrustLeader, UseStreamTable, Q];
    another_stream_event_happens:
        TabInput::Stream(StreamInput::Opened), TabInput::Stream(StreamInput::Hidden) => [P, P, UseStreamTable, Q];
}

/// The row that an input belongs to. A new input doesn't compile without one.
fn row_for(input: &TabInput) -> &'static str {
    match input {
        TabInput::Elected { .. } => "this_tab_gets_the_lock",
        TabInput::Message(message) => match message {
            TabMessage::Hello { .. } => "another_tab_opens",
            TabMessage::Visibility { .. } => "another_tab_changes_visibility",
            TabMessage::Bye { .. } => "another_tab_closes",
            TabMessage::Leads => "another_tab_becomes_the_leader",
            TabMessage::Change { .. } => "the_leader_broadcasts_a_change",
            TabMessage::Replay { to: ME, .. } => "the_leader_replays_missed_messages",
            TabMessage::Resync { to: ME, .. } => "the_leader_no_longer_has_missed_messages",
            TabMessage::Replay { .. } | TabMessage::Resync { .. } => {
                "the_leader_answers_another_tab"
            }
            TabMessage::Reset { .. } => "the_leader_resets",
            TabMessage::State { .. } => "the_leader_broadcasts_its_state",
            TabMessage::Presence { .. } => "the_leader_broadcasts_presence",
        },
        TabInput::Visibility(_) => "this_tab_changes_visibility",
        TabInput::Stream(StreamInput::TimerFired(Timer::Leader)) => "the_leader_timer_fires",
        TabInput::Stream(_) => "another_stream_event_happens",
    }
}

fn hello(position: i64) -> TabMessage {
    TabMessage::Hello { from: OTHER, cursor: at(position), visible: true }
}

fn visibility(visible: bool) -> TabMessage {
    TabMessage::Visibility { from: OTHER, visible }
}

fn change_message(position: i64) -> TabMessage {
    TabMessage::Change { message: Box::new(change(position)), cursor: at(position) }
}

fn replay(to: TabId) -> TabMessage {
    let (messages, cursor) = (vec![change(11)], at(11));
    TabMessage::Replay { to, messages, cursor, status: StreamStatus::Live }
}

fn resync(to: TabId) -> TabMessage {
    TabMessage::Resync { to, cursor: at(20), status: StreamStatus::Live }
}

fn state_message(status: StreamStatus) -> TabMessage {
    TabMessage::State { status, cursor: at(10) }
}

/// A visible tab of that role.
fn tab(role: &str) -> Tab {
    let mut tab = Tab::new(ME, at(10), true, || 1.0);
    let _ = tab.join();
    let stream = |event| TabInput::Stream(StreamInput::Received(event, None));
    let elected = || vec![TabInput::Elected { online: true }, stream(offset(10))];
    let status = StreamStatus::Live;
    let answer = TabMessage::Replay { to: ME, messages: Vec::new(), cursor: at(10), status };
    let inputs = match role {
        "joining" => vec![],
        "following" => vec![TabInput::Message(answer)],
        "leading" => elected(),
        _ => [elected(), vec![stream(end(EndCode::SessionEnded))]].concat(),
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
            let expected = (cell.next_role(role), cell.commands(role, &input));
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
