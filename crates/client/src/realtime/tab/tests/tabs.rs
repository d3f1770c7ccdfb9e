//! Several tabs of one browser, with a simulated channel and lock between them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::realtime::StreamStatus;
use crate::realtime::tab::command::{Command, Timer};
use crate::realtime::tab::message::{TabId, TabMessage, Term};
use crate::realtime::tab::stream_machine::StreamInput;
use crate::realtime::tab::{Tab, TabInput};

/// A tab and the effects of its commands.
pub(super) struct Page {
    pub(super) tab: Tab,
    pub(super) applied: Vec<i64>,
    pub(super) refetched: usize,
    pub(super) status: StreamStatus,
    pub(super) connected: Option<Cursor>,
    released_lock: bool,
    /// The last request for the lock since the tab was elected.
    pub(super) lock_request: Option<Command>,
    presence: Option<PresenceSnapshot>,
    /// Messages that wait, while the tab stands still.
    waiting: Option<Vec<TabMessage>>,
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
            released_lock: false,
            lock_request: None,
            presence: None,
            waiting: None,
        };
        self.pages.insert(id, page);
        self.execute(id, commands);
        id
    }

    pub(super) fn handle(&mut self, id: TabId, input: TabInput) {
        let commands = self.page_mut(id).tab.handle(input);
        self.execute(id, commands);
    }

    pub(super) fn elect(&mut self, id: TabId) {
        self.page_mut(id).lock_request = None;
        self.handle(id, elected());
    }

    pub(super) fn stream(&mut self, id: TabId, inputs: impl IntoIterator<Item = StreamInput>) {
        inputs.into_iter().for_each(|input| self.handle(id, TabInput::Stream(input)));
    }

    /// Makes the tab the leader, live at that position.
    pub(super) fn lead(&mut self, id: TabId, position: i64) {
        self.elect(id);
        self.stream(id, [StreamInput::Opened, StreamInput::Received(offset(position), None)]);
    }

    /// Makes the tab stand still: messages of other tabs wait.
    pub(super) fn freeze(&mut self, id: TabId) {
        self.page_mut(id).waiting = Some(Vec::new());
    }

    /// Lets the tab go on with the messages that wait.
    pub(super) fn unfreeze(&mut self, id: TabId) {
        let waiting = self.page_mut(id).waiting.take().unwrap_or_default();
        waiting.into_iter().for_each(|message| self.handle(id, TabInput::Message(message)));
    }

    pub(super) fn close(&mut self, id: TabId) {
        let goodbye = self.page(id).tab.leave();
        self.execute(id, goodbye);
        self.pages.remove(&id);
    }

    fn execute(&mut self, id: TabId, commands: Vec<Command>) {
        for command in commands {
            let page = self.page_mut(id);
            match command {
                Command::Apply(message) => page.applied.push(message.position.0),
                Command::Refetch => page.refetched += 1,
                Command::ShowStatus(status) => page.status = status,
                Command::Connect(cursor) => page.connected = Some(cursor),
                Command::Disconnect => page.connected = None,
                Command::ReleaseLock => page.released_lock = true,
                Command::RequestLock | Command::StealLock => page.lock_request = Some(command),
                Command::ShowPresence(presence) => page.presence = Some(presence),
                Command::Broadcast(message) => {
                    let others: Vec<_> =
                        self.pages.keys().copied().filter(|other| *other != id).collect();
                    for other in others {
                        match &mut self.page_mut(other).waiting {
                            Some(waiting) => waiting.push(message.clone()),
                            None => self.handle(other, TabInput::Message(message.clone())),
                        }
                    }
                }
                Command::CheckSession | Command::StartTimer(..) | Command::StopTimer(_) => {}
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

/// Each election is a little later than the one before.
fn elected() -> TabInput {
    static NOW: AtomicU64 = AtomicU64::new(1);
    TabInput::Elected { online: true, now: NOW.fetch_add(1, Ordering::Relaxed) }
}

pub(super) fn received_change(position: i64) -> StreamInput {
    StreamInput::Received(changed(position), Some(at(position)))
}

#[test]
fn followers_apply_changes_and_show_the_status_of_the_leader() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [received_change(11), received_change(12)]);
    assert_eq!(browser.page(follower).applied, [11, 12]);
    assert_eq!(browser.page(follower).status, StreamStatus::Live);
    assert_eq!(browser.page(follower).connected, None);
    browser.stream(leader, [StreamInput::ConnectionFailed]);
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}

#[test]
fn tab_without_a_leader_is_not_live() {
    let mut browser = Browser::default();
    let alone = browser.open(1, at(10));
    assert_eq!(browser.page(alone).status, StreamStatus::Connecting);
    browser.elect(alone);
    assert_eq!(browser.page(alone).status, StreamStatus::Connecting);
}

#[test]
fn tab_that_opens_later_gets_the_missed_messages() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    browser.stream(leader, [received_change(11), received_change(12), received_change(13)]);
    let late = browser.open(2, at(11));
    assert_eq!(browser.page(late).applied, [12, 13]);
    assert_eq!(browser.page(late).refetched, 0);
    assert_eq!(browser.page(late).status, StreamStatus::Live);
    assert_eq!(browser.page(late).tab.cursor(), at(13));
}

