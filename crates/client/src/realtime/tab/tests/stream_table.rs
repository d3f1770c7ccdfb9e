//! Every event in every state of the stream: what it leads to, and that the page says the same.

mod cell;

use cell::Cell::{self, *};

use super::page::{self, Table};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::{Input, Machine, Session, State};

const CODE: EndCode = EndCode::SessionEnded;

/// The columns, with what a page shows then.
const STATES: [(State, &str, &str); 9] = [
    (State::Idle, "idle", "Connecting"),
    (State::Opening, "opening", "Connecting"),
    (State::CatchingUp, "catching up", "CatchingUp"),
    (State::Live, "live", "Live, Degraded"),
    (State::Probing, "asking", "Connecting"),
    (State::Waiting, "waiting", "Connecting"),
    (State::Offline, "offline", "Offline"),
    (State::Paused, "paused", "Connecting"),
    (State::Ended(CODE), "ended", "Ended"),
];

struct Row {
    event: &'static str,
    inputs: fn() -> Vec<Input>,
    cells: [Cell; STATES.len()],
}

/// A row is an event, in the words of the page; the ways in which it happens; a cell a state. Each
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
const A: Cell = Nothing('a');
const B: Cell = Nothing('b');
const C: Cell = Nothing('c');
const D: Cell = Nothing('d');
const E: Cell = Nothing('e');
const F: Cell = Nothing('f');
const G: Cell = Nothing('g');
const H: Cell = Nothing('h');
const I: Cell = Nothing('i');

// Cells in the order of `STATES`.
rows! {
    it_begins: Input::Start => [Connect, A, A, A, A, A, A, A, I];
    the_connection_stands: Input::Opened => [B, CatchUp, C, C, B, B, B, B, I];
    a_change_comes: heard(changed(30)) => [B, Apply, Apply, Apply, B, B, B, B, I];
    all_that_was_missed_has_come: heard(offset(30)) => [B, GoLive, GoLive, GoLive, B, B, B, B, I];
    a_ping_comes: heard(ping(30, Health::Ok)), heard(ping(30, Health::Degraded)) =>
        [B, Heed, Heed, Heed, B, B, B, B, I];
    it_tells_who_is_here: heard(StreamEvent::Presence(PresenceSnapshot::default())) =>
        [B, Greet, Greet, Greet, B, B, B, B, I];
    the_cursor_was_of_no_use: heard(reset(at(30))) => [B, Renew, Renew, Renew, B, B, B, B, I];
    an_event_makes_no_sense: Input::Unreadable(Some(at(30))), Input::Unreadable(None) =>
        [B, ReadAgain, ReadAgain, ReadAgain, B, B, B, B, I];
    the_server_ends_it_for_now: heard(end(EndCode::Draining)) =>
        [B, RetryLater, RetryLater, RetryLater, B, B, B, B, I];
    the_server_ends_it_for_good: heard(end(CODE)) => [B, Finish, Finish, Finish, B, B, B, B, I];
    the_connection_breaks: Input::Broken => [B, Ask, Retry, Retry, B, B, B, B, I];
    there_is_a_session: Input::Probed(Session::Alive) => [D, D, D, D, Retry, D, D, D, I];
    the_session_is_over: Input::Probed(Session::Over) => [D, D, D, D, Finish, D, D, D, I];
    the_wait_is_over: Input::Due(Timer::Retry) => [E, E, E, E, E, Connect, E, E, I];
    it_was_silent_for_too_long: Input::Due(Timer::Watchdog) =>
        [E, Retry, Retry, Retry, Retry, E, E, E, I];
    the_connection_has_held: Input::Due(Timer::Settled) => [E, E, Forget, Forget, E, E, E, E, I];
    nobody_looked_for_long: Input::Due(Timer::Unseen) =>
        [F, LetGo, LetGo, LetGo, LetGo, LetGo, LetGo, F, I];
    the_leader_was_silent: Input::Due(Timer::Leader) => [G, G, G, G, G, G, G, G, I];
    there_is_a_network: Input::Online => [Note, Note, Note, Note, Note, Connect, Connect, Note, I];
    there_is_no_network: Input::Offline => [Note, Rest, Rest, Rest, Rest, Rest, H, Note, I];
    somebody_looks: Input::Seen =>
        [Look, Look, Look, Look, Look, LookAndConnect, Look, LookAndConnect, I];
    nobody_looks: Input::Unseen =>
        [CountDown, CountDown, CountDown, CountDown, CountDown, CountDown, CountDown, CountDown, I];
}

/// In which row something that happens is. A new event is to have one.
fn row_of(input: &Input) -> &'static str {
    match input {
        Input::Start => "it_begins",
        Input::Opened => "the_connection_stands",
        Input::Received(StreamEvent::Change(_), _) => "a_change_comes",
        Input::Received(StreamEvent::Offset(_), _) => "all_that_was_missed_has_come",
        Input::Received(StreamEvent::Ping(_), _) => "a_ping_comes",
        Input::Received(StreamEvent::Presence(_), _) => "it_tells_who_is_here",
        Input::Received(StreamEvent::Reset(_), _) => "the_cursor_was_of_no_use",
        Input::Received(StreamEvent::End(End { reconnect: true, .. }), _) => {
            "the_server_ends_it_for_now"
        }
        Input::Received(StreamEvent::End(_), _) => "the_server_ends_it_for_good",
        Input::Unreadable(_) => "an_event_makes_no_sense",
        Input::Broken => "the_connection_breaks",
        Input::Probed(Session::Alive) => "there_is_a_session",
        Input::Probed(Session::Over) => "the_session_is_over",
        Input::Due(Timer::Retry) => "the_wait_is_over",
        Input::Due(Timer::Watchdog) => "it_was_silent_for_too_long",
        Input::Due(Timer::Settled) => "the_connection_has_held",
        Input::Due(Timer::Unseen) => "nobody_looked_for_long",
        Input::Due(Timer::Leader) => "the_leader_was_silent",
        Input::Online => "there_is_a_network",
        Input::Offline => "there_is_no_network",
        Input::Seen => "somebody_looks",
        Input::Unseen => "nobody_looks",
    }
}

