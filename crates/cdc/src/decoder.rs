//! Decodes the messages of pgoutput, protocol version 1, that describe tables and rows.
//!
//! Source of the format: the Postgres manual, "Logical Replication Message Formats". The replication
//! client of `transport` decodes begin, commit and logical messages.

#[cfg(test)]
pub mod encoder;
mod reader;

use reader::Reader;

use super::relation::{Column, Relation, RelationId};

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<'a> {
    /// The description of a table, which precedes its rows.
    Relation(Relation),
    /// A row was inserted, updated or deleted.
    Row {
        /// The table.
        relation: RelationId,
        /// The change.
        change: RowChange<'a>,
    },
    /// Tables were truncated.
    Truncate {
        /// The tables.
        relations: Vec<RelationId>,
    },
    /// The origin of a replicated change, or the name of a custom type. Neither is needed.
    Skipped,
}

/// A change of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange<'a> {
    /// The row was inserted.
    Insert {
        /// The row.
        new: Tuple<'a>,
    },
    /// The row was updated.
    Update {
        /// The row before, as far as the table's replica identity includes it.
        old: Option<OldRow<'a>>,
        /// The row after.
        new: Tuple<'a>,
    },
    /// The row was deleted.
    Delete {
        /// The row before, as far as the table's replica identity includes it.
        old: OldRow<'a>,
    },
}

/// A row before its change.
#[derive(Clone, Debug, PartialEq)]
pub enum OldRow<'a> {
    /// Only the columns of the replica identity have values; the others are null.
    Key(Tuple<'a>),
    /// All columns, because the table has `replica identity full`.
    Full(Tuple<'a>),
}

/// A row's values, in the order of its table's columns.
pub type Tuple<'a> = Vec<Value<'a>>;

/// The value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL null.
    Null,
    /// A large value that the update didn't change, so that Postgres doesn't send it (an unchanged
    /// TOAST value).
    Unchanged,
    /// A value in the text format of its type.
    Text(&'a str),
}

/// The bytes are not a pgoutput message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The message ends too early.
    #[error("the message ends too early")]
    Truncated,
    /// Bytes follow the end of the message.
    #[error("{0} bytes follow the end of the message")]
    Trailing(usize),
    /// The type byte of the message is unknown.
    #[error("unknown message type {0:#04x}")]
    UnknownMessage(u8),
    /// The type byte of a row is unknown.
    #[error("unknown row type {0:#04x}")]
    UnknownRow(u8),
    /// The type byte of a value is unknown. The binary format is among these: it isn't requested.
    #[error("unknown value type {0:#04x}")]
    UnknownValue(u8),
    /// A text isn't UTF-8, although the connection requests it.
    #[error("text is not UTF-8")]
    NotText,
}

/// Decodes one message.
///
/// # Errors
/// When `bytes` isn't exactly one message.
pub fn decode(bytes: &[u8]) -> Result<Message<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = match reader.byte()? {
        b'R' => Message::Relation(relation(&mut reader)?),
        b'I' => row(&mut reader, insert)?,
        b'U' => row(&mut reader, update)?,
        b'D' => row(&mut reader, delete)?,
        b'T' => truncate(&mut reader)?,
        b'O' | b'Y' => return Ok(Message::Skipped),
        other => return Err(DecodeError::UnknownMessage(other)),
    };
    reader.finish()?;
    Ok(message)
}

fn relation(reader: &mut Reader<'_>) -> Result<Relation, DecodeError> {
    let id = RelationId(reader.u32()?);
    let _schema = reader.terminated_text()?;
    let name = reader.terminated_text()?.to_owned();
    let _replica_identity = reader.byte()?;
    let count = reader.u16()?;
    let columns = (0..count)
        .map(|_| {
            let _is_part_of_key = reader.byte()?;
            let name = reader.terminated_text()?.to_owned();
            let type_oid = reader.u32()?;
            let _type_modifier = reader.u32()?;
            Ok(Column { name, type_oid })
        })
        .collect::<Result<_, _>>()?;
    Ok(Relation { id, name, columns })
}

