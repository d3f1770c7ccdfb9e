//! Every event in everything that a tab can be to the others: what it leads to, and that the page
//! says the same.

use std::time::Duration;

use super::page::{self, Table};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::Input;
use crate::realtime::tab::message::{TabId, TabMessage};
use crate::realtime::tab::{Role, Tab, TabInput};

const ROLES: [&str; 4] = ["joining", "following", "leading", "retired"];
const ME: TabId = TabId(Uuid::from_u128(1));
const OTHER: TabId = TabId(Uuid::from_u128(2));
const LISTEN: Command = Command::Schedule(Timer::Leader, Duration::from_secs(60));

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Lead,
    Answer,
    Count,
    Ask,
    Keep,
    Apply,
    Follow,
    ReadAgain,
    ReadAgainAndFollow,
    Show,
    Greet,
    Tell,
    Doubt,
    Stream,
    /// For the reason of that letter.
    Nothing(char),
}

use Cell::*;

impl Cell {
    fn words(self) -> String {
        let words = match self {
            Lead => "lead",
            Answer => "answer",
            Count => "count",
            Ask => "ask",
            Keep => "keep",
            Apply => "apply",
            Follow => "apply, follow",
            ReadAgain => "read again",
            ReadAgainAndFollow => "read again, follow",
            Show => "show",
            Greet => "greet",
            Tell => "tell",
            Doubt => "doubt",
            Stream => "stream",
            Nothing(letter) => return format!("– {letter}"),
        };
        words.to_owned()
    }

    /// What the tab is after it.
    fn becomes(self, role: &'static str) -> &'static str {
        match self {
            Lead => "leading",
            Ask => "joining",
            Follow | ReadAgainAndFollow => "following",
            _ => role,
        }
    }

    /// What is to be done when that happens to a tab of that role.
    fn commands(self, role: &str, input: &TabInput) -> Vec<Command> {
        match self {
            Lead => vec![
                Command::Cancel(Timer::Leader),
                Command::Tell(TabMessage::Leads),
                Command::Show(StreamStatus::Connecting),
                Command::Cancel(Timer::Retry),
                Command::Connect(at(10)),
                Command::Schedule(Timer::Watchdog, Duration::from_secs(45)),
            ],
            Answer => {
                let (cursor, status) = (at(10), StreamStatus::Live);
                let known = *input == TabInput::Heard(hello(10));
                vec![Command::Tell(match known {
                    true => TabMessage::Replay { to: OTHER, messages: Vec::new(), cursor, status },
                    false => TabMessage::Resync { to: OTHER, cursor, status },
                })]
            }
            // Somebody looks at this tab, so the others don't matter.
            Count if *input == TabInput::Visible(false) => {
                vec![Command::Schedule(Timer::Unseen, Duration::from_secs(300))]
            }
            Ask => {
                vec![Command::Tell(TabMessage::Hello { from: ME, cursor: at(10), visible: true })]
            }
            Keep => vec![LISTEN],
            Apply => vec![Command::Apply(Box::new(change(11))), LISTEN],
            Follow => {
                let apply = Command::Apply(Box::new(change(11)));
                vec![apply, LISTEN, Command::Show(StreamStatus::Live)]
            }
            ReadAgain => vec![Command::Refetch, LISTEN],
            ReadAgainAndFollow => {
                vec![Command::Refetch, LISTEN, Command::Show(StreamStatus::Live)]
            }
            Show => vec![LISTEN, Command::Show(StreamStatus::Degraded)],
            Greet => vec![Command::Meet(PresenceSnapshot::default()), LISTEN],
            Tell => {
                let visible = *input == TabInput::Visible(true);
                vec![Command::Tell(TabMessage::Visibility { from: ME, visible })]
            }
            Doubt if role == "following" => vec![Command::Show(StreamStatus::Connecting)],
            Stream if *input == TabInput::Stream(Input::Unseen) => {
                vec![Command::Schedule(Timer::Unseen, Duration::from_secs(300))]
            }
            Count | Doubt | Stream | Nothing(_) => Vec::new(),
        }
    }
}

struct Row {
    event: &'static str,
    inputs: fn() -> Vec<TabInput>,
    cells: [Cell; ROLES.len()],
}

/// A row is an event, in the words of the page; the ways in which it happens; a cell a role. Each
/// row is a test of its own.
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

/// Nothing, for reasons that the page gives.
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
    it_is_elected: TabInput::Elected { online: true } => [Lead, Lead, J, Q];
    another_tab_opens: TabInput::Heard(hello(10)), TabInput::Heard(hello(5)) => [K, K, Answer, Q];
    another_tab_is_looked_at_or_not: TabInput::Heard(look(true)), TabInput::Heard(look(false)) =>
        [K, K, Count, Q];
    another_tab_closes: TabInput::Heard(TabMessage::Bye { from: OTHER }) => [K, K, Count, Q];
    another_tab_leads: TabInput::Heard(TabMessage::Leads) => [Ask, Ask, L, Q];
    the_leader_tells_a_change: TabInput::Heard(told(11)) => [Keep, Apply, L, Q];
    the_leader_tells_it_what_it_missed: TabInput::Heard(replay(ME)) => [Follow, M, L, Q];
    the_leader_does_not_know_what_it_missed: TabInput::Heard(resync(ME)) =>
        [ReadAgainAndFollow, M, L, Q];
    the_leader_answers_another_tab:
        TabInput::Heard(replay(OTHER)), TabInput::Heard(resync(OTHER)) => [N, N, L, Q];
    the_leader_reads_again: TabInput::Heard(TabMessage::Reset { cursor: at(20) }) =>
        [ReadAgain, ReadAgain, L, Q];
    the_leader_tells_how_it_stands: TabInput::Heard(state(StreamStatus::Degraded)) =>
        [O, Show, L, Q];
    the_leader_tells_who_is_here: TabInput::Heard(TabMessage::PresenceSnapshot { here: PresenceSnapshot::default() }) =>
        [Greet, Greet, L, Q];
    it_is_looked_at_or_not: TabInput::Visible(true), TabInput::Visible(false) =>
        [Tell, Tell, Count, Q];
    its_leader_was_silent: TabInput::Stream(Input::Due(Timer::Leader)) => [Doubt, Doubt, Stream, Q];
    anything_of_the_stream_happens:
        TabInput::Stream(Input::Opened), TabInput::Stream(Input::Unseen) => [P, P, Stream, Q];
}

