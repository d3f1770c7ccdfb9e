//! Transactions from hand-written frames.

use activity::TransactionId;
use bytes::Bytes;
use contract::Timestamp;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::decoder::encoder::encode;
use crate::decoder::{RowChange, Value};
use crate::relation::Column;

const LIMITS: Limits = Limits { rows: 3, bytes: 1_000_000 };
const USERS: RelationId = RelationId(7);
const ADA: &str = "018f4c1e-7b1a-7000-8000-000000000001";

fn begin(lsn: u64) -> Frame {
    Frame::Begin(commit(lsn))
}

fn commit(lsn: u64) -> Commit {
    Commit { lsn: Lsn(lsn), at: Timestamp::new(OffsetDateTime::UNIX_EPOCH), id: TransactionId(3) }
}

fn end(lsn: u64) -> Frame {
    Frame::Commit { end: Lsn(lsn) }
}

fn message(content: &str) -> Frame {
    Frame::Message {
        prefix: MESSAGE_PREFIX.to_owned(),
        content: Bytes::copy_from_slice(content.as_bytes()),
    }
}

fn data(message: &Message<'_>) -> Frame {
    Frame::Data(encode(message).into())
}

fn describe(table: &str, columns: &[&str]) -> Frame {
    data(&Message::Relation(Relation {
        id: USERS,
        name: table.to_owned(),
        columns: columns
            .iter()
            .map(|&name| Column { name: name.to_owned(), type_oid: 25 })
            .collect(),
    }))
}

fn insert(values: &[&str]) -> Frame {
    let new = values.iter().copied().map(Value::Text).collect();
    data(&Message::Row { relation: USERS, change: RowChange::Insert { new } })
}

fn chunks(frames: &[Frame]) -> Vec<Chunk> {
    let mut assembly = Assembly::new(LIMITS);
    frames.iter().filter_map(|frame| assembly.accept(frame).unwrap()).collect()
}

#[test]
fn transaction_is_emitted_at_its_commit() {
    let mut assembly = Assembly::new(LIMITS);
    for frame in [begin(10), describe("users", &["id"]), insert(&[ADA]), insert(&[ADA])] {
        assert_eq!(assembly.accept(&frame).unwrap(), None);
        assert_eq!(assembly.open_transaction(), Some(&commit(10)));
    }
    let chunk = assembly.accept(&end(20)).unwrap().unwrap();
    assert_eq!(chunk.commit, commit(10));
    assert_eq!(chunk.first_ordinal, 0);
    assert_eq!(chunk.changes.len(), 2);
    assert_eq!(chunk.end, ChunkEnd::Committed(Lsn(20)));
    assert_eq!(assembly.open_transaction(), None);
}

#[test]
fn huge_transaction_is_emitted_in_chunks_with_continuous_ordinals() {
    let mut frames = vec![begin(10), describe("users", &["id"])];
    frames.extend((0..7).map(|_| insert(&[ADA])));
    frames.push(end(20));
    let parts: Vec<_> = chunks(&frames)
        .into_iter()
        .map(|chunk| (chunk.first_ordinal, chunk.changes.len(), chunk.end))
        .collect();
    let expected = [
        (0, 3, ChunkEnd::Partial),
        (3, 3, ChunkEnd::Partial),
        (6, 1, ChunkEnd::Committed(Lsn(20))),
    ];
    assert_eq!(parts, expected);
}

#[test]
fn large_rows_exceed_the_byte_limit() {
    let mut assembly = Assembly::new(Limits { rows: 1000, bytes: 100 });
    let name = "x".repeat(100);
    for frame in [begin(10), describe("users", &["id", "name"])] {
        assert_eq!(assembly.accept(&frame).unwrap(), None);
    }
    let chunk = assembly.accept(&insert(&[ADA, &name])).unwrap().unwrap();
    assert_eq!((chunk.changes.len(), chunk.end), (1, ChunkEnd::Partial));
    assert!(chunk.bytes >= 100);
}

