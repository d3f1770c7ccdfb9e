//! Several tabs of one browser, with a channel and a lock between them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::machine::Input;
use crate::realtime::tab::message::TabId;
use crate::realtime::tab::{Tab, TabInput};

/// What one tab did, as its page shows it.
pub(super) struct Page {
    tab: Tab,
    applied: Vec<i64>,
    refetched: usize,
    pub(super) status: StreamStatus,
    pub(super) connected: Option<Cursor>,
    resigned: bool,
    here: Option<PresenceSnapshot>,
}

#[derive(Default)]
pub(super) struct Browser {
    pages: BTreeMap<TabId, Page>,
}

impl Browser {
    pub(super) fn open(&mut self, number: u128, cursor: Cursor) -> TabId {
        let id = TabId(Uuid::from_u128(number));
        let mut tab = Tab::new(id, cursor, true, || 1.0);
        let commands = tab.join();
        let page = Page {
            tab,
            applied: Vec::new(),
            refetched: 0,
            status: StreamStatus::Connecting,
            connected: None,
            resigned: false,
            here: None,
        };
        self.pages.insert(id, page);
        self.act(id, commands);
        id
    }

    fn give(&mut self, id: TabId, input: TabInput) {
        let commands = self.page_mut(id).tab.handle(input);
        self.act(id, commands);
    }

    pub(super) fn elect(&mut self, id: TabId) {
        self.give(id, TabInput::Elected { online: true });
    }

    pub(super) fn stream(&mut self, id: TabId, inputs: impl IntoIterator<Item = Input>) {
        inputs.into_iter().for_each(|input| self.give(id, TabInput::Stream(input)));
    }

    /// A leader that is live at that position.
    pub(super) fn lead(&mut self, id: TabId, position: i64) {
        self.elect(id);
        self.stream(id, [Input::Opened, Input::Received(offset(position), None)]);
    }

    pub(super) fn close(&mut self, id: TabId) {
        let goodbye = self.page(id).tab.leave();
        self.act(id, goodbye);
        self.pages.remove(&id);
    }

    fn act(&mut self, id: TabId, commands: Vec<Command>) {
        for command in commands {
            let page = self.page_mut(id);
            match command {
                Command::Apply(message) => page.applied.push(message.position.0),
                Command::Refetch => page.refetched += 1,
                Command::Show(status) => page.status = status,
                Command::Connect(cursor) => page.connected = Some(cursor),
                Command::Disconnect => page.connected = None,
                Command::Resign => page.resigned = true,
                Command::Meet(here) => page.here = Some(here),
                Command::Tell(message) => {
                    let others: Vec<_> =
                        self.pages.keys().copied().filter(|other| *other != id).collect();
                    for other in others {
                        self.give(other, TabInput::Heard(message.clone()));
                    }
                }
                Command::Probe | Command::Schedule(..) | Command::Cancel(_) => {}
            }
        }
    }

    pub(super) fn page(&self, id: TabId) -> &Page {
        &self.pages[&id]
    }

    fn page_mut(&mut self, id: TabId) -> &mut Page {
        self.pages.get_mut(&id).expect("the page is open")
    }
}

pub(super) fn told(position: i64) -> Input {
    Input::Received(changed(position), Some(at(position)))
}

#[test]
fn followers_apply_what_the_leader_hears_and_show_how_it_stands() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [told(11), told(12)]);
    assert_eq!(browser.page(follower).applied, [11, 12]);
    assert_eq!(browser.page(follower).status, StreamStatus::Live);
    assert_eq!(browser.page(follower).connected, None);
    browser.stream(leader, [Input::Broken]);
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}

#[test]
fn no_tab_claims_to_be_live_without_a_leader() {
    let mut browser = Browser::default();
    let alone = browser.open(1, at(10));
    assert_eq!(browser.page(alone).status, StreamStatus::Connecting);
    browser.elect(alone);
    assert_eq!(browser.page(alone).status, StreamStatus::Connecting);
}

#[test]
fn a_tab_that_opens_late_gets_what_it_missed() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    browser.stream(leader, [told(11), told(12), told(13)]);
    let late = browser.open(2, at(11));
    assert_eq!(browser.page(late).applied, [12, 13]);
    assert_eq!(browser.page(late).refetched, 0);
    assert_eq!(browser.page(late).status, StreamStatus::Live);
    assert_eq!(browser.page(late).tab.cursor(), at(13));
}

#[test]
fn a_tab_that_missed_more_than_the_leader_remembers_reads_again() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    let late = browser.open(2, at(5));
    assert_eq!((browser.page(late).refetched, browser.page(late).tab.cursor()), (1, at(10)));
}

#[test]
fn a_page_that_is_newer_than_the_leaders_place_stays_newer() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    let newer = browser.open(2, at(20));
    browser.stream(leader, [told(15), told(21)]);
    assert_eq!(browser.page(newer).applied, [21], "what it was told before may be gone by now");
    assert_eq!(browser.page(newer).tab.cursor(), at(21));
}

