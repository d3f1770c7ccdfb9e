//! Tables as the replication stream describes them.
//!
//! Postgres describes a table before its first row on a connection, and again after its columns
//! changed: a row is always read by the description that was in force when it was written.

use std::collections::HashMap;
use std::fmt;

/// A table's OID, by which rows name their table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelationId(pub u32);

impl fmt::Display for RelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One column, in the place that its values have in a tuple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The OID of its type.
    pub type_oid: u32,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// By which rows refer to it.
    pub id: RelationId,
    /// Its name, without the schema.
    pub name: String,
    /// Its published columns, in order.
    pub columns: Vec<Column>,
}

/// A row refers to a table that was never described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table with OID {0} was not described")]
pub struct UnknownRelation(RelationId);

/// The newest description of each table on this connection.
#[derive(Debug, Default)]
pub struct Relations(HashMap<RelationId, Relation>);

impl Relations {
    /// Keeps a description, in place of an older one.
    pub fn describe(&mut self, relation: Relation) {
        self.0.insert(relation.id, relation);
    }

    /// The description in force.
    ///
    /// # Errors
    /// When the table was not described.
    pub fn get(&self, id: RelationId) -> Result<&Relation, UnknownRelation> {
        self.0.get(&id).ok_or(UnknownRelation(id))
    }
}
