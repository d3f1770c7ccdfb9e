//! The stream's state machine from start to end.

use std::time::Duration;

use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::stream_machine::{SessionState, StreamInput, StreamMachine};

fn machine() -> StreamMachine {
    StreamMachine::new(at(10), true, || 1.0)
}

/// Handles all inputs. Returns the commands of the last one.
fn after(
    machine: &mut StreamMachine,
    inputs: impl IntoIterator<Item = StreamInput>,
) -> Vec<Command> {
    inputs.into_iter().map(|input| machine.handle(input)).last().unwrap_or_default()
}

fn received(event: StreamEvent) -> StreamInput {
    StreamInput::Received(event, None)
}

fn live() -> StreamMachine {
    let mut machine = machine();
    after(&mut machine, [StreamInput::Start, StreamInput::Opened, received(offset(12))]);
    machine
}

/// Live, then disconnected: waits for the first retry.
fn backing_off() -> StreamMachine {
    let mut machine = live();
    after(&mut machine, [StreamInput::ConnectionFailed]);
    machine
}

pub(super) fn retry_delay(commands: &[Command]) -> Option<Duration> {
    commands.iter().find_map(|command| match command {
        Command::StartTimer(Timer::Retry, delay) => Some(*delay),
        _ => None,
    })
}

#[test]
fn stream_connects_from_the_page_cursor_and_is_live_after_catching_up() {
    let mut machine = machine();
    let commands = machine.handle(StreamInput::Start);
    assert!(commands.contains(&Command::Connect(at(10))));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    let commands = machine.handle(StreamInput::Opened);
    assert!(commands.contains(&Command::ShowStatus(StreamStatus::CatchingUp)));
    let commands = machine.handle(StreamInput::Received(changed(11), Some(at(11))));
    assert_eq!(commands[0], Command::Apply(Box::new(change(11))));
    assert_eq!(machine.status(), StreamStatus::CatchingUp);
    let commands = machine.handle(received(offset(12)));
    assert!(commands.contains(&Command::ShowStatus(StreamStatus::Live)));
    assert_eq!(machine.cursor(), at(12));
}

#[test]
fn ping_moves_the_cursor_and_sets_the_health() {
    let mut machine = live();
    after(&mut machine, [received(ping(20, Health::Degraded))]);
    assert_eq!((machine.cursor(), machine.status()), (at(20), StreamStatus::Degraded));
    after(&mut machine, [received(ping(21, Health::Ok))]);
    assert_eq!((machine.cursor(), machine.status()), (at(21), StreamStatus::Live));
}

#[test]
fn degraded_stream_stays_degraded_after_a_reconnect() {
    let mut machine = live();
    let again = [
        received(ping(20, Health::Degraded)),
        StreamInput::ConnectionFailed,
        StreamInput::TimerFired(Timer::Retry),
        StreamInput::Opened,
        received(offset(21)),
    ];
    after(&mut machine, again);
    assert_eq!(machine.status(), StreamStatus::Degraded);
}

#[test]
fn broken_connection_is_retried_from_the_last_cursor() {
    let mut machine = live();
    let commands = machine.handle(StreamInput::ConnectionFailed);
    assert!(commands.contains(&Command::Disconnect));
    assert_eq!(retry_delay(&commands), Some(Duration::from_millis(500)));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    let commands = machine.handle(StreamInput::TimerFired(Timer::Retry));
    assert!(commands.contains(&Command::Connect(at(12))));
}

#[test]
fn delays_grow_until_a_connection_is_stable() {
    let mut machine = live();
    let mut broken = |inputs: &[StreamInput]| {
        let again = [StreamInput::TimerFired(Timer::Retry), StreamInput::Opened];
        let all = inputs.iter().cloned().chain([StreamInput::ConnectionFailed]);
        let delay = retry_delay(&after(&mut machine, all));
        after(&mut machine, again);
        delay.map(|delay| delay.as_millis())
    };
    assert_eq!(broken(&[]), Some(500));
    assert_eq!(broken(&[]), Some(1_000));
    assert_eq!(broken(&[]), Some(2_000));
    assert_eq!(broken(&[StreamInput::TimerFired(Timer::Stable)]), Some(500));
}

#[test]
fn silent_connection_is_closed_and_retried() {
    for mut machine in [live(), {
        let mut connecting = machine();
        after(&mut connecting, [StreamInput::Start]);
        connecting
    }] {
        let commands = machine.handle(StreamInput::TimerFired(Timer::Watchdog));
        assert!(commands.contains(&Command::Disconnect));
        assert!(retry_delay(&commands).is_some());
    }
}

#[test]
fn every_event_restarts_the_watchdog() {
    let restart_watchdog = Command::StartTimer(Timer::Watchdog, Duration::from_secs(45));
    for event in [changed(13), offset(13), ping(13, Health::Ok), reset(at(13))] {
        let commands = live().handle(received(event));
        assert!(commands.contains(&restart_watchdog), "{commands:?}");
    }
}

#[test]
fn refused_connection_checks_the_session() {
    let mut machine = machine();
    let commands = after(&mut machine, [StreamInput::Start, StreamInput::ConnectionFailed]);
    assert!(commands.contains(&Command::CheckSession));
    assert_eq!(retry_delay(&commands), None);
    let commands = machine.clone().handle(StreamInput::SessionChecked(SessionState::Valid));
    assert!(retry_delay(&commands).is_some());
    let commands = machine.handle(StreamInput::SessionChecked(SessionState::Over));
    assert!(commands.contains(&Command::ReleaseLock));
    assert_eq!(machine.status(), StreamStatus::Ended(EndCode::SessionEnded));
}