fn row<'a>(
    reader: &mut Reader<'a>,
    change: impl FnOnce(&mut Reader<'a>) -> Result<RowChange<'a>, DecodeError>,
) -> Result<Message<'a>, DecodeError> {
    let relation = RelationId(reader.u32()?);
    Ok(Message::Row { relation, change: change(reader)? })
}

fn insert<'a>(reader: &mut Reader<'a>) -> Result<RowChange<'a>, DecodeError> {
    match reader.byte()? {
        b'N' => Ok(RowChange::Insert { new: tuple(reader)? }),
        other => Err(DecodeError::UnknownRow(other)),
    }
}

fn update<'a>(reader: &mut Reader<'a>) -> Result<RowChange<'a>, DecodeError> {
    let old = match reader.byte()? {
        b'N' => return Ok(RowChange::Update { old: None, new: tuple(reader)? }),
        marker => old_row(reader, marker)?,
    };
    match reader.byte()? {
        b'N' => Ok(RowChange::Update { old: Some(old), new: tuple(reader)? }),
        other => Err(DecodeError::UnknownRow(other)),
    }
}

fn delete<'a>(reader: &mut Reader<'a>) -> Result<RowChange<'a>, DecodeError> {
    let marker = reader.byte()?;
    Ok(RowChange::Delete { old: old_row(reader, marker)? })
}

fn old_row<'a>(reader: &mut Reader<'a>, marker: u8) -> Result<OldRow<'a>, DecodeError> {
    match marker {
        b'K' => tuple(reader).map(OldRow::Key),
        b'O' => tuple(reader).map(OldRow::Full),
        other => Err(DecodeError::UnknownRow(other)),
    }
}

fn tuple<'a>(reader: &mut Reader<'a>) -> Result<Tuple<'a>, DecodeError> {
    let count = reader.u16()?;
    (0..count)
        .map(|_| match reader.byte()? {
            b'n' => Ok(Value::Null),
            b'u' => Ok(Value::Unchanged),
            b't' => reader.sized_text().map(Value::Text),
            other => Err(DecodeError::UnknownValue(other)),
        })
        .collect()
}

