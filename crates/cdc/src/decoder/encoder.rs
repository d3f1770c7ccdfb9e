//! The inverse of the decoder, for tests.

use super::{Message, OldRow, RowChange, Value};
use crate::relation::Relation;

/// Encodes the message as Postgres would send it.
pub fn encode(message: &Message<'_>) -> Vec<u8> {
    match message {
        Message::Relation(relation) => encode_relation(relation),
        Message::Row { relation, change } => {
            let tag = match change {
                RowChange::Insert { .. } => b'I',
                RowChange::Update { .. } => b'U',
                RowChange::Delete { .. } => b'D',
            };
            let mut bytes = vec![tag];
            bytes.extend(relation.0.to_be_bytes());
            put_change(&mut bytes, change);
            bytes
        }
        Message::Truncate { relations } => {
            let mut bytes = vec![b'T'];
            bytes.extend(u32::try_from(relations.len()).unwrap().to_be_bytes());
            bytes.push(0);
            for relation in relations {
                bytes.extend(relation.0.to_be_bytes());
            }
            bytes
        }
        Message::Skipped => b"O\0\0\0\0\0\0\0\0peer\0".to_vec(),
    }
}

fn encode_relation(relation: &Relation) -> Vec<u8> {
    let mut bytes = vec![b'R'];
    bytes.extend(relation.id.0.to_be_bytes());
    put_terminated(&mut bytes, "public");
    put_terminated(&mut bytes, &relation.name);
    bytes.push(b'f');
    bytes.extend(u16::try_from(relation.columns.len()).unwrap().to_be_bytes());
    for column in &relation.columns {
        bytes.push(1);
        put_terminated(&mut bytes, &column.name);
        bytes.extend(column.type_oid.to_be_bytes());
        bytes.extend((-1_i32).to_be_bytes());
    }
    bytes
}

fn put_change(bytes: &mut Vec<u8>, change: &RowChange<'_>) {
    match change {
        RowChange::Insert { new } => put_tuple(bytes, b'N', new),
        RowChange::Update { old, new } => {
            if let Some(old) = old {
                put_old(bytes, old);
            }
            put_tuple(bytes, b'N', new);
        }
        RowChange::Delete { old } => put_old(bytes, old),
    }
}

fn put_old(bytes: &mut Vec<u8>, old: &OldRow<'_>) {
    match old {
        OldRow::Key(tuple) => put_tuple(bytes, b'K', tuple),
        OldRow::Full(tuple) => put_tuple(bytes, b'O', tuple),
    }
}

fn put_tuple(bytes: &mut Vec<u8>, marker: u8, tuple: &[Value<'_>]) {
    bytes.push(marker);
    bytes.extend(u16::try_from(tuple.len()).unwrap().to_be_bytes());
    for value in tuple {
        match value {
            Value::Null => bytes.push(b'n'),
            Value::Unchanged => bytes.push(b'u'),
            Value::Text(text) => {
                bytes.push(b't');
                bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
    }
}

fn put_terminated(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(text.as_bytes());
    bytes.push(0);
}
