use contract::{Action, Epoch, NoteId, ResourceKind, Role, SessionId, Timestamp};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::frame;
use crate::message;
use crate::related_entities::RelatedEntities;
use activity::{ActivityKind, NewActivity};

const TEAM: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xA));
const CLUB: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xB));
const ADA: UserId = UserId::from_uuid(Uuid::from_u128(1));
const GRACE: UserId = UserId::from_uuid(Uuid::from_u128(2));

fn activity(position: i64, kind: ActivityKind, action: Action, change: NewActivity) -> Activity {
    let change = NewActivity { kind, action, organization_id: Some(TEAM), ..change };
    let committed_at = Timestamp::new(OffsetDateTime::UNIX_EPOCH);
    let (user_organizations, invited_users) = Default::default();
    Activity {
        position: Position(position),
        committed_at,
        change,
        user_organizations,
        invited_users,
    }
}

fn empty_change() -> NewActivity {
    NewActivity {
        kind: ActivityKind::Resource(ResourceKind::Note),
        action: Action::Created,
        subject_id: Uuid::nil(),
        organization_id: None,
        user_id: None,
        actor_id: None,
        mutation_id: None,
        changed: Vec::new(),
        data: json!({}),
    }
}

fn note(position: i64) -> Activity {
    let data = json!({
        "id": NoteId::from_uuid(Uuid::nil()),
        "organization_id": TEAM,
        "author": null,
        "title": "Plan",
        "body": "",
        "version": 1,
        "created_at": "2026-11-24T08:00:00Z",
        "updated_at": "2026-11-24T08:00:00Z",
    });
    activity(
        position,
        ActivityKind::Resource(ResourceKind::Note),
        Action::Created,
        NewActivity { data, ..empty_change() },
    )
}

fn removal(position: i64, user: UserId) -> Activity {
    let change = NewActivity { user_id: Some(user), ..empty_change() };
    activity(position, ActivityKind::Membership, Action::Deleted, change)
}

/// Opens a stream of a member of both organizations.
fn open(
    registry: &Arc<Registry>,
    user_id: UserId,
    scope: Scope,
    queue_capacity: usize,
) -> Registration {
    let registration = register(registry, user_id, scope, queue_capacity);
    registration.load_memberships(cursor(0), &MEMBERSHIPS);
    registration
}

/// Registers a stream whose user's memberships aren't known yet.
fn register(
    registry: &Arc<Registry>,
    user_id: UserId,
    scope: Scope,
    queue_capacity: usize,
) -> Registration {
    let reader = SignedIn {
        user_id,
        session_id: SessionId::from_uuid(user_id.uuid()),
        system_admin: false,
        expires_at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
    };
    let settings = Settings { queue_capacity, ..Settings::default() };
    registry.register(&reader, scope, &settings).unwrap()
}

const MEMBERSHIPS: [(OrganizationId, Role); 2] = [(TEAM, Role::Member), (CLUB, Role::Member)];

fn cursor(position: i64) -> Cursor {
    Cursor { epoch: Epoch::new(1), position: Position(position) }
}

fn route(registry: &Registry, activities: &[Activity]) {
    let related_entities = RelatedEntities::default();
    registry.route(activities, |activity, scope, visibility| {
        let message = message::build(activity, scope, visibility, &related_entities)?;
        let cursor = Cursor { epoch: Epoch::new(1), position: activity.position };
        Some(frame::change(cursor, &message))
    });
}

/// Takes all items from the queue: the position of each, and the code of an end.
fn take_all(stream: &Registration) -> Vec<(i64, Option<EndCode>)> {
    std::iter::from_fn(|| stream.pop())
        .map(|delivery| match delivery {
            Delivery::Frame(frame) => (frame.position.0, None),
            Delivery::End { position, code } => (position.0, Some(code)),
        })
        .collect()
}

