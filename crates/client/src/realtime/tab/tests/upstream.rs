//! The defects of the client that Tributary replaces.

use super::machine::retry_delay;
use super::tabs::{Browser, told};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::{Input, Machine};

#[test]
fn defect_5_every_reconnect_began_at_now_after_five_seconds_sharp() {
    let mut delays = Vec::new();
    let draws: [fn() -> f64; 2] = [|| 0.1, || 0.9];
    for random in draws {
        let mut machine = Machine::new(at(10), true, random);
        for input in [Input::Start, Input::Opened, Input::Received(offset(12), None), told(13)] {
            machine.handle(input);
        }
        delays.push(retry_delay(&machine.handle(Input::Broken)));
        let commands = machine.handle(Input::Due(Timer::Retry));
        assert!(commands.contains(&Command::Connect(at(13))), "{commands:?}");
    }
    assert_ne!(delays[0], delays[1], "a herd");
}

#[test]
fn defect_12_followers_were_live_without_a_stream_and_a_promoted_one_began_at_now() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
    browser.lead(leader, 10);
    browser.stream(leader, [told(11), told(12)]);
    browser.close(leader);
    browser.elect(follower);
    assert_eq!(browser.page(follower).connected, Some(at(12)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}
