//! Regression tests for the defects of the client that Tributary replaces.

use super::stream_machine::retry_delay;
use super::tabs::{Browser, received_change};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::stream_machine::{StreamInput, StreamMachine};

#[test]
fn defect_5_reconnect_resumes_from_the_cursor_after_a_random_delay() {
    let mut delays = Vec::new();
    let draws: [fn() -> f64; 2] = [|| 0.1, || 0.9];
    for random in draws {
        let mut machine = StreamMachine::new(at(10), true, random);
        for input in [
            StreamInput::Start,
            StreamInput::Opened,
            StreamInput::Received(offset(12), None),
            received_change(13),
        ] {
            machine.handle(input);
        }
        delays.push(retry_delay(&machine.handle(StreamInput::ConnectionFailed)));
        let commands = machine.handle(StreamInput::TimerFired(Timer::Retry));
        assert!(commands.contains(&Command::Connect(at(13))), "{commands:?}");
    }
    assert_ne!(delays[0], delays[1], "all browsers would reconnect at the same moment");
}

#[test]
fn defect_12_followers_are_not_live_without_a_leader_and_a_new_leader_resumes() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
    browser.lead(leader, 10);
    browser.stream(leader, [received_change(11), received_change(12)]);
    browser.close(leader);
    browser.elect(follower);
    assert_eq!(browser.page(follower).connected, Some(at(12)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}
