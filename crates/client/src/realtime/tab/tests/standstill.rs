//! A leading tab that stands still, for example behind an open dialog, while others take its place.

use super::tabs::{Browser, received_change};
use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::TabInput;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::message::TabId;
use crate::realtime::tab::stream_machine::StreamInput;

/// A leader that stands still after change 11, and two followers.
fn standstill() -> (Browser, [TabId; 3]) {
    let mut browser = Browser::default();
    let ids = [1, 2, 3].map(|number| browser.open(number, at(10)));
    browser.lead(ids[0], 10);
    browser.stream(ids[0], [received_change(11)]);
    browser.freeze(ids[0]);
    (browser, ids)
}

fn fire_leader_timer(browser: &mut Browser, id: TabId) {
    browser.stream(id, [StreamInput::TimerFired(Timer::Leader)]);
}

/// The tab takes over and receives changes 12 and 13.
fn take_over(browser: &mut Browser, id: TabId) {
    fire_leader_timer(browser, id);
    fire_leader_timer(browser, id);
    assert_eq!(browser.page(id).lock_request, Some(Command::StealLock));
    browser.elect(id);
    assert_eq!(browser.page(id).connected, Some(at(11)));
    let live = StreamInput::Received(offset(12), None);
    browser.stream(id, [StreamInput::Opened, received_change(12), live, received_change(13)]);
}

fn assert_all_live_with_each_change_once(browser: &Browser, ids: [TabId; 3]) {
    for id in ids {
        assert_eq!(browser.page(id).applied, [11, 12, 13]);
        assert_eq!(browser.page(id).refetched, 0);
        assert_eq!(browser.page(id).status, StreamStatus::Live);
    }
}

#[test]
fn silent_leader_that_answers_keeps_its_place() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    for _ in 0..3 {
        fire_leader_timer(&mut browser, follower);
        assert_eq!(browser.page(follower).lock_request, None);
        assert_eq!(browser.page(follower).status, StreamStatus::Live);
    }
}

#[test]
fn follower_takes_over_from_a_leader_that_does_not_answer() {
    let (mut browser, [_, follower, other]) = standstill();
    fire_leader_timer(&mut browser, follower);
    assert_eq!(browser.page(follower).status, StreamStatus::Live);
    fire_leader_timer(&mut browser, follower);
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
    take_over(&mut browser, follower);
    assert_eq!(browser.page(other).applied, [11, 12, 13]);
}

#[test]
fn former_leader_that_hears_of_the_new_one_first_catches_up() {
    let (mut browser, ids) = standstill();
    take_over(&mut browser, ids[1]);
    browser.unfreeze(ids[0]);
    assert_eq!(browser.page(ids[0]).connected, None);
    assert_eq!(browser.page(ids[0]).lock_request, Some(Command::RequestLock));
    // What its connection received meanwhile comes after that.
    browser.stream(ids[0], [received_change(12), received_change(13)]);
    assert_all_live_with_each_change_once(&browser, ids);
}

#[test]
fn former_leader_whose_connection_speaks_first_catches_up() {
    let (mut browser, ids) = standstill();
    take_over(&mut browser, ids[1]);
    browser.stream(ids[0], [received_change(12), received_change(13)]);
    browser.unfreeze(ids[0]);
    assert_eq!(browser.page(ids[0]).connected, None);
    assert_all_live_with_each_change_once(&browser, ids);
}

#[test]
fn former_leader_that_only_lost_the_lock_catches_up() {
    let (mut browser, ids) = standstill();
    take_over(&mut browser, ids[1]);
    browser.handle(ids[0], TabInput::LockLost);
    browser.unfreeze(ids[0]);
    assert_all_live_with_each_change_once(&browser, ids);
}

#[test]
fn tab_that_hears_the_former_leader_first_gets_what_that_one_missed() {
    let (mut browser, ids) = standstill();
    take_over(&mut browser, ids[1]);
    browser.freeze(ids[1]);
    let late = browser.open(4, at(11));
    browser.stream(ids[0], [received_change(12)]);
    browser.unfreeze(ids[1]);
    assert_eq!(browser.page(late).applied, [12, 13]);
    assert_eq!(browser.page(late).refetched, 0);
    assert_eq!(browser.page(late).status, StreamStatus::Live);
}

#[test]
fn tab_opened_beside_a_leader_that_stands_still_takes_over() {
    let (mut browser, _) = standstill();
    let late = browser.open(4, at(10));
    fire_leader_timer(&mut browser, late);
    assert_eq!(browser.page(late).lock_request, Some(Command::StealLock));
}

#[test]
fn hidden_tab_takes_over_once_it_is_visible() {
    let (mut browser, [_, follower, _]) = standstill();
    browser.handle(follower, TabInput::Visibility(false));
    for _ in 0..3 {
        fire_leader_timer(&mut browser, follower);
    }
    assert_eq!(browser.page(follower).lock_request, None);
    browser.handle(follower, TabInput::Visibility(true));
    fire_leader_timer(&mut browser, follower);
    assert_eq!(browser.page(follower).lock_request, Some(Command::StealLock));
}

#[test]
fn of_two_tabs_that_take_over_the_later_one_leads() {
    let (mut browser, ids) = standstill();
    take_over(&mut browser, ids[1]);
    browser.elect(ids[2]);
    assert_eq!(browser.page(ids[1]).connected, None);
    assert_eq!(browser.page(ids[2]).connected, Some(at(13)));
}
