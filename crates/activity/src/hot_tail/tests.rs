//! The hot tail answers like the database, whatever was evicted and wherever the cursor is.

mod model;

use contract::{Epoch, Role};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::model::{Log, Step, organization, user};
use super::*;
use crate::ActivityKind;
use crate::log;
use crate::log::missed::{self, MissedActivity};
use testing::TestDatabase;

const LIMITS: CatchUpLimits = CatchUpLimits { entities: 10_000, bytes: 8 << 20 };

/// Formats a missed activity. The text is the same for catch-up from memory and from the database.
fn describe(position: Position, activity: &Activity, merged: &missed::Merged) -> String {
    let change = &activity.change;
    format!(
        "{position} {} {} {:?} {}",
        change.kind.as_str(),
        change.subject_id,
        merged,
        change.data
    )
}

fn from_database(missed: Missed) -> Option<Vec<String>> {
    let Missed::Activities(missed) = missed else { return None };
    let describe = |MissedActivity { activity, merged }: &MissedActivity| {
        describe(activity.position, activity, merged)
    };
    Some(missed.iter().map(describe).collect())
}

/// `on_user_stream`: without the rows of resources, which that stream doesn't send.
fn from_tail(missed: Missed<TailActivity<()>>, on_user_stream: bool) -> Option<Vec<String>> {
    let Missed::Activities(missed) = missed else { return None };
    let describe = |TailActivity { entry, merged }: &TailActivity<()>| {
        let mut activity = entry.activity();
        if on_user_stream && activity.change.kind.is_resource() {
            activity.change.data = serde_json::Value::Null;
        }
        describe(entry.position(), &activity, merged)
    };
    Some(missed.iter().map(describe).collect())
}

/// Limits that some catch-ups exceed.
const TIGHT: CatchUpLimits = CatchUpLimits { entities: 6, bytes: 700 };

struct Case {
    steps: Vec<Step>,
    /// How many steps precede the start of the node.
    before_start: usize,
    batch_size: usize,
    max_bytes: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let steps = prop::collection::vec(model::steps(), 1..60);
    (steps, 0..60_usize, 1..10_usize, 0..60_000_usize).prop_map(
        |(steps, before_start, batch_size, max_bytes)| Case {
            before_start: before_start.min(steps.len()),
            steps,
            batch_size,
            max_bytes,
        },
    )
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { steps, before_start, batch_size, max_bytes } = self;
        write!(
            f,
            "{steps:?}, started after {before_start}, {batch_size} a batch, {max_bytes} bytes"
        )
    }
}

/// Compares both answers for every reader and every cursor. Returns how many came from the tail.
async fn compare(database: &TestDatabase, epoch: Epoch, case: &Case) -> Result<usize, String> {
    let mut log = Log::default();
    for step in &case.steps {
        log.apply(*step);
    }
    log.store(database).await;
    let head = Position(i64::try_from(log.activities.len()).unwrap());
    let tail: HotTail<()> = HotTail::new(case.max_bytes);
    let start = log.positions_before(case.before_start);
    tail.reset(Cursor { epoch, position: start });
    tail.fill(&database.pool).await.unwrap();
    let (filled, rest) = log.activities.split_at(usize::try_from(start.0).unwrap());
    assert!(filled.iter().all(|activity| activity.position <= start));
    for batch in rest.chunks(case.batch_size) {
        tail.append(batch);
    }
    let begin = tail.begin().unwrap().position;
    let mut connection = database.pool.acquire().await.unwrap();
    let mut from_memory = 0;
    for (after, limits) in
        (0..=head.0).map(Position).zip([LIMITS, LIMITS, TIGHT].into_iter().cycle())
    {
        let span = Span { after: Cursor { epoch, position: after }, until: head };
        for reader in (0..model::USERS).map(user) {
            let roles: HashMap<OrganizationId, Role> = log.roles(reader);
            let answer = tail.missed_by_user(reader, &roles, span, limits);
            let is_trimmed = (0..model::ORGANIZATIONS)
                .any(|index| tail.read().index.is_trimmed(organization(index), after));
            if answer.is_some() && begin > after
                || answer.is_none()
                    && begin <= after
                    && !is_trimmed
                    && !log.is_undecided(reader, after)
            {
                return Err(format!(
                    "the tail begins at {begin} and answers for {after}: {answer:?}"
                ));
            }
            let Some(answer) = answer else { continue };
            from_memory += 1;
            let expected = missed::for_user(&mut connection, reader, after, limits).await.unwrap();
            let (answer, expected) = (from_tail(answer, true), from_database(expected));
            if answer != expected {
                return Err(format!(
                    "{reader} after {after}: {answer:#?} instead of {expected:#?}"
                ));
            }
        }
        for id in (0..model::ORGANIZATIONS).map(organization) {
            let Some(answer) = tail.missed_in_organization(id, span, limits) else { continue };
            let expected =
                missed::for_organization(&mut connection, id, after, limits).await.unwrap();
            let (answer, expected) = (from_tail(answer, false), from_database(expected));
            if answer != expected {
                return Err(format!("{id} after {after}: {answer:#?} instead of {expected:#?}"));
            }
        }
    }
    let indexed = tail.read().index.len();
    let bytes: usize = tail.read().entries.iter().map(|entry| entry.size()).sum();
    if bytes != tail.size() {
        return Err(format!("{bytes} bytes are counted as {}", tail.size()));
    }
    if tail.size() > case.max_bytes || (tail.read().entries.is_empty() && indexed > 0) {
        return Err(format!("{} bytes, {indexed} lists", tail.size()));
    }
    Ok(from_memory)
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_and_database_give_the_same_answer() {
    let database = TestDatabase::create().await;
    model::store_people(&database).await;
    let epoch = log::head(&database.pool).await.unwrap().epoch;
    let runtime = tokio::runtime::Handle::current();
    let from_memory = std::cell::Cell::new(0);
    let check = |case: Case| {
        let compared = runtime.block_on(compare(&database, epoch, &case));
        from_memory.set(from_memory.get() + compared.map_err(TestCaseError::fail)?);
        Ok(())
    };
    tokio::task::block_in_place(|| {
        let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&cases(), check).unwrap();
    });
    assert!(from_memory.get() > 1_000, "only {} answers came from the tail", from_memory.get());
}