#[test]
fn tab_that_missed_more_than_the_leader_keeps_refetches() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    let late = browser.open(2, at(5));
    assert_eq!((browser.page(late).refetched, browser.page(late).tab.cursor()), (1, at(10)));
}

#[test]
fn page_ahead_of_the_leader_ignores_older_messages() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    let newer = browser.open(2, at(20));
    browser.stream(leader, [received_change(15), received_change(21)]);
    assert_eq!(
        browser.page(newer).applied,
        [21],
        "what an older message created may be deleted by now"
    );
    assert_eq!(browser.page(newer).tab.cursor(), at(21));
}

#[test]
fn new_leader_resumes_from_its_last_cursor() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser
        .stream(leader, [received_change(11), StreamInput::Received(ping(25, Health::Ok), None)]);
    browser.pages.remove(&leader);
    browser.elect(follower);
    assert_eq!(browser.page(follower).connected, Some(at(25)));
    assert_eq!(browser.page(follower).status, StreamStatus::Connecting);
}

#[test]
fn followers_join_a_new_leader_without_gaps() {
    let mut browser = Browser::default();
    let ids = [1, 2, 3].map(|number| browser.open(number, at(10)));
    browser.lead(ids[0], 10);
    browser.stream(ids[0], [received_change(11)]);
    browser.pages.remove(&ids[0]);
    browser.elect(ids[1]);
    assert_eq!(browser.page(ids[2]).status, StreamStatus::Connecting);
    let inputs = [
        StreamInput::Opened,
        received_change(12),
        StreamInput::Received(offset(12), None),
        received_change(13),
    ];
    browser.stream(ids[1], inputs);
    assert_eq!(browser.page(ids[2]).applied, [11, 12, 13]);
    assert_eq!(browser.page(ids[2]).status, StreamStatus::Live);
}

