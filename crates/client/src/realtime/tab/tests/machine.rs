//! One stream, from its start to its end.

use std::time::Duration;

use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::{Input, Machine, Session};

fn machine() -> Machine {
    Machine::new(at(10), true, || 1.0)
}

/// Takes in all of these; gives what the last one led to.
fn after(machine: &mut Machine, inputs: impl IntoIterator<Item = Input>) -> Vec<Command> {
    inputs.into_iter().map(|input| machine.handle(input)).last().unwrap_or_default()
}

fn received(event: StreamEvent) -> Input {
    Input::Received(event, None)
}

fn live() -> Machine {
    let mut machine = machine();
    after(&mut machine, [Input::Start, Input::Opened, received(offset(12))]);
    machine
}

/// Live, and then cut off: waits for its first retry.
fn waiting() -> Machine {
    let mut machine = live();
    after(&mut machine, [Input::Broken]);
    machine
}

pub(super) fn retry_delay(commands: &[Command]) -> Option<Duration> {
    commands.iter().find_map(|command| match command {
        Command::Schedule(Timer::Retry, delay) => Some(*delay),
        _ => None,
    })
}

#[test]
fn it_connects_from_the_pages_cursor_and_is_live_only_after_catching_up() {
    let mut machine = machine();
    let commands = machine.handle(Input::Start);
    assert!(commands.contains(&Command::Connect(at(10))));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    let commands = machine.handle(Input::Opened);
    assert!(commands.contains(&Command::Show(StreamStatus::CatchingUp)));
    let commands = machine.handle(Input::Received(changed(11), Some(at(11))));
    assert_eq!(commands[0], Command::Apply(Box::new(change(11))));
    assert_eq!(machine.status(), StreamStatus::CatchingUp);
    let commands = machine.handle(received(offset(12)));
    assert!(commands.contains(&Command::Show(StreamStatus::Live)));
    assert_eq!(machine.cursor(), at(12));
}

#[test]
fn a_quiet_stream_moves_its_cursor_and_tells_when_it_is_late() {
    let mut machine = live();
    after(&mut machine, [received(ping(20, Health::Degraded))]);
    assert_eq!((machine.cursor(), machine.status()), (at(20), StreamStatus::Degraded));
    after(&mut machine, [received(ping(21, Health::Ok))]);
    assert_eq!((machine.cursor(), machine.status()), (at(21), StreamStatus::Live));
}

#[test]
fn a_degraded_stream_is_not_live_after_a_reconnect() {
    let mut machine = live();
    let again = [
        received(ping(20, Health::Degraded)),
        Input::Broken,
        Input::Due(Timer::Retry),
        Input::Opened,
        received(offset(21)),
    ];
    after(&mut machine, again);
    assert_eq!(machine.status(), StreamStatus::Degraded);
}

#[test]
fn a_broken_link_is_tried_again_from_where_it_broke() {
    let mut machine = live();
    let commands = machine.handle(Input::Broken);
    assert!(commands.contains(&Command::Disconnect));
    assert_eq!(retry_delay(&commands), Some(Duration::from_millis(500)));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    let commands = machine.handle(Input::Due(Timer::Retry));
    assert!(commands.contains(&Command::Connect(at(12))));
}

#[test]
fn waits_grow_until_a_connection_has_held() {
    let mut machine = live();
    let mut broken = |inputs: &[Input]| {
        let again = [Input::Due(Timer::Retry), Input::Opened];
        let all = inputs.iter().cloned().chain([Input::Broken]);
        let delay = retry_delay(&after(&mut machine, all));
        after(&mut machine, again);
        delay.map(|delay| delay.as_millis())
    };
    assert_eq!(broken(&[]), Some(500));
    assert_eq!(broken(&[]), Some(1_000));
    assert_eq!(broken(&[]), Some(2_000));
    assert_eq!(broken(&[Input::Due(Timer::Settled)]), Some(500));
}

#[test]
fn a_link_that_is_silent_is_dead() {
    for mut machine in [live(), {
        let mut opening = machine();
        after(&mut opening, [Input::Start]);
        opening
    }] {
        let commands = machine.handle(Input::Due(Timer::Watchdog));
        assert!(commands.contains(&Command::Disconnect));
        assert!(retry_delay(&commands).is_some());
    }
}

#[test]
fn every_event_shows_that_the_link_works() {
    let watch = Command::Schedule(Timer::Watchdog, Duration::from_secs(45));
    for event in [changed(13), offset(13), ping(13, Health::Ok), reset(at(13))] {
        let commands = live().handle(received(event));
        assert!(commands.contains(&watch), "{commands:?}");
    }
}

