//! The tables that the replication stream describes.
//!
//! Postgres describes a table before its first row on a connection, and again after its columns
//! changed. So a row is always decoded with the columns that it was written with.

use std::collections::HashMap;
use std::fmt;

/// A table's OID, which identifies the table of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelationId(pub u32);

impl fmt::Display for RelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// The OID of the column's type.
    pub type_oid: u32,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The table's OID.
    pub id: RelationId,
    /// The name, without the schema.
    pub name: String,
    /// The published columns, in the order of the values of a row.
    pub columns: Vec<Column>,
}

/// A row refers to a table that was not described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table with OID {0} was not described")]
pub struct UnknownRelation(RelationId);

/// The newest description of each table on this connection.
#[derive(Debug, Default)]
pub struct Relations(HashMap<RelationId, Relation>);

impl Relations {
    /// Stores a description, and replaces an older one.
    pub fn describe(&mut self, relation: Relation) {
        self.0.insert(relation.id, relation);
    }

    /// Returns the newest description of the table.
    ///
    /// # Errors
    /// When the table was not described.
    pub fn get(&self, id: RelationId) -> Result<&Relation, UnknownRelation> {
        self.0.get(&id).ok_or(UnknownRelation(id))
    }
}
