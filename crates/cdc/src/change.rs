//! What the change of a row means as an activity.

#[cfg(test)]
mod tests;

use contract::{Action, OrganizationId, UserId};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::decoder::{OldRow, RowChange, Tuple, Value};
use super::relation::{Column, Relation};
use super::value;
use activity::{ActivityKind, NewActivity, field_of};
use db::actor::Actor;

/// Columns that every update changes: alone, they tell a reader nothing.
const BOOKKEEPING: [&str; 3] = ["version", "preferences_version", "updated_at"];

/// A row that can't be an activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The row doesn't fit the description of its table.
    #[error("a row of `{table}` has {values} values for {columns} columns")]
    ColumnCount {
        /// The table.
        table: String,
        /// How many columns it has.
        columns: usize,
        /// How many values came.
        values: usize,
    },
    /// The row has no id.
    #[error("a row of `{table}` has no id")]
    NoSubject {
        /// The table.
        table: String,
    },
}

/// The activity that a change is: none for a table that isn't ours, or when nothing a reader could
/// see has changed.
///
/// # Errors
/// When the row doesn't fit its table.
pub fn activity(
    relation: &Relation,
    change: &RowChange<'_>,
    actor: Actor,
) -> Result<Option<NewActivity>, ChangeError> {
    let Some(kind) = kind_of(&relation.name) else { return Ok(None) };
    let (action, row, former, changed) = match change {
        RowChange::Insert { new } => (Action::Created, full_row(relation, new)?, None, Vec::new()),
        RowChange::Update { old, new } => {
            let old = old.as_ref().map(|old| Former::of(relation, old)).transpose()?;
            let changed = changed(relation, old.as_ref(), new);
            if changed.is_empty() {
                return Ok(None);
            }
            let mut row = full_row(relation, new)?;
            let former = old.map(|old| old.row).unwrap_or_default();
            restore_unchanged(&mut row, relation, new, &former);
            (Action::Updated, row, Some(former), changed)
        }
        RowChange::Delete { old } => {
            (Action::Deleted, Former::of(relation, old)?.row, None, Vec::new())
        }
    };
    let id = |column: Option<&str>| {
        let column = column?;
        uuid(&row, column).or_else(|| uuid(former.as_ref()?, column))
    };
    Ok(Some(NewActivity {
        kind,
        action,
        subject_id: id(Some("id"))
            .ok_or_else(|| ChangeError::NoSubject { table: relation.name.clone() })?,
        organization_id: id(organization_column(kind)).map(OrganizationId::from_uuid),
        user_id: id(user_column(kind)).map(UserId::from_uuid),
        actor_id: actor.user_id,
        mutation_id: actor.mutation_id,
        changed,
        data: Json::Object(row),
    }))
}

fn kind_of(table: &str) -> Option<ActivityKind> {
    ActivityKind::all().find(|kind| kind.table() == table)
}

/// Whether changes of the table are activities.
pub fn is_tracked(relation: &Relation) -> bool {
    kind_of(&relation.name).is_some()
}

/// Which column names the organization concerned.
const fn organization_column(kind: ActivityKind) -> Option<&'static str> {
    match kind {
        ActivityKind::Organization => Some("id"),
        _ if kind.is_of_organization() => Some("organization_id"),
        _ => None,
    }
}

/// Which column names whose it is.
const fn user_column(kind: ActivityKind) -> Option<&'static str> {
    match kind {
        ActivityKind::User => Some("id"),
        ActivityKind::Session | ActivityKind::Membership | ActivityKind::Invitation => {
            Some("user_id")
        }
        _ => None,
    }
}

/// A row as it was.
struct Former<'a> {
    /// What is known of it.
    row: Map<String, Json>,
    /// All its values, when the table's replica identity is full.
    full: Option<&'a Tuple<'a>>,
}

impl<'a> Former<'a> {
    fn of(relation: &Relation, old: &'a OldRow<'a>) -> Result<Self, ChangeError> {
        match old {
            OldRow::Full(tuple) => Ok(Self { row: full_row(relation, tuple)?, full: Some(tuple) }),
            OldRow::Key(tuple) => {
                let mut row = full_row(relation, tuple)?;
                // A null here only says that the column isn't part of the key.
                row.retain(|_, value| !value.is_null());
                Ok(Self { row, full: None })
            }
        }
    }
}

fn full_row(relation: &Relation, tuple: &Tuple<'_>) -> Result<Map<String, Json>, ChangeError> {
    if relation.columns.len() != tuple.len() {
        return Err(ChangeError::ColumnCount {
            table: relation.name.clone(),
            columns: relation.columns.len(),
            values: tuple.len(),
        });
    }
    Ok(columns(relation, tuple)
        .filter_map(|(column, value)| match value {
            Value::Null => Some((column.name.clone(), Json::Null)),
            Value::Text(text) => Some((column.name.clone(), value::json(column.type_oid, text))),
            Value::Unchanged => None,
        })
        .collect())
}

/// Fills in the large values that an update left alone and Postgres therefore didn't repeat.
fn restore_unchanged(
    row: &mut Map<String, Json>,
    relation: &Relation,
    new: &Tuple<'_>,
    former: &Map<String, Json>,
) {
    for (column, _) in columns(relation, new).filter(|(_, value)| *value == Value::Unchanged) {
        if let Some(value) = former.get(&column.name) {
            row.insert(column.name.clone(), value.clone());
        }
    }
}

/// The names, as on the wire, of what an update changed. Where the old row isn't known in full,
/// every column may have.
fn changed(relation: &Relation, old: Option<&Former<'_>>, new: &Tuple<'_>) -> Vec<String> {
    let old = old.and_then(|old| old.full);
    columns(relation, new)
        .enumerate()
        .filter(|(place, (column, value))| {
            *value != Value::Unchanged
                && old.and_then(|old| old.get(*place)) != Some(value)
                && !BOOKKEEPING.contains(&column.name.as_str())
        })
        .map(|(_, (column, _))| field_of(&column.name))
        .collect()
}

fn columns<'a>(
    relation: &'a Relation,
    tuple: &'a Tuple<'a>,
) -> impl Iterator<Item = (&'a Column, Value<'a>)> {
    relation.columns.iter().zip(tuple.iter().copied())
}

fn uuid(row: &Map<String, Json>, column: &str) -> Option<Uuid> {
    row.get(column)?.as_str()?.parse().ok()
}