fn heard(event: StreamEvent) -> Input {
    let cursor = matches!(event, StreamEvent::Change(_)).then(|| at(30));
    Input::Received(event, cursor)
}

/// Machines in that state that remember different things: how the last ping was, and whether there
/// is a network.
fn machines(state: State) -> Vec<(Machine, bool)> {
    let late = || heard(ping(12, Health::Degraded));
    let live = || vec![Input::Start, Input::Opened, heard(offset(12))];
    let and = |inputs: Vec<Input>, more: &[Input]| [inputs, more.to_vec()].concat();
    let ways: Vec<(bool, Vec<Input>)> = match state {
        State::Idle => vec![(true, vec![]), (false, vec![]), (true, vec![Input::Unseen])],
        State::Opening => {
            let again = [late(), Input::Offline, Input::Online];
            vec![(true, vec![Input::Start]), (true, and(live(), &again))]
        }
        State::CatchingUp => {
            let again = [late(), heard(reset(at(12)))];
            vec![(true, vec![Input::Start, Input::Opened]), (true, and(live(), &again))]
        }
        State::Live => vec![(true, live()), (true, and(live(), &[late()]))],
        State::Probing => vec![(true, vec![Input::Start, Input::Broken])],
        State::Waiting => vec![
            (true, and(live(), &[Input::Broken])),
            (true, and(live(), &[heard(end(EndCode::Draining))])),
        ],
        State::Offline => vec![(true, and(live(), &[Input::Offline])), (false, vec![Input::Start])],
        State::Paused => vec![
            (true, and(live(), &[Input::Due(Timer::Unseen)])),
            (true, and(live(), &[Input::Offline, Input::Due(Timer::Unseen)])),
        ],
        State::Ended(code) => vec![(true, and(live(), &[heard(end(code))]))],
    };
    let machine = |(online, inputs): (bool, Vec<Input>)| {
        let mut machine = Machine::new(at(10), online, || 1.0);
        let online = inputs.iter().fold(online, is_online_after);
        for input in inputs {
            machine.handle(input);
        }
        assert_eq!(machine.state(), state);
        (machine, online)
    };
    ways.into_iter().map(machine).collect()
}

fn is_online_after(online: bool, input: &Input) -> bool {
    match input {
        Input::Online => true,
        Input::Offline => false,
        _ => online,
    }
}

/// Whether each cell of that row means what it says.
fn check(event: &str) {
    let row = ROWS.iter().find(|row| row.event == event).expect("it is the row of this test");
    for ((state, column, _), cell) in STATES.into_iter().zip(row.cells) {
        for (machine, online) in machines(state) {
            for input in (row.inputs)() {
                assert_eq!(row_of(&input), row.event);
                cell_means(cell, &machine, online, input, &format!("{event} × {column}"));
            }
        }
    }
}

fn cell_means(cell: Cell, before: &Machine, online: bool, input: Input, place: &str) {
    let mut after = before.clone();
    let online = is_online_after(online, &input);
    let (state, mut commands) = cell.meaning(before.state(), before.cursor(), online);
    let moves = matches!(cell, Apply | GoLive | Heed | Renew | ReadAgain)
        && input != Input::Unreadable(None);
    let done = after.handle(input);
    if after.status() != before.status() {
        commands.push(Command::Show(after.status()));
    }
    assert_eq!((after.state(), done), (state, commands), "{place}");
    assert_eq!(after.cursor(), if moves { at(30) } else { before.cursor() }, "{place}");
}

#[test]
fn the_page_has_the_same_cells() {
    let head = std::iter::once("event").chain(STATES.map(|(_, column, _)| column));
    let mut table: Table = vec![head.map(str::to_owned).collect()];
    table.extend(ROWS.iter().map(|row| {
        let cells = row.cells.into_iter().map(Cell::words);
        std::iter::once(row.event.replace('_', " ")).chain(cells).collect()
    }));
    assert_eq!(page::table("The stream: state × event"), table);
    assert_eq!(page::reasons("The stream: state × event"), page::given(&table));
}

#[test]
fn the_page_says_what_each_state_shows() {
    let page = page::table("States");
    let said: Vec<_> = page.iter().skip(1).map(|row| row[..2].to_vec()).collect();
    assert_eq!(said, STATES.map(|(_, column, shown)| [column, shown].map(str::to_owned).to_vec()));
    for (state, _, shown) in STATES {
        let machines = machines(state);
        let mut statuses: Vec<_> = machines.iter().map(|(it, _)| name(it.status())).collect();
        statuses.dedup();
        assert_eq!(statuses.join(", "), shown);
    }
}

fn name(status: StreamStatus) -> &'static str {
    match status {
        StreamStatus::Connecting => "Connecting",
        StreamStatus::CatchingUp => "CatchingUp",
        StreamStatus::Live => "Live",
        StreamStatus::Degraded => "Degraded",
        StreamStatus::Offline => "Offline",
        StreamStatus::Ended(_) => "Ended",
    }
}
