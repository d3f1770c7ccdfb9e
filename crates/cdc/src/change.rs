//! Converts row changes to activities.

#[cfg(test)]
mod tests;

use contract::{Action, OrganizationId, UserId};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::decoder::{OldRow, RowChange, Tuple, Value};
use super::relation::{Column, Relation};
use super::value;
use activity::{ActivityKind, NewActivity, wire_field_name};
use db::actor::Actor;

/// Columns that every update changes. An update of these alone is no activity.
const BOOKKEEPING: [&str; 4] = ["version", "preferences_version", "email_version", "updated_at"];

/// The columns that count changes of a row. A trigger increments at least one with each change that readers see.
const VERSIONS: [&str; 3] = ["version", "preferences_version", "email_version"];

/// Why a row can't be converted to an activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The row doesn't match the description of its table.
    #[error("a row of `{table}` has {values} values for {columns} columns")]
    ColumnCount {
        /// The table.
        table: String,
        /// The number of its columns.
        columns: usize,
        /// The number of received values.
        values: usize,
    },
    /// Postgres didn't send the whole row before its change. Who could see it can't be told then.
    #[error("the replica identity of table {table} isn't full")]
    FormerRowIncomplete {
        /// The table.
        table: String,
    },
    /// An update kept the version of its row, so clients take it for what they have. Triggers were off, for the
    /// table or in the session.
    #[error("a row of table {table} was changed while triggers were off, so it kept its version")]
    VersionKept {
        /// The table.
        table: String,
    },
    /// The row has no id.
    #[error("a row of `{table}` has no id")]
    NoSubject {
        /// The table.
        table: String,
    },
}

/// Returns the activity for a change; none when the table isn't tracked, or when nothing has changed
/// that a reader can see.
///
/// # Errors
/// When the row doesn't match its table.
pub fn to_activity(
    relation: &Relation,
    change: &RowChange<'_>,
    actor: Actor,
) -> Result<Option<NewActivity>, ChangeError> {
    let Some(kind) = kind_of(&relation.name) else { return Ok(None) };
    let (action, row, former, changed) = match change {
        RowChange::Insert { new } => (Action::Created, full_row(relation, new)?, None, Vec::new()),
        RowChange::Update { old, new } => {
            let old = former_tuple(relation, old.as_ref())?;
            let changed = changed_fields(relation, old, new);
            if changed.is_empty() {
                return Ok(None);
            }
            let mut row = full_row(relation, new)?;
            let former = full_row(relation, old)?;
            restore_unchanged(&mut row, relation, new, &former);
            if !has_new_version(kind, &row, &former) {
                return Err(ChangeError::VersionKept { table: relation.name.clone() });
            }
            (Action::Updated, row, Some(former), changed)
        }
        RowChange::Delete { old } => {
            let former = former_tuple(relation, Some(old))?;
            (Action::Deleted, full_row(relation, former)?, None, Vec::new())
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

/// Returns the column with the id of the organization that a row belongs to.
const fn organization_column(kind: ActivityKind) -> Option<&'static str> {
    match kind {
        ActivityKind::Organization => Some("id"),
        _ if kind.belongs_to_organization() => Some("organization_id"),
        _ => None,
    }
}

/// Returns the column with the id of the user that a row belongs to.
const fn user_column(kind: ActivityKind) -> Option<&'static str> {
    match kind {
        ActivityKind::User => Some("id"),
        ActivityKind::Session | ActivityKind::Membership | ActivityKind::Invitation => {
            Some("user_id")
        }
        _ => None,
    }
}

/// Returns the row before its change, with all its values.
fn former_tuple<'a>(
    relation: &Relation,
    old: Option<&'a OldRow<'a>>,
) -> Result<&'a Tuple<'a>, ChangeError> {
    match old {
        Some(OldRow::Full(tuple)) => Ok(tuple),
        Some(OldRow::Key(_)) | None => {
            Err(ChangeError::FormerRowIncomplete { table: relation.name.clone() })
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
            Value::Text(text) => Some((column.name.clone(), value::to_json(column.type_oid, text))),
            Value::Unchanged => None,
        })
        .collect())
}

/// Fills in the large values that an update didn't change and that Postgres therefore didn't send.
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

/// Returns the fields that an update changed, named as on the wire.
fn changed_fields(relation: &Relation, old: &Tuple<'_>, new: &Tuple<'_>) -> Vec<String> {
    columns(relation, new)
        .enumerate()
        .filter(|(index, (column, value))| {
            *value != Value::Unchanged
                && old.get(*index) != Some(value)
                && !BOOKKEEPING.contains(&column.name.as_str())
        })
        .map(|(_, (column, _))| wire_field_name(&column.name))
        .collect()
}

/// Whether one of the row's versions is newer, or nothing has changed that they count.
fn has_new_version(
    kind: ActivityKind,
    row: &Map<String, Json>,
    former: &Map<String, Json>,
) -> bool {
    let number = |row: &Map<String, Json>, column| row.get(column).and_then(Json::as_i64);
    let is_versioned = number(row, VERSIONS[0]).is_some();
    let is_newer = VERSIONS.iter().any(|column| number(row, column) > number(former, column));
    // Values are compared, not texts: Postgres takes -0 for 0, so triggers do.
    let mut changed = row.iter().filter(|(column, value)| former.get(*column) != Some(*value));
    is_newer || !is_versioned || !changed.any(|(column, _)| is_counted(kind, column))
}

/// Whether a change of the column makes a new version: not if those who see the version don't see the column.
fn is_counted(kind: ActivityKind, column: &str) -> bool {
    match kind {
        ActivityKind::User => ["name", "picture", "email"].contains(&column),
        ActivityKind::Invitation => column != "user_id" && !BOOKKEEPING.contains(&column),
        _ => !BOOKKEEPING.contains(&column),
    }
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
