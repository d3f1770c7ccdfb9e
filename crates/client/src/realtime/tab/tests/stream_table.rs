//! Every event in every state of the stream. Also checks that `docs/user-stream.md` has the same table.

mod cell;

use cell::Cell::{self, *};

use super::page::{self, Table};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::stream_machine::{SessionState, State, StreamInput, StreamMachine};

const CODE: EndCode = EndCode::SessionEnded;

/// The columns: state, name in the docs, status shown.
const STATES: [(State, &str, &str); 8] = [
    (State::Idle, "idle", "Connecting, Offline"),
    (State::Connecting, "connecting", "Connecting, Offline"),
    (State::CatchingUp, "catching up", "CatchingUp"),
    (State::Live, "live", "Live, Degraded"),
    (State::CheckingSession, "checking session", "Connecting, Offline"),
    (State::BackingOff, "backing off", "Connecting, Offline"),
    (State::Paused, "paused", "Connecting, Offline"),
    (State::Ended(CODE), "ended", "Ended"),
];

struct Row {
    event: &'static str,
    inputs: fn() -> Vec<StreamInput>,
    cells: [Cell; STATES.len()],
}

/// Nothing, for the reason with that letter in the docs.
const A: Cell = Nothing('a');
const B: Cell = Nothing('b');
const C: Cell = Nothing('c');
const D: Cell = Nothing('d');
const E: Cell = Nothing('e');
const F: Cell = Nothing('f');
const G: Cell = Nothing('g');
const H: Cell = Nothing('h');

// Cells in the order of `STATES`.
rows! {
    the_stream_starts: StreamInput::Start => [Connect, A, A, A, A, A, A, H];
    the_connection_opens: StreamInput::Opened => [B, CatchUp, C, C, B, B, B, H];
    a_change_arrives: received(changed(30)) => [B, Apply, Apply, Apply, B, B, B, H];
    catch_up_is_complete: received(offset(30)) => [B, GoLive, GoLive, GoLive, B, B, B, H];
    a_ping_arrives: received(ping(30, Health::Ok)), received(ping(30, Health::Degraded)) =>
        [B, UpdateHealth, UpdateHealth, UpdateHealth, B, B, B, H];
    presence_arrives: received(StreamEvent::Presence(PresenceSnapshot::default())) =>
        [B, ShowPresence, ShowPresence, ShowPresence, B, B, B, H];
    a_reset_arrives: received(reset(at(30))) => [B, ResetCursor, ResetCursor, ResetCursor, B, B, B, H];
    an_event_is_unreadable: StreamInput::Unreadable(Some(at(30))), StreamInput::Unreadable(None) =>
        [B, Refetch, Refetch, Refetch, B, B, B, H];
    the_server_ends_the_stream_for_now: received(end(EndCode::Draining)) =>
        [B, RetryLater, RetryLater, RetryLater, B, B, B, H];
    the_server_ends_the_stream_for_good: received(end(CODE)) => [B, Finish, Finish, Finish, B, B, B, H];
    the_connection_fails: StreamInput::ConnectionFailed => [B, CheckSession, Retry, Retry, B, B, B, H];
    the_session_is_valid: StreamInput::SessionChecked(SessionState::Valid) => [D, D, D, D, Retry, D, D, H];
    the_session_is_over: StreamInput::SessionChecked(SessionState::Over) => [D, D, D, D, Finish, D, D, H];
    the_retry_timer_fires: StreamInput::TimerFired(Timer::Retry) => [E, E, E, E, E, Connect, E, H];
    the_watchdog_fires: StreamInput::TimerFired(Timer::Watchdog) =>
        [E, Retry, Retry, Retry, Retry, E, E, H];
    the_stability_timer_fires: StreamInput::TimerFired(Timer::Stable) => [E, E, ResetBackoff, ResetBackoff, E, E, E, H];
    the_idle_timer_fires: StreamInput::TimerFired(Timer::Idle) =>
        [F, DisconnectIdle, DisconnectIdle, DisconnectIdle, DisconnectIdle, DisconnectIdle, F, H];
    the_leader_timer_fires: StreamInput::TimerFired(Timer::Leader) => [G, G, G, G, G, G, G, H];
    the_network_returns: StreamInput::Online => [RememberNetwork, RememberNetwork, RememberNetwork, RememberNetwork, RememberNetwork, Connect, RememberNetwork, H];
    the_network_is_lost: StreamInput::Offline =>
        [RememberNetwork, RememberNetwork, Reconnect, Reconnect, RememberNetwork, RememberNetwork, RememberNetwork, H];
    a_tab_becomes_visible: StreamInput::Visible =>
        [StopIdleTimer, StopIdleTimer, StopIdleTimer, StopIdleTimer, StopIdleTimer, Resume, Resume, H];
    all_tabs_are_hidden: StreamInput::Hidden =>
        [StartIdleTimer, StartIdleTimer, StartIdleTimer, StartIdleTimer, StartIdleTimer, StartIdleTimer, StartIdleTimer, H];
}