#[test]
fn invited_user_missed_what_their_invitation_quotes_while_they_have_it() {
    let mut log = Log::default();
    log.apply(Step::Invite { organization: 0, invitation: 0, user: Some(1), actor: 2 });
    log.apply(Step::Rename { organization: 0, actor: 0 });
    log.apply(Step::Rename { organization: 1, actor: 0 });
    log.apply(Step::RenameUser { user: 2 });
    log.apply(Step::ChangeEmail { user: 2 });
    let tail: HotTail<()> = HotTail::new(1 << 20);
    tail.reset(START);
    tail.append(&log.activities);
    let missed = |reader, until| {
        let span = Span { after: START, until: Position(until) };
        tail.missed_by_user(user(reader), &HashMap::new(), span, LIMITS)
    };
    let Some(Missed::Activities(found)) = missed(1, 5) else { panic!("not in the tail") };
    let found = found.iter().map(|its| (its.entry.position().0, its.merged.as_quote));
    assert_eq!(found.collect::<Vec<_>>(), [(1, false), (2, true), (4, true)]);
    let Some(Missed::Activities(found)) = missed(3, 5) else { panic!("not in the tail") };
    assert!(found.is_empty(), "{found:?}");

    log.apply(Step::Revoke { organization: 0, invitation: 0, actor: 2 });
    tail.append(&log.activities[5..]);
    assert!(missed(1, 6).is_none(), "only the database knows whether there is another invitation");
}

/// Changes of these organizations by turns.
fn entries(count: usize, organizations: usize) -> Vec<Activity> {
    let mut log = Log::default();
    for number in 0..count {
        log.apply(Step::Rename { organization: number % organizations, actor: 0 });
    }
    log.activities
}

const START: Cursor = Cursor { epoch: Epoch::new(1), position: Position(0) };

#[test]
fn oldest_activities_are_evicted_and_the_beginning_follows() {
    let tail: HotTail<()> = HotTail::new(4_000);
    tail.reset(START);
    let activities = entries(50, model::ORGANIZATIONS);
    for batch in activities.chunks(7) {
        tail.append(batch);
        assert!(tail.size() <= 4_000);
    }
    let begin = tail.begin().unwrap().position;
    assert!(begin > Position(30) && begin < Position(50), "{begin}");
    let roles = HashMap::from([(organization(0), Role::Member), (organization(1), Role::Member)]);
    let missed = |after| {
        let span = Span { after: Cursor { position: after, ..START }, until: Position(50) };
        tail.missed_by_user(user(1), &roles, span, LIMITS)
    };
    assert!(missed(Position(begin.0 - 1)).is_none());
    let Some(Missed::Activities(newest)) = missed(begin) else { panic!("not in the tail") };
    assert_eq!(newest.len(), 2, "one for each organization");
}