#[test]
fn a_promoted_follower_resumes_from_the_last_cursor_it_saw() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [told(11), Input::Received(ping(25, Health::Ok), None)]);
    browser.pages.remove(&leader);
    browser.elect(follower);
    assert_eq!(browser.page(follower).connected, Some(at(25)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}

#[test]
fn a_new_leader_is_followed_and_its_gaps_are_closed() {
    let mut browser = Browser::default();
    let ids = [1, 2, 3].map(|number| browser.open(number, at(10)));
    browser.lead(ids[0], 10);
    browser.stream(ids[0], [told(11)]);
    browser.pages.remove(&ids[0]);
    browser.elect(ids[1]);
    assert_eq!(browser.page(ids[2]).status, StreamStatus::Connecting);
    let inputs = [Input::Opened, told(12), Input::Received(offset(12), None), told(13)];
    browser.stream(ids[1], inputs);
    assert_eq!(browser.page(ids[2]).applied, [11, 12, 13]);
    assert_eq!(browser.page(ids[2]).status, StreamStatus::Live);
}

#[test]
fn what_a_joining_tab_hears_waits_for_what_it_missed() {
    let id = TabId(Uuid::from_u128(2));
    let mut tab = Tab::new(id, at(10), true, || 1.0);
    let _ = tab.join();
    let mut hear = |message| {
        tab.handle(TabInput::Heard(message))
            .into_iter()
            .filter_map(|command| match command {
                Command::Apply(message) => Some(message.position.0),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    use crate::realtime::tab::message::TabMessage::{Change, Replay};
    assert_eq!(hear(Change { message: Box::new(change(13)), cursor: at(13) }), [0; 0]);
    let messages = vec![change(11), change(12)];
    let replay = Replay { to: id, messages, cursor: at(12), status: StreamStatus::Live };
    assert_eq!(hear(replay.clone()), [11, 12, 13]);
    assert_eq!(hear(replay), [0; 0]);
}

#[test]
fn a_reset_reaches_every_tab() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    let rebuilt = Cursor { epoch: Epoch::new(2), position: Position(1) };
    browser.stream(leader, [Input::Received(reset(rebuilt), None)]);
    for id in [leader, follower] {
        assert_eq!((browser.page(id).refetched, browser.page(id).tab.cursor()), (1, rebuilt));
    }
}

#[test]
fn a_leader_that_is_silent_is_not_believed_to_be_live() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(follower, [Input::Due(Timer::Leader)]);
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
    browser.stream(leader, [Input::Received(ping(11, Health::Ok), None)]);
    assert_eq!(browser.page(follower).status, StreamStatus::Live);
}

#[test]
fn the_stream_is_kept_while_somebody_looks_at_any_tab() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    let page = |browser: &mut Browser, id, visible| {
        browser.page_mut(id).tab.handle(TabInput::Visible(visible))
    };
    assert_eq!(page(&mut browser, leader, false), []);
    browser.give(follower, TabInput::Visible(false));
    browser.stream(leader, [Input::Due(Timer::Unseen)]);
    assert_eq!(browser.page(leader).connected, None);
    browser.give(follower, TabInput::Visible(true));
    assert_eq!(browser.page(leader).connected, Some(at(10)));
    browser.close(follower);
    browser.stream(leader, [Input::Due(Timer::Unseen)]);
    assert_eq!(browser.page(leader).connected, None);
}

#[test]
fn a_stream_may_be_let_go_sooner_than_others() {
    let soon = Duration::from_secs(10);
    let mut tab = Tab::new(TabId(Uuid::from_u128(1)), at(10), true, || 1.0).letting_go_after(soon);
    let _ = tab.handle(TabInput::Elected { online: true });
    let commands = tab.handle(TabInput::Visible(false));
    assert_eq!(commands, [Command::Schedule(Timer::Unseen, soon)]);
}

#[test]
fn a_stream_that_ended_for_good_is_let_go_and_every_tab_says_why() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [Input::Received(end(EndCode::SessionEnded), None)]);
    let ended = StreamStatus::Ended(EndCode::SessionEnded);
    assert!(browser.page(leader).resigned);
    assert_eq!(browser.page(leader).status, ended);
    assert_eq!(browser.page(follower).status, ended);
    for tab in [leader, follower] {
        browser.elect(tab);
        assert_eq!(browser.page(tab).connected, None);
        assert!(browser.page(tab).resigned);
    }
}

#[test]
fn what_ended_for_a_leader_behind_the_page_goes_on_for_the_page() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    // Its reader lost access at 15 and got it back at 20, before this page was read.
    let newer = browser.open(2, at(20));
    browser.stream(leader, [Input::Received(end(EndCode::AccessLost), None)]);
    assert_eq!(browser.page(leader).status, StreamStatus::Ended(EndCode::AccessLost));
    browser.elect(newer);
    assert_eq!(browser.page(newer).connected, Some(at(20)));
}

fn met(total: i64) -> Input {
    // Without a cursor of its own: a browser gives the last one it saw.
    Input::Received(StreamEvent::Presence(so_many(total)), Some(at(10)))
}

fn so_many(total: i64) -> PresenceSnapshot {
    PresenceSnapshot { people: Vec::new(), total }
}

#[test]
fn who_is_here_is_known_to_all_tabs_and_to_those_that_come_later() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [told(11), met(3)]);
    let late = browser.open(3, at(11));
    for page in [leader, follower, late] {
        assert_eq!(browser.page(page).here, Some(so_many(3)));
        assert_eq!(browser.page(page).tab.cursor(), at(11), "it moves no cursor");
    }
}

#[test]
fn who_was_here_before_the_connection_broke_is_not_told_to_tabs_that_come_after() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    browser.stream(leader, [met(3), Input::Broken]);
    let late = browser.open(2, at(10));
    assert_eq!(browser.page(late).here, None);
}