/// The row that an input belongs to. A new input doesn't compile without one.
fn row_for(input: &StreamInput) -> &'static str {
    match input {
        StreamInput::Start => "the_stream_starts",
        StreamInput::Opened => "the_connection_opens",
        StreamInput::Received(StreamEvent::Change(_), _) => "a_change_arrives",
        StreamInput::Received(StreamEvent::Offset(_), _) => "catch_up_is_complete",
        StreamInput::Received(StreamEvent::Ping(_), _) => "a_ping_arrives",
        StreamInput::Received(StreamEvent::Presence(_), _) => "presence_arrives",
        StreamInput::Received(StreamEvent::Reset(_), _) => "a_reset_arrives",
        StreamInput::Received(StreamEvent::End(End { reconnect: true, .. }), _) => {
            "the_server_ends_the_stream_for_now"
        }
        StreamInput::Received(StreamEvent::End(_), _) => "the_server_ends_the_stream_for_good",
        StreamInput::Unreadable(_) => "an_event_is_unreadable",
        StreamInput::ConnectionFailed => "the_connection_fails",
        StreamInput::SessionChecked(SessionState::Valid) => "the_session_is_valid",
        StreamInput::SessionChecked(SessionState::Over) => "the_session_is_over",
        StreamInput::TimerFired(Timer::Retry) => "the_retry_timer_fires",
        StreamInput::TimerFired(Timer::Watchdog) => "the_watchdog_fires",
        StreamInput::TimerFired(Timer::Stable) => "the_stability_timer_fires",
        StreamInput::TimerFired(Timer::Idle) => "the_idle_timer_fires",
        StreamInput::TimerFired(Timer::Leader) => "the_leader_timer_fires",
        StreamInput::Online => "the_network_returns",
        StreamInput::Offline => "the_network_is_lost",
        StreamInput::Visible => "a_tab_becomes_visible",
        StreamInput::Hidden => "all_tabs_are_hidden",
    }
}

fn received(event: StreamEvent) -> StreamInput {
    let cursor = matches!(event, StreamEvent::Change(_)).then(|| at(30));
    StreamInput::Received(event, cursor)
}

/// Machines in that state with different memory: the health of the last ping, and the network.
fn machines(state: State) -> Vec<StreamMachine> {
    let degraded = || received(ping(12, Health::Degraded));
    let live = || vec![StreamInput::Start, StreamInput::Opened, received(offset(12))];
    let and = |inputs: Vec<StreamInput>, more: &[StreamInput]| [inputs, more.to_vec()].concat();
    let start = || vec![StreamInput::Start];
    let histories: Vec<(bool, Vec<StreamInput>)> = match state {
        State::Idle => vec![(true, vec![]), (true, vec![StreamInput::Hidden]), (false, vec![])],
        State::Connecting => {
            let again = [degraded(), StreamInput::Offline, StreamInput::Online];
            vec![(true, start()), (true, and(live(), &again)), (false, start())]
        }
        State::CatchingUp => {
            let opened = || and(start(), &[StreamInput::Opened]);
            let again = [degraded(), received(reset(at(12)))];
            vec![(true, opened()), (true, and(live(), &again)), (false, opened())]
        }
        State::Live => {
            vec![(true, live()), (false, live()), (true, and(live(), &[degraded()]))]
        }
        State::CheckingSession => {
            let failed = || and(start(), &[StreamInput::ConnectionFailed]);
            vec![(true, failed()), (false, failed())]
        }
        State::BackingOff => vec![
            (true, and(live(), &[StreamInput::ConnectionFailed])),
            (true, and(live(), &[received(end(EndCode::Draining))])),
            (false, and(live(), &[StreamInput::ConnectionFailed])),
        ],
        State::Paused => {
            let idle = || and(live(), &[StreamInput::TimerFired(Timer::Idle)]);
            vec![(true, idle()), (true, and(idle(), &[StreamInput::Offline]))]
        }
        State::Ended(code) => vec![(true, and(live(), &[received(end(code))]))],
    };
    let machine = |(online, inputs): (bool, Vec<StreamInput>)| {
        let mut machine = StreamMachine::new(at(10), online, || 1.0);
        for input in inputs {
            machine.handle(input);
        }
        assert_eq!(machine.state(), state);
        machine
    };
    histories.into_iter().map(machine).collect()
}

/// Checks each cell of that row.
fn check(event: &str) {
    let row =
        ROWS.iter().find(|row| row.event == event).expect("each test is generated from its row");
    for ((state, column, _), cell) in STATES.into_iter().zip(row.cells) {
        for machine in machines(state) {
            for input in (row.inputs)() {
                assert_eq!(row_for(&input), row.event);
                check_cell(cell, &machine, input, &format!("{event} × {column}"));
            }
        }
    }
}

fn check_cell(cell: Cell, before: &StreamMachine, input: StreamInput, cell_name: &str) {
    let mut after = before.clone();
    let (state, mut commands) = cell.expected(before.state(), before.cursor());
    let moves = matches!(cell, Apply | GoLive | UpdateHealth | ResetCursor | Refetch)
        && input != StreamInput::Unreadable(None);
    let done = after.handle(input);
    if after.status() != before.status() {
        commands.push(Command::ShowStatus(after.status()));
    }
    assert_eq!((after.state(), done), (state, commands), "{cell_name}");
    assert_eq!(after.cursor(), if moves { at(30) } else { before.cursor() }, "{cell_name}");
}

#[test]
fn docs_have_the_same_cells() {
    let head = std::iter::once("event").chain(STATES.map(|(_, column, _)| column));
    let mut table: Table = vec![head.map(str::to_owned).collect()];
    table.extend(ROWS.iter().map(|row| {
        let cells = row.cells.into_iter().map(Cell::text);
        std::iter::once(row.event.replace('_', " ")).chain(cells).collect()
    }));
    assert_eq!(page::table("The stream: state × event"), table);
    assert_eq!(page::reasons("The stream: state × event"), page::used_reasons(&table));
}

#[test]
fn docs_say_what_each_state_shows() {
    let page = page::table("States");
    let documented: Vec<_> = page.iter().skip(1).map(|row| row[..2].to_vec()).collect();
    assert_eq!(
        documented,
        STATES.map(|(_, column, shown)| [column, shown].map(str::to_owned).to_vec())
    );
    for (state, _, shown) in STATES {
        let machines = machines(state);
        let mut statuses: Vec<_> = machines.iter().map(|it| name(it.status())).collect();
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
