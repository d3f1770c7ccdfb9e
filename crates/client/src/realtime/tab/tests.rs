//! Tests of the decision core, without a browser.

/// The rows of a table: an event (named as in the docs), the inputs that represent it, and a cell for each
/// column. Each row becomes a test, which calls the table's `check`.
macro_rules! rows {
    ($($event:ident: $($input:expr),+ => [$($cell:expr),+ $(,)?];)+) => {
        const ROWS: &[Row] = &[$(Row {
            event: stringify!($event),
            inputs: || vec![$($input),+],
            cells: [$($cell),+],
        }),+];
        $(#[test]
        fn $event() {
            check(stringify!($event));
        })+
    };
}

mod page;
mod standstill;
mod stream_machine;
mod stream_table;
mod tab_table;
mod tabs;
mod upstream;

use uuid::Uuid;

use contract::event::{
    End, EndCode, Health, Offset, Ping, PresenceSnapshot, Reset, ResetReason, StreamEvent,
};
use contract::view::OrganizationView;
use contract::{
    Action, Colour, Cursor, Description, Entity, Epoch, Name, OrganizationId, Position, Slug,
    StreamMessage, Timestamp,
};

pub(in crate::realtime) const fn at(position: i64) -> Cursor {
    Cursor { epoch: Epoch::new(1), position: Position(position) }
}

pub(super) fn change(position: i64) -> StreamMessage {
    let id = OrganizationId::from_uuid(Uuid::from_u128(7));
    let now = Timestamp::new(time::OffsetDateTime::UNIX_EPOCH);
    StreamMessage {
        position: Position(position),
        action: Action::Updated,
        subject_id: id.uuid(),
        organization_id: Some(id),
        user_id: None,
        actor_id: None,
        mutation_id: None,
        changed: Vec::new(),
        unread: None,
        entity: Entity::Organization(Some(OrganizationView {
            id,
            name: Name::parse("North Wind").unwrap(),
            slug: Slug::parse("north-wind").unwrap(),
            colour: Colour::Teal,
            picture: None,
            description: Description::default(),
            version: position,
            created_at: now,
        })),
        at: now,
    }
}

fn changed(position: i64) -> StreamEvent {
    StreamEvent::Change(Box::new(change(position)))
}

fn offset(position: i64) -> StreamEvent {
    StreamEvent::Offset(Offset { cursor: at(position), lag_ms: 0 })
}

fn ping(position: i64, health: Health) -> StreamEvent {
    StreamEvent::Ping(Ping { cursor: at(position), health, lag_ms: 0 })
}

fn reset(cursor: Cursor) -> StreamEvent {
    StreamEvent::Reset(Reset { cursor, reason: ResetReason::UnknownEpoch })
}

fn end(code: EndCode) -> StreamEvent {
    StreamEvent::End(End { code, reconnect: code.reconnect(), retry_after_ms: 2_000 })
}
