//! The requirements that a server doesn't meet, as sentences with the statement that helps.

use std::fmt::{self, Write};

use super::{MIN_CONNECTIONS, MIN_MAJOR_VERSION};

/// A requirement that the server doesn't meet. Its text names the statement that fixes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingRequirement {
    /// The server is too old.
    Version {
        /// Its major version.
        major: u32,
    },
    /// `wal_level` isn't `logical`, so changes can't be decoded from the WAL.
    WalLevel {
        /// The current value of `wal_level`.
        current: String,
    },
    /// Postgres allows no replication slots, or no processes that send WAL, so changes can't be read.
    Disabled {
        /// The setting that is 0.
        setting: &'static str,
    },
    /// The role may not open a replication connection.
    Replication,
    /// The role may not create the publication.
    CreateInDatabase,
    /// The role may not create the tables.
    CreateInSchema,
    /// The schema `public` doesn't exist.
    NoPublicSchema,
    /// New tables would be created in another schema than `public`.
    SearchPath,
    /// The tables are in another schema than `public`.
    OtherSchema {
        /// That schema, quoted for SQL.
        schema: String,
    },
    /// The database can't store every text.
    Encoding {
        /// Its encoding.
        encoding: String,
    },
    /// The database refuses changes.
    ReadOnly {
        /// Whether it is a standby server.
        is_standby: bool,
    },
    /// The role, the database or the server allows too few connections.
    Connections {
        /// How many it allows.
        allowed: i32,
    },
    /// A connection pooler is between Tributary and Postgres.
    Pooler,
}

impl fmt::Display for MissingRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { major } => {
                write!(
                    f,
                    "it is Postgres {major}; version {MIN_MAJOR_VERSION} or newer is required"
                )
            }
            Self::Disabled { setting } => write!(
                f,
                "{setting} is 0 and must be at least 1, better 10: run \
                 `alter system set {setting} = 10;` and restart Postgres"
            ),
            Self::WalLevel { current } => write!(
                f,
                "wal_level is {current} and must be logical: run \
                 `alter system set wal_level = 'logical';` and restart Postgres"
            ),
            Self::Replication => f.write_str(
                "the role may not replicate: run `alter role ROLE replication;` \
                 (on Amazon RDS `grant rds_replication to ROLE;`)",
            ),
            Self::CreateInDatabase => f.write_str(
                "the role may not create a publication: run `grant create on database DATABASE to ROLE;`",
            ),
            Self::CreateInSchema => f.write_str(
                "the role may not create tables: run `grant create on schema public to ROLE;`",
            ),
            Self::NoPublicSchema => {
                f.write_str("it has no schema public: run `create schema public;`")
            }
            Self::SearchPath => f.write_str(
                "its search_path doesn't begin with public: run \
                 `alter role ROLE in database DATABASE set search_path = public;`",
            ),
            Self::OtherSchema { schema } => write!(
                f,
                "the tables are in the schema {schema} instead of public: run \
                 `drop schema public; alter schema {schema} rename to public;`"
            ),
            Self::Encoding { encoding } => write!(
                f,
                "the encoding of the database is {encoding} and must be UTF8: create it with \
                 `create database … encoding 'UTF8' template template0;`"
            ),
            Self::ReadOnly { is_standby: true } => {
                f.write_str("it is a standby, which is read-only: connect to the primary server")
            }
            Self::ReadOnly { .. } => f.write_str(
                "it is read-only: run `alter database DATABASE reset default_transaction_read_only;`, \
                 and the same for the role and the server's configuration if they set it",
            ),
            Self::Connections { allowed } => write!(
                f,
                "it allows {allowed} connections, and {MIN_CONNECTIONS} are needed for each server: \
                 raise max_connections, or the limit of the database or the role \
                 (`alter role ROLE connection limit -1;`)"
            ),
            Self::Pooler => f.write_str(
                "a connection pooler such as PgBouncer answers there, which passes on neither replication \
                 nor notifications: connect to Postgres itself, usually on port 5432",
            ),
        }
    }
}

/// Formats the list as bullet points, one a line, each after a line break.
pub(crate) fn format_list(missing: &[MissingRequirement]) -> String {
    let mut lines = missing.iter().fold(String::new(), |mut lines, requirement| {
        write!(lines, "\n  - {requirement}").expect("writing to a string never fails");
        lines
    });
    // Nothing of a URL is printed, also not the names in it.
    if lines.contains("ROLE") || lines.contains("DATABASE") {
        lines += "\n  (ROLE and DATABASE stand for the names of the role and the database.)";
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_placeholders_and_say_so() {
        let lines = format_list(&[MissingRequirement::Replication]);
        assert!(lines.contains("`alter role ROLE replication;`"), "{lines}");
        assert!(lines.ends_with("the role and the database.)"), "{lines}");
        assert!(!format_list(&[MissingRequirement::NoPublicSchema]).contains("stand for"));
    }
}
