use contract::{Cursor, Epoch, NoteId, ResourceKind, Timestamp};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::frame;
use crate::message;
use activity::NewActivity;

const TEAM: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xA));
const CLUB: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xB));
const ADA: UserId = UserId::from_uuid(Uuid::from_u128(1));
const GRACE: UserId = UserId::from_uuid(Uuid::from_u128(2));

fn activity(position: i64, kind: ActivityKind, action: Action, change: NewActivity) -> Activity {
    let change = NewActivity { kind, action, organization_id: Some(TEAM), ..change };
    let committed_at = Timestamp::new(OffsetDateTime::UNIX_EPOCH);
    Activity { position: Position(position), committed_at, change }
}

fn nothing() -> NewActivity {
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
        NewActivity { data, ..nothing() },
    )
}

fn removal(position: i64, user: UserId) -> Activity {
    let change = NewActivity { user_id: Some(user), ..nothing() };
    activity(position, ActivityKind::Membership, Action::Deleted, change)
}

/// A stream of a member of both organizations.
fn open(
    registry: &Arc<Registry>,
    user_id: UserId,
    scope: Scope,
    capacity: usize,
) -> (Registration, mpsc::Receiver<Delivery>) {
    let (sender, queue) = mpsc::channel(capacity);
    let reader = SignedIn {
        user_id,
        session_id: SessionId::from_uuid(user_id.uuid()),
        system_admin: false,
        expires_at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
    };
    let registration = registry.register(&reader, scope, sender, &Settings::default()).unwrap();
    registration.learn(&[(TEAM, Role::Member), (CLUB, Role::Member)]);
    (registration, queue)
}

fn route(registry: &Registry, activities: &[Activity]) {
    let related_entities = RelatedEntities::default();
    registry.route(activities, &related_entities, |activity, scope, visibility| {
        let message = message::compose(activity, scope, visibility, &related_entities)?;
        let cursor = Cursor { epoch: Epoch::new(1), position: activity.position };
        Some(frame::change(cursor, &message))
    });
}

/// What waits in the queue: the place of each frame, or the end.
fn waiting(queue: &mut mpsc::Receiver<Delivery>) -> Vec<(i64, Option<EndCode>)> {
    std::iter::from_fn(|| queue.try_recv().ok())
        .map(|delivery| match delivery {
            Delivery::Frame(frame) => (frame.position.0, None),
            Delivery::End { position, code } => (position.0, Some(code)),
        })
        .collect()
}

#[test]
fn a_note_goes_to_those_who_follow_its_organization_and_news_of_it_to_its_members() {
    let registry = Arc::new(Registry::default());
    let (_a, mut adas) = open(&registry, ADA, Scope::Organization(TEAM), 8);
    let (_b, mut graces) = open(&registry, GRACE, Scope::Organization(TEAM), 8);
    let (_c, mut user) = open(&registry, ADA, Scope::User, 8);
    let (_d, mut other) = open(&registry, ADA, Scope::Organization(CLUB), 8);
    route(&registry, &[note(1)]);
    assert_eq!(waiting(&mut adas), [(1, None)]);
    assert_eq!(waiting(&mut graces), [(1, None)]);
    assert_eq!(waiting(&mut user), [(1, None)]);
    assert_eq!(waiting(&mut other), []);
}

#[test]
fn the_end_of_access_stands_at_its_place_and_nothing_comes_after_it() {
    let registry = Arc::new(Registry::default());
    let (_a, mut goes) = open(&registry, ADA, Scope::Organization(TEAM), 8);
    let (_b, mut stays) = open(&registry, GRACE, Scope::Organization(TEAM), 8);
    let (_c, mut elsewhere) = open(&registry, ADA, Scope::Organization(CLUB), 8);
    route(&registry, &[note(1), removal(2, ADA), note(3)]);
    assert_eq!(waiting(&mut goes), [(1, None), (2, Some(EndCode::AccessLost))]);
    assert_eq!(waiting(&mut stays), [(1, None), (3, None)]);
    assert_eq!(waiting(&mut elsewhere), []);
}

#[tokio::test]
async fn an_end_that_does_not_fit_sends_the_reader_to_the_log() {
    let registry = Arc::new(Registry::default());
    let (registration, mut queue) = open(&registry, ADA, Scope::Organization(TEAM), 1);
    route(&registry, &[note(1), removal(2, ADA)]);
    assert_eq!(waiting(&mut queue), [(1, None)]);
    registration.signals().fell_behind.notified().await;
    assert_eq!(registration.routed(), None);
}

#[test]
fn nothing_is_kept_of_streams_that_closed() {
    let registry = Arc::new(Registry::default());
    let (followed, _queue) = open(&registry, ADA, Scope::Organization(TEAM), 1);
    let (own, _queue) = open(&registry, ADA, Scope::User, 1);
    assert_eq!(registry.len(), 2);
    drop(own);
    assert!(registry.lock().readers.has(ADA), "one stream is still open");
    drop(followed);
    assert!(registry.is_empty() && registry.is_idle());
    assert!(registry.lock().followers.is_empty());
}
