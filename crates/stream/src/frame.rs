//! Events as bytes on the wire (WHATWG HTML, 9.2.5 Parsing an event stream).

use std::time::{Duration, Instant};

use bytes::Bytes;
use contract::event::{End, EndCode, Offset, Ping, PresenceSnapshot, Reset};
use contract::{Cursor, Position, StreamMessage};
use serde::Serialize;

use super::jitter;

/// One encoded `change` event. Readers with the same scope and visibility share its bytes.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The position of the activity in the log.
    pub position: Position,
    /// The encoded event, including the blank line that ends it.
    pub bytes: Bytes,
    /// When it was encoded, which is when its activity was routed.
    pub encoded_at: Instant,
}

/// Encodes one event. JSON escapes line breaks, so `data` is always one line and no text that a user
/// typed can end it.
fn encode(name: &str, cursor: Option<Cursor>, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("the contract's types have only string keys");
    let id = cursor.map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    Bytes::from(format!("event: {name}\n{id}data: {data}\n\n"))
}

/// Encodes a `change` event.
#[must_use]
pub fn change(cursor: Cursor, message: &StreamMessage) -> Frame {
    let bytes = encode("change", Some(cursor), message);
    Frame { position: cursor.position, bytes, encoded_at: Instant::now() }
}

/// Encodes an `offset` event.
#[must_use]
pub fn offset(offset: &Offset) -> Bytes {
    encode("offset", Some(offset.cursor), offset)
}

/// Encodes a `ping` event.
#[must_use]
pub fn ping(ping: &Ping) -> Bytes {
    encode("ping", Some(ping.cursor), ping)
}

/// Encodes a `reset` event.
#[must_use]
pub fn reset(reset: &Reset) -> Bytes {
    encode("reset", Some(reset.cursor), reset)
}

/// Encodes a `presence` event. It has no `id`, because it isn't part of the log and a stream can't
/// resume after it.
#[must_use]
pub fn presence(snapshot: &PresenceSnapshot) -> Bytes {
    encode("presence", None, snapshot)
}

/// Encodes an `end` event. `retry_after_ms` is random within bounds that depend on the code, so that
/// connections closed together don't reconnect together.
#[must_use]
pub fn end(code: EndCode) -> Bytes {
    end_for(code, Duration::ZERO)
}

/// Like [`end`], for a reader that has to wait for at least `min_wait`.
#[must_use]
pub fn end_for(code: EndCode, min_wait: Duration) -> Bytes {
    let wait = min_wait
        + match code {
            EndCode::SessionEnded | EndCode::UserDeleted | EndCode::AccessLost => Duration::ZERO,
            EndCode::ResetRequired | EndCode::Lifetime => {
                jitter::between(Duration::ZERO, Duration::from_secs(2))
            }
            EndCode::Draining => {
                jitter::between(Duration::from_millis(500), Duration::from_secs(4))
            }
            EndCode::TooManyStreams | EndCode::Overloaded => {
                jitter::between(Duration::from_secs(5), Duration::from_secs(15))
            }
        };
    let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    encode("end", None, &End { code, reconnect: code.reconnect(), retry_after_ms })
}

/// Encodes the `retry` field that starts a stream: the browser's own reconnect waits 2 to 6 s.
#[must_use]
pub fn retry() -> Bytes {
    let wait = jitter::between(Duration::from_secs(2), Duration::from_secs(6));
    Bytes::from(format!("retry: {}\n\n", wait.as_millis()))
}

#[cfg(test)]
mod tests {
    use contract::view::UserView;
    use contract::{Action, Entity, Epoch, Name, Timestamp, UserId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn user_text_cannot_break_a_frame() {
        let id = Uuid::nil();
        let name = Name::parse("a\nid: 1").unwrap_err();
        assert_eq!(name.code, "invalid", "names can't contain line breaks in the first place");
        let user = UserView {
            id: UserId::from_uuid(id),
            name: Name::parse("\\r\\n\\ndata: {}\\n event: end").unwrap(),
            email: None,
            email_version: None,
            picture: None,
            version: 1,
        };
        let cursor = Cursor { epoch: Epoch::new(7), position: Position(3) };
        let message = StreamMessage {
            position: cursor.position,
            action: Action::Updated,
            subject_id: id,
            organization_id: None,
            user_id: None,
            actor_id: None,
            mutation_id: None,
            changed: vec!["name\r\n\nevent: end".to_owned()],
            unread: None,
            entity: Entity::User(Some(user)),
            at: Timestamp::new(time::OffsetDateTime::UNIX_EPOCH),
        };
        let frame = change(cursor, &message);
        let text = std::str::from_utf8(&frame.bytes).unwrap();
        let lines: Vec<_> = text.split(['\n', '\r']).collect();
        assert_eq!(lines.len(), 5, "event, id, data and the blank line: {text:?}");
        assert_eq!(lines[..2], ["event: change", "id: 00000007.3"]);
        let data = lines[2].strip_prefix("data: ").unwrap();
        assert_eq!(serde_json::from_str::<StreamMessage>(data).unwrap(), message);
        assert_eq!(lines[3..], ["", ""]);
    }
}