fn truncate<'a>(reader: &mut Reader<'_>) -> Result<Message<'a>, DecodeError> {
    let count = reader.u32()?;
    let _cascade_and_restart_identity = reader.byte()?;
    let relations = (0..count).map(|_| reader.u32().map(RelationId)).collect::<Result<_, _>>()?;
    Ok(Message::Truncate { relations })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A value that owns its text, so that a strategy can generate it.
    #[derive(Clone, Debug)]
    enum OwnedValue {
        Null,
        Unchanged,
        Text(String),
    }

    fn borrowed(values: &[OwnedValue]) -> Tuple<'_> {
        values
            .iter()
            .map(|value| match value {
                OwnedValue::Null => Value::Null,
                OwnedValue::Unchanged => Value::Unchanged,
                OwnedValue::Text(text) => Value::Text(text),
            })
            .collect()
    }

    fn tuples() -> impl Strategy<Value = Vec<OwnedValue>> {
        let value = prop_oneof![
            Just(OwnedValue::Null),
            Just(OwnedValue::Unchanged),
            any::<String>().prop_map(OwnedValue::Text),
        ];
        vec(value, 0..6)
    }

    fn relations() -> impl Strategy<Value = Relation> {
        let column =
            ("[^\0]{0,12}", any::<u32>()).prop_map(|(name, type_oid)| Column { name, type_oid });
        (any::<u32>(), "[^\0]{0,12}", vec(column, 0..6)).prop_map(|(id, name, columns)| Relation {
            id: RelationId(id),
            name,
            columns,
        })
    }

    /// Checks that an encoded message decodes to itself, and that every shorter or longer one is
    /// refused.
    fn check_round_trip(message: &Message<'_>) -> Result<(), TestCaseError> {
        let mut bytes = encoder::encode(message);
        prop_assert_eq!(&decode(&bytes), &Ok(message.clone()));
        for end in 0..bytes.len() {
            prop_assert_eq!(decode(&bytes[..end]), Err(DecodeError::Truncated));
        }
        bytes.push(0);
        prop_assert_eq!(decode(&bytes), Err(DecodeError::Trailing(1)));
        Ok(())
    }

    proptest! {
        // The cases are fast, and the failures that they look for are rare.
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn random_bytes_after_a_known_type_never_panic(
            tag in prop::sample::select(b"RIUDTOY".to_vec()),
            rest in vec(prop_oneof![Just(0), Just(1), Just(b't'), any::<u8>()], 0..60),
        ) {
            let _ = decode(&[&[tag], rest.as_slice()].concat());
        }

        /// A damaged message that can still be decoded is one that Postgres could have sent.
        #[test]
        fn damaged_message_is_refused_or_survives_a_round_trip(
            relation: u32,
            old in tuples(),
            new in tuples(),
            damages in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
        ) {
            let old = Some(OldRow::Full(borrowed(&old)));
            let change = RowChange::Update { old, new: borrowed(&new) };
            let relation = RelationId(relation);
            let mut bytes = encoder::encode(&Message::Row { relation, change });
            for (index, byte, damage) in damages {
                let index = index.index(bytes.len());
                match damage {
                    0 => bytes[index] = byte,
                    1 => bytes.insert(index, byte),
                    _ => drop(bytes.remove(index)),
                }
            }
            if let Ok(message) = decode(&bytes) && message != Message::Skipped {
                let again = encoder::encode(&message);
                prop_assert_eq!(decode(&again), Ok(message.clone()));
            }
        }

        #[test]
        fn description_survives_a_round_trip(relation in relations()) {
            check_round_trip(&Message::Relation(relation))?;
        }

        #[test]
        fn row_change_survives_a_round_trip(
            relation: u32,
            old in tuples(),
            new in tuples(),
            change in 0..6,
        ) {
            let (old, new) = (borrowed(&old), borrowed(&new));
            let change = match change {
                0 => RowChange::Insert { new },
                1 => RowChange::Update { old: None, new },
                2 => RowChange::Update { old: Some(OldRow::Key(old)), new },
                3 => RowChange::Update { old: Some(OldRow::Full(old)), new },
                4 => RowChange::Delete { old: OldRow::Key(old) },
                _ => RowChange::Delete { old: OldRow::Full(old) },
            };
            check_round_trip(&Message::Row { relation: RelationId(relation), change })?;
        }

        #[test]
        fn truncation_survives_a_round_trip(relations in vec(any::<u32>().prop_map(RelationId), 0..6)) {
            check_round_trip(&Message::Truncate { relations })?;
        }
    }

    #[test]
    fn origins_and_types_are_skipped() {
        assert_eq!(decode(b"O\0\0\0\0\0\0\0\0peer\0"), Ok(Message::Skipped));
        assert_eq!(decode(b"Y\0\0\0\x01public\0mood\0"), Ok(Message::Skipped));
    }

    #[test]
    fn errors_name_the_unexpected_byte() {
        assert_eq!(decode(b"Z"), Err(DecodeError::UnknownMessage(b'Z')));
        assert_eq!(decode(b"I\0\0\0\x01O"), Err(DecodeError::UnknownRow(b'O')));
        assert_eq!(decode(b"U\0\0\0\x01X"), Err(DecodeError::UnknownRow(b'X')));
        assert_eq!(decode(b"D\0\0\0\x01N"), Err(DecodeError::UnknownRow(b'N')));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01b"), Err(DecodeError::UnknownValue(b'b')));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01t\0\0\0\x01\xff"), Err(DecodeError::NotText));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01t\xff\xff\xff\xff"), Err(DecodeError::Truncated));
    }
}