/// In which row something that happens is. A new event is to have one.
fn row_of(input: &TabInput) -> &'static str {
    match input {
        TabInput::Elected { .. } => "it_is_elected",
        TabInput::Heard(message) => match message {
            TabMessage::Hello { .. } => "another_tab_opens",
            TabMessage::Visibility { .. } => "another_tab_is_looked_at_or_not",
            TabMessage::Bye { .. } => "another_tab_closes",
            TabMessage::Leads => "another_tab_leads",
            TabMessage::Change { .. } => "the_leader_tells_a_change",
            TabMessage::Replay { to: ME, .. } => "the_leader_tells_it_what_it_missed",
            TabMessage::Resync { to: ME, .. } => "the_leader_does_not_know_what_it_missed",
            TabMessage::Replay { .. } | TabMessage::Resync { .. } => {
                "the_leader_answers_another_tab"
            }
            TabMessage::Reset { .. } => "the_leader_reads_again",
            TabMessage::State { .. } => "the_leader_tells_how_it_stands",
            TabMessage::PresenceSnapshot { .. } => "the_leader_tells_who_is_here",
        },
        TabInput::Visible(_) => "it_is_looked_at_or_not",
        TabInput::Stream(Input::Due(Timer::Leader)) => "its_leader_was_silent",
        TabInput::Stream(_) => "anything_of_the_stream_happens",
    }
}

fn hello(position: i64) -> TabMessage {
    TabMessage::Hello { from: OTHER, cursor: at(position), visible: true }
}

fn look(visible: bool) -> TabMessage {
    TabMessage::Visibility { from: OTHER, visible }
}

fn told(position: i64) -> TabMessage {
    TabMessage::Change { message: Box::new(change(position)), cursor: at(position) }
}

fn replay(to: TabId) -> TabMessage {
    let (messages, cursor) = (vec![change(11)], at(11));
    TabMessage::Replay { to, messages, cursor, status: StreamStatus::Live }
}

fn resync(to: TabId) -> TabMessage {
    TabMessage::Resync { to, cursor: at(20), status: StreamStatus::Live }
}

fn state(status: StreamStatus) -> TabMessage {
    TabMessage::State { status, cursor: at(10) }
}

/// A tab of that role, at which somebody looks.
fn tab(role: &str) -> Tab {
    let mut tab = Tab::new(ME, at(10), true, || 1.0);
    let _ = tab.join();
    let stream = |event| TabInput::Stream(Input::Received(event, None));
    let elected = || vec![TabInput::Elected { online: true }, stream(offset(10))];
    let status = StreamStatus::Live;
    let answer = TabMessage::Replay { to: ME, messages: Vec::new(), cursor: at(10), status };
    let inputs = match role {
        "joining" => vec![],
        "following" => vec![TabInput::Heard(answer)],
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

/// Whether each cell of that row means what it says.
fn check(event: &str) {
    let row = ROWS.iter().find(|row| row.event == event).expect("it is the row of this test");
    for (role, cell) in ROLES.into_iter().zip(row.cells) {
        for input in (row.inputs)() {
            assert_eq!(row_of(&input), row.event);
            let mut tab = tab(role);
            let wanted = (cell.becomes(role), cell.commands(role, &input));
            let done = tab.handle(input);
            assert_eq!((role_of(&tab), done), wanted, "{event} × {role}");
        }
    }
}

#[test]
fn the_page_has_the_same_cells() {
    let head = std::iter::once("event").chain(ROLES);
    let mut table: Table = vec![head.map(str::to_owned).collect()];
    table.extend(ROWS.iter().map(|row| {
        let cells = row.cells.into_iter().map(Cell::words);
        std::iter::once(row.event.replace('_', " ")).chain(cells).collect()
    }));
    assert_eq!(page::table("The tab: role × event"), table);
    assert_eq!(page::reasons("The tab: role × event"), page::given(&table));
}