#[test]
fn note_reaches_the_streams_of_its_organization_and_an_unread_mark_its_members() {
    let registry = Arc::new(Registry::default());
    let adas = open(&registry, ADA, Scope::Organization(TEAM), 8);
    let graces = open(&registry, GRACE, Scope::Organization(TEAM), 8);
    let user = open(&registry, ADA, Scope::User, 8);
    let other = open(&registry, ADA, Scope::Organization(CLUB), 8);
    route(&registry, &[note(1)]);
    assert_eq!(take_all(&adas), [(1, None)]);
    assert_eq!(take_all(&graces), [(1, None)]);
    assert_eq!(take_all(&user), [(1, None)]);
    assert_eq!(take_all(&other), []);
}

#[test]
fn removed_member_receives_nothing_after_the_removal() {
    let registry = Arc::new(Registry::default());
    let removed = open(&registry, ADA, Scope::Organization(TEAM), 8);
    let remaining = open(&registry, GRACE, Scope::Organization(TEAM), 8);
    let other = open(&registry, ADA, Scope::Organization(CLUB), 8);
    route(&registry, &[note(1), removal(2, ADA), note(3)]);
    assert_eq!(take_all(&removed), [(1, None), (2, Some(EndCode::AccessLost))]);
    assert_eq!(take_all(&remaining), [(1, None), (3, None)]);
    assert_eq!(take_all(&other), []);
}

#[tokio::test]
async fn end_that_does_not_fit_into_the_queue_marks_the_stream_as_lagged() {
    let registry = Arc::new(Registry::default());
    let stream = open(&registry, ADA, Scope::Organization(TEAM), 1);
    route(&registry, &[note(1), removal(2, ADA)]);
    assert_eq!(take_all(&stream), [(1, None)]);
    assert!(matches!(stream.next_signal().await, Signal::Lagged));
    assert_eq!(stream.routed(), None);
}

#[test]
fn closed_streams_leave_nothing_in_the_registry() {
    let registry = Arc::new(Registry::default());
    let organization = open(&registry, ADA, Scope::Organization(TEAM), 1);
    let own = open(&registry, ADA, Scope::User, 1);
    assert_eq!(registry.len(), 2);
    drop(own);
    assert!(registry.lock().members.is_connected(ADA), "one stream is still open");
    drop(organization);
    assert!(registry.is_empty() && registry.lock().members.is_empty());
    assert!(registry.lock().by_organization.is_empty());
}

#[test]
fn activities_that_were_routed_before_the_memberships_were_known_are_reported_as_missing() {
    let registry = Arc::new(Registry::default());
    registry.reset_to(cursor(0));
    for scope in [Scope::User, Scope::Organization(TEAM)] {
        let stream = register(&registry, ADA, scope, 8);
        stream.reopen();
        // The memberships were read at position 1, and the next activity is routed meanwhile.
        route(&registry, &[note(1), note(2)]);
        assert_eq!(take_all(&stream), []);
        let loaded = stream.load_memberships(cursor(1), &MEMBERSHIPS);
        assert_eq!(loaded, LoadOutcome::RoutedBeyondHead, "{scope:?}");
        let second = register(&registry, ADA, scope, 8);
        let loaded = second.load_memberships(cursor(1), &MEMBERSHIPS);
        assert_eq!(loaded, LoadOutcome::QueueIsComplete, "they are known");
    }
    let late = register(&registry, GRACE, Scope::User, 8);
    assert_eq!(late.load_memberships(cursor(2), &MEMBERSHIPS), LoadOutcome::QueueIsComplete);
}

#[test]
fn memberships_from_before_a_reset_are_not_loaded() {
    let registry = Arc::new(Registry::default());
    let stream = register(&registry, ADA, Scope::User, 8);
    registry.reset_to(cursor(5));
    assert_eq!(stream.load_memberships(cursor(1), &MEMBERSHIPS), LoadOutcome::Outdated);
    assert!(stream.needs_memberships());
    stream.reopen();
    assert_eq!(stream.load_memberships(cursor(5), &MEMBERSHIPS), LoadOutcome::QueueIsComplete);
}