#[test]
fn first_message_names_the_actor_of_every_change() {
    let named = format!(r#"{{"actorId":"{ADA}"}}"#);
    let chunk = chunks(&[
        begin(10),
        message(&named),
        message(r#"{"actorId":null}"#),
        describe("users", &["id"]),
        insert(&[ADA]),
        insert(&[ADA]),
        end(20),
    ])
    .remove(0);
    for change in chunk.changes {
        assert_eq!(change.actor_id.map(|id| id.to_string()).as_deref(), Some(ADA));
    }
}

#[test]
fn actor_does_not_carry_over_to_the_next_transaction() {
    let named = format!(r#"{{"actorId":"{ADA}"}}"#);
    let chunks = chunks(&[
        begin(10),
        message(&named),
        end(20),
        begin(30),
        describe("users", &["id"]),
        insert(&[ADA]),
        end(40),
    ]);
    assert!(chunks[0].is_empty());
    assert_eq!(chunks[1].changes[0].actor_id, None);
}

#[test]
fn malformed_late_or_foreign_actor_is_ignored() {
    let named = format!(r#"{{"actorId":"{ADA}"}}"#);
    let foreign = Frame::Message { prefix: "other".to_owned(), content: named.clone().into() };
    let chunk = chunks(&[
        begin(10),
        foreign,
        message("{"),
        describe("users", &["id"]),
        insert(&[ADA]),
        message(&named),
        insert(&[ADA]),
        end(20),
    ])
    .remove(0);
    assert_eq!(chunk.changes.len(), 2);
    assert!(chunk.changes.iter().all(|change| change.actor_id.is_none()));
}

#[test]
fn rows_are_decoded_with_the_newest_description() {
    let chunk = chunks(&[
        begin(10),
        describe("users", &["id", "name"]),
        insert(&[ADA, "Ada"]),
        describe("users", &["email", "id"]),
        insert(&["ada@example.com", ADA]),
        end(20),
    ])
    .remove(0);
    let data: Vec<_> = chunk.changes.iter().map(|change| &change.data).collect();
    assert_eq!(data[0], &serde_json::json!({"id": ADA, "name": "Ada"}));
    assert_eq!(data[1], &serde_json::json!({"id": ADA, "email": "ada@example.com"}));
}

#[test]
fn truncation_names_tracked_tables_only() {
    let truncate = data(&Message::Truncate { relations: vec![USERS] });
    let tracked = [begin(10), describe("users", &["id"]), truncate.clone(), end(20)];
    let chunk = chunks(&tracked).remove(0);
    assert_eq!(chunk.truncated, ["users"]);
    assert!(!chunk.is_empty());

    let foreign = [begin(10), describe("plants", &["id"]), truncate, end(20)];
    assert!(chunks(&foreign).remove(0).is_empty());
}

#[test]
fn misplaced_frames_are_errors() {
    for frames in [
        vec![begin(10), begin(30)],
        vec![end(20)],
        vec![message("{}")],
        vec![describe("users", &["id"]), insert(&[ADA])],
        vec![begin(10), insert(&[ADA])],
        vec![begin(10), Frame::Data(Bytes::from_static(b"?"))],
        vec![begin(10), data(&Message::Truncate { relations: vec![USERS] })],
    ] {
        let mut assembly = Assembly::new(LIMITS);
        let (last, before) = frames.split_last().unwrap();
        for frame in before {
            assembly.accept(frame).unwrap();
        }
        assert!(assembly.accept(last).is_err(), "{frames:?}");
    }
}

/// Every kind of frame, including invalid ones.
fn frames() -> impl Strategy<Value = Frame> {
    prop_oneof![
        3 => (1..9_u64).prop_map(begin),
        3 => (1..9_u64).prop_map(end),
        3 => Just(describe("users", &["id", "name"])),
        3 => Just(insert(&[ADA, "Ada"])),
        1 => Just(insert(&["Ada"])),
        1 => Just(describe("users", &["name"])),
        1 => ".{0,20}".prop_map(|content| message(&content)),
        1 => prop::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| Frame::Data(bytes.into())),
        1 => (1..9_u64).prop_map(|lsn| Frame::KeepAlive { end: Lsn(lsn) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn frames_in_any_order_never_panic(frames in prop::collection::vec(frames(), 0..20)) {
        let mut assembly = Assembly::new(LIMITS);
        for frame in &frames {
            // The worker reconnects after the first error.
            if assembly.accept(frame).is_err() {
                break;
            }
        }
    }
}

proptest! {
    #[test]
    fn chunks_contain_every_change_once_and_in_order(
        sizes in prop::collection::vec(0_usize..12, 1..8),
        rows in 1_usize..6,
    ) {
        let mut assembly = Assembly::new(Limits { rows, bytes: usize::MAX });
        let mut seen = Vec::new();
        for (index, size) in sizes.iter().enumerate() {
            let lsn = 10 * (index as u64 + 1);
            let mut frames = vec![begin(lsn), describe("users", &["id"])];
            frames.extend((0..*size).map(|_| insert(&[ADA])));
            frames.push(end(lsn + 5));
            let mut next_ordinal = 0;
            for frame in frames {
                if let Some(chunk) = assembly.accept(&frame).unwrap() {
                    prop_assert!(chunk.changes.len() <= rows);
                    prop_assert_eq!(chunk.commit.lsn, Lsn(lsn));
                    prop_assert_eq!(chunk.first_ordinal, next_ordinal);
                    next_ordinal += i32::try_from(chunk.changes.len()).unwrap();
                    if chunk.end == ChunkEnd::Committed(Lsn(lsn + 5)) {
                        seen.push(usize::try_from(next_ordinal).unwrap());
                    }
                }
            }
        }
        prop_assert_eq!(seen, sizes);
    }
}
