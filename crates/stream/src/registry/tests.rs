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
    Activity { position: Position(position), committed_at, change, user_organizations: Vec::new() }
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
    let reader = SignedIn {
        user_id,
        session_id: SessionId::from_uuid(user_id.uuid()),
        system_admin: false,
        expires_at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
    };
    let settings = Settings { queue_capacity, ..Settings::default() };
    let registration = registry.register(&reader, scope, &settings).unwrap();
    registration.load_memberships(&[(TEAM, Role::Member), (CLUB, Role::Member)]);
    registration
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