#[test]
fn organization_with_many_changes_evicts_only_its_own() {
    let tail: HotTail<()> = HotTail::new(100_000);
    tail.reset(START);
    let mut log = Log::default();
    log.apply(Step::Rename { organization: 0, actor: 0 });
    log.apply(Step::RenameUser { user: 1 });
    for _ in 0..2_000 {
        log.apply(Step::Rename { organization: 1, actor: 0 });
    }
    for batch in log.activities.chunks(100) {
        tail.append(batch);
        assert!(tail.size() <= 100_000);
    }
    let until = Position(i64::try_from(log.activities.len()).unwrap());
    let missed = |index: usize, after: i64| {
        let roles = HashMap::from([(organization(index), Role::Member)]);
        let span = Span { after: Cursor { position: Position(after), ..START }, until };
        match tail.missed_by_user(user(1), &roles, span, LIMITS)? {
            Missed::Activities(missed) => Some(missed.len()),
            Missed::TooMuch => panic!("not much"),
        }
    };
    assert_eq!(missed(0, 0), Some(2), "the organization and the user");
    assert_eq!(missed(1, 0), None, "its oldest ones are gone");
    assert_eq!(missed(1, until.0 - 30), Some(1));
    // A quarter, and what was trimmed and isn't removed yet.
    assert!(tail.size() < 100_000 / 4 + 100_000 / 8 + 3_000, "{}", tail.size());

    tail.reset(Cursor { position: until, ..START });
    let all: Vec<_> = log.activities.iter().rev().cloned().collect();
    assert!(tail.prepend(Cursor { position: until, ..START }, &all, Position(0)));
    assert_eq!((missed(0, 0), missed(1, 0), missed(1, until.0 - 30)), (Some(2), None, Some(1)));
}

#[test]
fn tail_answers_for_its_own_epoch_and_routed_positions_only() {
    let tail: HotTail<()> = HotTail::new(1 << 20);
    let roles = HashMap::new();
    let missed = |after, until| tail.missed_by_user(user(0), &roles, Span { after, until }, LIMITS);
    assert!(missed(START, Position(0)).is_none(), "the tail hasn't begun");
    tail.reset(START);
    tail.append(&entries(5, 2));
    assert!(missed(START, Position(5)).is_some());
    assert!(missed(Cursor { epoch: Epoch::new(2), ..START }, Position(5)).is_none());
    assert!(missed(Cursor { position: Position(6), ..START }, Position(5)).is_none());
    tail.reset(Cursor { epoch: Epoch::new(2), position: Position(9) });
    assert!(missed(START, Position(9)).is_none());
    assert_eq!(tail.size(), 0);
}

#[test]
fn activities_that_are_not_routed_yet_are_left_out() {
    let tail: HotTail<()> = HotTail::new(1 << 20);
    tail.reset(START);
    tail.append(&entries(6, 2));
    let roles = HashMap::from([(organization(0), Role::Member)]);
    let span = Span { after: START, until: Position(3) };
    let Some(Missed::Activities(missed)) = tail.missed_by_user(user(1), &roles, span, LIMITS)
    else {
        panic!("not in the tail");
    };
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].entry.position(), Position(3));
}

#[test]
fn stored_memory_counts_and_evicts() {
    let tail: HotTail<()> = HotTail::new(1 << 20);
    tail.reset(START);
    tail.append(&entries(4, 2));
    let (before, newest) = {
        let inner = tail.read();
        (inner.bytes, Arc::clone(inner.entries.back().unwrap()))
    };
    tail.count_stored(&newest, 100);
    assert_eq!(tail.size(), before + 100);
    tail.count_stored(&newest, 2 << 20);
    assert_eq!(tail.size(), 0, "everything was evicted");
    tail.count_stored(&newest, 100);
    assert_eq!(tail.size(), 0, "an evicted entry doesn't count");
}

#[tokio::test]
async fn fill_stops_at_the_horizon() {
    let database = TestDatabase::create().await;
    model::store_people(&database).await;
    let mut log = Log::default();
    for _ in 0..5 {
        log.apply(Step::Rename { organization: 0, actor: 0 });
    }
    log.store(&database).await;
    database
        .execute("delete from activities where id <= 2; update cdc_state set horizon = 2")
        .await;
    let tail: HotTail<()> = HotTail::new(1 << 20);
    let head = log::head(&database.pool).await.unwrap();
    tail.reset(head);
    tail.fill(&database.pool).await.unwrap();
    assert_eq!(tail.begin(), Some(Cursor { position: Position(2), ..head }));
    assert!(
        tail.read().entries.iter().all(|entry| entry.change().kind == ActivityKind::Organization)
    );
    assert_eq!(tail.read().entries.len(), 3);
}