#[test]
fn broken_connection_does_not_check_the_session() {
    assert!(!live().handle(StreamInput::ConnectionFailed).contains(&Command::CheckSession));
}

#[test]
fn reset_refetches_and_continues_from_the_new_cursor() {
    let mut machine = live();
    let rebuilt = Cursor { epoch: Epoch::new(2), position: Position(3) };
    let commands = machine.handle(received(reset(rebuilt)));
    assert_eq!(commands[0], Command::Refetch);
    assert_eq!((machine.cursor(), machine.status()), (rebuilt, StreamStatus::CatchingUp));
}

#[test]
fn end_with_reconnect_is_retried_after_the_given_time() {
    let commands = live().handle(received(end(EndCode::Draining)));
    assert_eq!(retry_delay(&commands), Some(Duration::from_millis(2_500)));
}

#[test]
fn end_without_reconnect_stops_for_good_with_its_reason() {
    for code in [EndCode::SessionEnded, EndCode::UserDeleted, EndCode::AccessLost] {
        let mut machine = live();
        let commands = machine.handle(received(end(code)));
        assert!(
            commands.contains(&Command::Disconnect) && commands.contains(&Command::ReleaseLock)
        );
        let later = [
            StreamInput::Online,
            StreamInput::Visible,
            StreamInput::TimerFired(Timer::Retry),
            StreamInput::Start,
        ];
        assert_eq!(after(&mut machine, later), []);
        assert_eq!(machine.status(), StreamStatus::Ended(code));
    }
}

#[test]
fn lost_network_shows_offline_until_an_attempt_succeeds() {
    let mut machine = live();
    let commands = machine.handle(StreamInput::Offline);
    assert!(commands.contains(&Command::Connect(at(12))), "the browser may be wrong");
    assert_eq!(machine.status(), StreamStatus::Offline);
    after(&mut machine, [StreamInput::Opened, received(offset(12))]);
    assert_eq!(machine.status(), StreamStatus::Live);
}

#[test]
fn attempts_continue_without_a_network() {
    let mut machine = live();
    let failed = [StreamInput::ConnectionFailed, StreamInput::SessionChecked(SessionState::Valid)];
    let commands = after(&mut machine, [&[StreamInput::Offline], &failed[..]].concat());
    assert!(retry_delay(&commands).is_some());
    assert_eq!(machine.status(), StreamStatus::Offline);
    let commands = machine.handle(StreamInput::TimerFired(Timer::Retry));
    assert!(commands.contains(&Command::Connect(at(12))));
    assert_eq!(machine.status(), StreamStatus::Offline);
}

#[test]
fn returning_network_connects_at_once() {
    let mut machine = backing_off();
    after(&mut machine, [StreamInput::Offline]);
    let commands = machine.handle(StreamInput::Online);
    assert!(commands.contains(&Command::Connect(at(12))));
    assert!(commands.contains(&Command::StopTimer(Timer::Retry)));
}

#[test]
fn page_opened_without_a_network_connects_and_shows_offline_meanwhile() {
    let mut machine = StreamMachine::new(at(10), false, || 1.0);
    let commands = machine.handle(StreamInput::Start);
    assert!(commands.contains(&Command::Connect(at(10))));
    assert_eq!(machine.status(), StreamStatus::Offline);
    after(&mut machine, [StreamInput::Opened, received(offset(10))]);
    assert_eq!(machine.status(), StreamStatus::Live);
}

#[test]
fn visible_tab_connects_at_once() {
    let commands = backing_off().handle(StreamInput::Visible);
    assert!(commands.contains(&Command::Connect(at(12))));
    assert!(commands.contains(&Command::StopTimer(Timer::Retry)));
    assert!(!live().handle(StreamInput::Visible).contains(&Command::Connect(at(12))));
}

#[test]
fn hidden_stream_disconnects_and_catches_up_when_visible() {
    let mut machine = live();
    let commands = machine.handle(StreamInput::Hidden);
    assert_eq!(commands, [Command::StartTimer(Timer::Idle, Duration::from_secs(300))]);
    let commands = machine.handle(StreamInput::TimerFired(Timer::Idle));
    assert!(commands.contains(&Command::Disconnect));
    assert_eq!(machine.status(), StreamStatus::Connecting);
    assert_eq!(machine.handle(StreamInput::TimerFired(Timer::Retry)), []);
    let commands = machine.handle(StreamInput::Visible);
    assert!(commands.contains(&Command::Connect(at(12))));
    after(&mut machine, [StreamInput::Opened]);
    assert_eq!(machine.status(), StreamStatus::CatchingUp);
}

#[test]
fn unreadable_event_refetches() {
    let mut machine = live();
    let commands = machine.handle(StreamInput::Unreadable(Some(at(30))));
    assert_eq!(commands[0], Command::Refetch);
    assert_eq!((machine.cursor(), machine.status()), (at(30), StreamStatus::Live));
}

#[test]
fn events_of_a_closed_connection_are_ignored() {
    let mut machine = backing_off();
    assert_eq!(machine.handle(received(changed(40))), []);
    assert_eq!(machine.handle(StreamInput::ConnectionFailed), []);
    assert_eq!(machine.cursor(), at(12));
}