#[test]
fn a_refused_connection_asks_whether_the_session_is_over() {
    let mut machine = machine();
    let commands = after(&mut machine, [Input::Start, Input::Broken]);
    assert!(commands.contains(&Command::Probe));
    assert_eq!(retry_delay(&commands), None);
    let commands = machine.clone().handle(Input::Probed(Session::Alive));
    assert!(retry_delay(&commands).is_some());
    let commands = machine.handle(Input::Probed(Session::Over));
    assert!(commands.contains(&Command::Resign));
    assert_eq!(machine.status(), StreamStatus::Ended(EndCode::SessionEnded));
}

#[test]
fn a_link_that_broke_after_it_stood_is_not_probed() {
    assert!(!live().handle(Input::Broken).contains(&Command::Probe));
}

#[test]
fn a_reset_reads_again_and_goes_on_from_the_new_cursor() {
    let mut machine = live();
    let rebuilt = Cursor { epoch: Epoch::new(2), position: Position(3) };
    let commands = machine.handle(received(reset(rebuilt)));
    assert_eq!(commands[0], Command::Refetch);
    assert_eq!((machine.cursor(), machine.status()), (rebuilt, StreamStatus::CatchingUp));
}

#[test]
fn an_end_that_allows_it_is_tried_again_after_the_given_time() {
    let commands = live().handle(received(end(EndCode::Draining)));
    assert_eq!(retry_delay(&commands), Some(Duration::from_millis(2_500)));
}

#[test]
fn an_end_that_forbids_it_stops_for_good_and_says_why() {
    for code in [EndCode::SessionEnded, EndCode::UserDeleted, EndCode::AccessLost] {
        let mut machine = live();
        let commands = machine.handle(received(end(code)));
        assert!(commands.contains(&Command::Disconnect) && commands.contains(&Command::Resign));
        let later = [Input::Online, Input::Seen, Input::Due(Timer::Retry), Input::Start];
        assert_eq!(after(&mut machine, later), []);
        assert_eq!(machine.status(), StreamStatus::Ended(code));
    }
}

#[test]
fn no_attempt_is_made_without_a_network_and_one_at_once_with_it() {
    for mut machine in [live(), waiting()] {
        let commands = machine.handle(Input::Offline);
        assert!(commands.contains(&Command::Cancel(Timer::Retry)));
        assert_eq!(machine.status(), StreamStatus::Offline);
        assert_eq!(machine.handle(Input::Due(Timer::Retry)), []);
        let commands = machine.handle(Input::Online);
        assert!(commands.contains(&Command::Connect(at(12))));
    }
}

#[test]
fn a_page_that_opens_without_a_network_waits_for_one() {
    let mut machine = Machine::new(at(10), false, || 1.0);
    let commands = machine.handle(Input::Start);
    assert!(commands.contains(&Command::Show(StreamStatus::Offline)));
    assert!(!commands.contains(&Command::Connect(at(10))));
}

#[test]
fn it_tries_at_once_when_somebody_looks_again() {
    let commands = waiting().handle(Input::Seen);
    assert!(commands.contains(&Command::Connect(at(12))));
    assert!(commands.contains(&Command::Cancel(Timer::Retry)));
    assert!(!live().handle(Input::Seen).contains(&Command::Connect(at(12))));
}

#[test]
fn a_stream_that_nobody_looks_at_is_let_go_and_caught_up_on_return() {
    let mut machine = live();
    let commands = machine.handle(Input::Unseen);
    assert_eq!(commands, [Command::Schedule(Timer::Unseen, Duration::from_secs(300))]);
    let commands = machine.handle(Input::Due(Timer::Unseen));
    assert!(commands.contains(&Command::Disconnect));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    assert_eq!(machine.handle(Input::Due(Timer::Retry)), []);
    let commands = machine.handle(Input::Seen);
    assert!(commands.contains(&Command::Connect(at(12))));
    after(&mut machine, [Input::Opened]);
    assert_eq!(machine.status(), StreamStatus::CatchingUp);
}

#[test]
fn an_event_that_makes_no_sense_is_read_instead() {
    let mut machine = live();
    let commands = machine.handle(Input::Unreadable(Some(at(30))));
    assert_eq!(commands[0], Command::Refetch);
    assert_eq!((machine.cursor(), machine.status()), (at(30), StreamStatus::Live));
}

#[test]
fn what_a_closed_connection_still_says_is_not_heard() {
    let mut machine = waiting();
    assert_eq!(machine.handle(received(changed(40))), []);
    assert_eq!(machine.handle(Input::Broken), []);
    assert_eq!(machine.cursor(), at(12));
}