#[test]
fn joining_tab_buffers_changes_until_the_replay() {
    let id = TabId(Uuid::from_u128(2));
    let mut tab = Tab::new(id, at(10), true, || 1.0);
    let _ = tab.join();
    let mut hear = |message| {
        let term = Term { number: 1, leader: TabId(Uuid::from_u128(1)) };
        tab.handle(TabInput::Message(TabMessage::FromLeader(term, message)))
            .into_iter()
            .filter_map(|command| match command {
                Command::Apply(message) => Some(message.position.0),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    use crate::realtime::tab::message::LeaderMessage::{Change, Replay};
    assert_eq!(hear(Change { message: Box::new(change(13)), cursor: at(13) }), [0; 0]);
    let messages = vec![change(11), change(12)];
    let replay = Replay { to: id, messages, cursor: at(12), status: StreamStatus::Live };
    assert_eq!(hear(replay.clone()), [11, 12, 13]);
    assert_eq!(hear(replay), [0; 0]);
}

#[test]
fn reset_reaches_every_tab() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    let rebuilt = Cursor { epoch: Epoch::new(2), position: Position(1) };
    browser.stream(leader, [StreamInput::Received(reset(rebuilt), None)]);
    for id in [leader, follower] {
        assert_eq!((browser.page(id).refetched, browser.page(id).tab.cursor()), (1, rebuilt));
    }
}

#[test]
fn stream_stays_connected_while_any_tab_is_visible() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    let page = |browser: &mut Browser, id, visible| {
        browser.page_mut(id).tab.handle(TabInput::Visibility(visible))
    };
    assert_eq!(page(&mut browser, leader, false), []);
    browser.handle(follower, TabInput::Visibility(false));
    browser.stream(leader, [StreamInput::TimerFired(Timer::Idle)]);
    assert_eq!(browser.page(leader).connected, None);
    browser.handle(follower, TabInput::Visibility(true));
    assert_eq!(browser.page(leader).connected, Some(at(10)));
    browser.close(follower);
    browser.stream(leader, [StreamInput::TimerFired(Timer::Idle)]);
    assert_eq!(browser.page(leader).connected, None);
}

#[test]
fn idle_timeout_can_be_shorter() {
    let soon = Duration::from_secs(10);
    let mut tab = Tab::new(TabId(Uuid::from_u128(1)), at(10), true, || 1.0).with_idle_timeout(soon);
    let _ = tab.handle(elected());
    let commands = tab.handle(TabInput::Visibility(false));
    assert_eq!(commands, [Command::StartTimer(Timer::Idle, soon)]);
}

#[test]
fn stream_that_ended_for_good_releases_the_lock_and_every_tab_shows_the_reason() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [StreamInput::Received(end(EndCode::SessionEnded), None)]);
    let ended = StreamStatus::Ended(EndCode::SessionEnded);
    assert!(browser.page(leader).released_lock);
    assert_eq!(browser.page(leader).status, ended);
    assert_eq!(browser.page(follower).status, ended);
    for tab in [leader, follower] {
        browser.elect(tab);
        assert_eq!(browser.page(tab).connected, None);
        assert!(browser.page(tab).released_lock);
    }
}

#[test]
fn end_of_a_leader_behind_the_page_does_not_end_the_page() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    // The reader lost access at 15 and got it back at 20, before this page was read.
    let newer = browser.open(2, at(20));
    browser.stream(leader, [StreamInput::Received(end(EndCode::AccessLost), None)]);
    assert_eq!(browser.page(leader).status, StreamStatus::Ended(EndCode::AccessLost));
    browser.elect(newer);
    assert_eq!(browser.page(newer).connected, Some(at(20)));
}

fn received_presence(total: i64) -> StreamInput {
    // The event has no `id`; `EventSource` then reports the last one.
    StreamInput::Received(StreamEvent::Presence(presence_of(total)), Some(at(10)))
}

fn presence_of(total: i64) -> PresenceSnapshot {
    PresenceSnapshot { people: Vec::new(), total }
}

#[test]
fn presence_reaches_all_tabs_and_tabs_that_open_later() {
    let mut browser = Browser::default();
    let (leader, follower) = (browser.open(1, at(10)), browser.open(2, at(10)));
    browser.lead(leader, 10);
    browser.stream(leader, [received_change(11), received_presence(3)]);
    let late = browser.open(3, at(11));
    for page in [leader, follower, late] {
        assert_eq!(browser.page(page).presence, Some(presence_of(3)));
        assert_eq!(browser.page(page).tab.cursor(), at(11), "presence doesn't move the cursor");
    }
}

#[test]
fn presence_of_a_broken_connection_is_not_sent_to_new_tabs() {
    let mut browser = Browser::default();
    let leader = browser.open(1, at(10));
    browser.lead(leader, 10);
    browser.stream(leader, [received_presence(3), StreamInput::ConnectionFailed]);
    let late = browser.open(2, at(10));
    assert_eq!(browser.page(late).presence, None);
}
