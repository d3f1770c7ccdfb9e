//! Reads pgoutput, protocol version 1: what Postgres says about tables and rows.
//!
//! Source of the format: the Postgres manual, "Logical Replication Message Formats". The messages
//! that mark a transaction's bounds and the logical messages are read by the transport already.

#[cfg(test)]
pub mod encoder;
mod reader;

use reader::Reader;

use super::relation::{Column, Relation, RelationId};

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<'a> {
    /// Describes a table, before its rows.
    Relation(Relation),
    /// A row changed.
    Row {
        /// In which table.
        relation: RelationId,
        /// How.
        change: RowChange<'a>,
    },
    /// Tables were emptied.
    Truncate {
        /// Which.
        relations: Vec<RelationId>,
    },
    /// Where a replicated change came from, or the name of a custom type: nothing we need.
    Skipped,
}

/// What happened to a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange<'a> {
    /// It is new.
    Insert {
        /// The row.
        new: Tuple<'a>,
    },
    /// It changed.
    Update {
        /// As it was, as far as the table's replica identity tells.
        old: Option<OldRow<'a>>,
        /// As it is.
        new: Tuple<'a>,
    },
    /// It is gone.
    Delete {
        /// As it was, as far as the table's replica identity tells.
        old: OldRow<'a>,
    },
}

/// A row before its change.
#[derive(Clone, Debug, PartialEq)]
pub enum OldRow<'a> {
    /// Only the columns of the replica identity; the others read as null.
    Key(Tuple<'a>),
    /// All columns: the table has `replica identity full`.
    Full(Tuple<'a>),
}

/// A row's values, in the order of its table's columns.
pub type Tuple<'a> = Vec<Value<'a>>;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Null.
    Null,
    /// A large value that the update left alone, which is why Postgres doesn't repeat it.
    Unchanged,
    /// In the text format of its type.
    Text(&'a str),
}

/// The bytes are not a pgoutput message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The message ends too early.
    #[error("the message ends too early")]
    Truncated,
    /// Something follows the message's end.
    #[error("{0} bytes follow the message's end")]
    Trailing(usize),
    /// No message begins like this.
    #[error("no message begins with byte {0:#04x}")]
    UnknownMessage(u8),
    /// No row begins like this.
    #[error("no row begins with byte {0:#04x}")]
    UnknownRow(u8),
    /// No value begins like this. The binary format is among these: it wasn't asked for.
    #[error("no value begins with byte {0:#04x}")]
    UnknownValue(u8),
    /// The text isn't UTF-8, though the connection asked for it.
    #[error("text is not UTF-8")]
    NotText,
}

/// Reads one message.
///
/// # Errors
/// When `bytes` is not exactly one message.
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

    /// Values that own their text, so that a strategy can make them.
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

    /// Reads back what the encoder wrote, and refuses every way to cut it short or to lengthen it.
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
        // These are fast, and what they look for is rare.
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn no_bytes_after_a_known_tag_make_it_panic(
            tag in prop::sample::select(b"RIUDTOY".to_vec()),
            rest in vec(prop_oneof![Just(0), Just(1), Just(b't'), any::<u8>()], 0..60),
        ) {
            let _ = decode(&[&[tag], rest.as_slice()].concat());
        }

        /// Whatever is still a message after it was damaged is one that Postgres could have sent.
        #[test]
        fn a_damaged_message_is_refused_or_reads_back(
            relation: u32,
            old in tuples(),
            new in tuples(),
            damages in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
        ) {
            let old = Some(OldRow::Full(borrowed(&old)));
            let change = RowChange::Update { old, new: borrowed(&new) };
            let relation = RelationId(relation);
            let mut bytes = encoder::encode(&Message::Row { relation, change });
            for (place, byte, damage) in damages {
                let place = place.index(bytes.len());
                match damage {
                    0 => bytes[place] = byte,
                    1 => bytes.insert(place, byte),
                    _ => drop(bytes.remove(place)),
                }
            }
            if let Ok(message) = decode(&bytes) && message != Message::Skipped {
                let again = encoder::encode(&message);
                prop_assert_eq!(decode(&again), Ok(message.clone()));
            }
        }

        #[test]
        fn a_description_reads_back(relation in relations()) {
            check_round_trip(&Message::Relation(relation))?;
        }

        #[test]
        fn a_row_change_reads_back(
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
        fn a_truncation_reads_back(relations in vec(any::<u32>().prop_map(RelationId), 0..6)) {
            check_round_trip(&Message::Truncate { relations })?;
        }
    }

    #[test]
    fn origins_and_types_are_skipped() {
        assert_eq!(decode(b"O\0\0\0\0\0\0\0\0peer\0"), Ok(Message::Skipped));
        assert_eq!(decode(b"Y\0\0\0\x01public\0mood\0"), Ok(Message::Skipped));
    }

    #[test]
    fn bad_bytes_are_named() {
        assert_eq!(decode(b"Z"), Err(DecodeError::UnknownMessage(b'Z')));
        assert_eq!(decode(b"I\0\0\0\x01O"), Err(DecodeError::UnknownRow(b'O')));
        assert_eq!(decode(b"U\0\0\0\x01X"), Err(DecodeError::UnknownRow(b'X')));
        assert_eq!(decode(b"D\0\0\0\x01N"), Err(DecodeError::UnknownRow(b'N')));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01b"), Err(DecodeError::UnknownValue(b'b')));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01t\0\0\0\x01\xff"), Err(DecodeError::NotText));
        assert_eq!(decode(b"I\0\0\0\x01N\0\x01t\xff\xff\xff\xff"), Err(DecodeError::Truncated));
    }
}
