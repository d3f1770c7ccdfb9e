//! What Tributary requires of a Postgres server, and how an operator provides it.

use std::fmt::{self, Write};
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};

use super::{DatabaseError, Endpoint};

/// The minimum major version: older ones lack parts of logical replication.
pub const MIN_MAJOR_VERSION: u32 = 14;

/// The settings of a Postgres server that serves only Tributary.
pub const SERVER_SETTINGS: [(&str, &str); 7] = [
    ("wal_level", "logical"),
    ("max_replication_slots", "10"),
    ("max_wal_senders", "10"),
    // Without a running CDC worker, WAL must not fill the disk: beyond this size, Postgres
    // invalidates the slot.
    ("max_slot_wal_keep_size", "2GB"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_checkpoints", "off"),
];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
    /// The role may not open a replication connection.
    Replication {
        /// The role, quoted for SQL.
        role: String,
    },
    /// The role may not create the publication.
    CreateInDatabase {
        /// The role, quoted for SQL.
        role: String,
        /// The database, quoted for SQL.
        database: String,
    },
    /// The role may not create the tables.
    CreateInSchema {
        /// The role, quoted for SQL.
        role: String,
    },
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
            Self::WalLevel { current } => write!(
                f,
                "wal_level is {current} and must be logical: run \
                 `alter system set wal_level = 'logical';` and restart Postgres"
            ),
            Self::Replication { role } => write!(
                f,
                "role {role} may not replicate: run `alter role {role} replication;` \
                 (on Amazon RDS `grant rds_replication to {role};`)"
            ),
            Self::CreateInDatabase { role, database } => write!(
                f,
                "role {role} may not create a publication: run \
                 `grant create on database {database} to {role};`"
            ),
            Self::CreateInSchema { role } => write!(
                f,
                "role {role} may not create tables: run \
                 `grant create on schema public to {role};`"
            ),
        }
    }
}

/// One bullet point a line, each after a line break.
pub(super) fn format_list(missing: &[MissingRequirement]) -> String {
    missing.iter().fold(String::new(), |mut lines, requirement| {
        write!(lines, "\n  - {requirement}").expect("writing to a string never fails");
        lines
    })
}

/// The properties of a server that the requirements are about.
#[derive(Debug, sqlx::FromRow)]
struct ServerProperties {
    version: i32,
    wal_level: String,
    role: String,
    database: String,
    may_replicate: bool,
    may_create_in_database: bool,
    may_create_in_schema: bool,
}

impl ServerProperties {
    fn missing_requirements(self) -> Vec<MissingRequirement> {
        use MissingRequirement::{
            CreateInDatabase, CreateInSchema, Replication, Version, WalLevel,
        };

        let major = u32::try_from(self.version / 10_000).unwrap_or(0);
        let Self { role, database, .. } = self;
        [
            (major < MIN_MAJOR_VERSION).then_some(Version { major }),
            (self.wal_level != "logical").then_some(WalLevel { current: self.wal_level }),
            (!self.may_replicate).then(|| Replication { role: role.clone() }),
            (!self.may_create_in_database)
                .then(|| CreateInDatabase { role: role.clone(), database }),
            (!self.may_create_in_schema).then_some(CreateInSchema { role }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Connects, and checks that the server meets all requirements.
///
/// # Errors
/// [`DatabaseError::Connect`] when the server doesn't answer within 10 s or refuses the connection,
/// [`DatabaseError::Requirements`] with every requirement that isn't met.
pub async fn check(endpoint: &Endpoint) -> Result<(), DatabaseError> {
    let connect_error = |reason| DatabaseError::Connect { endpoint: endpoint.clone(), reason };
    let properties = tokio::time::timeout(CONNECT_TIMEOUT, read_properties(endpoint))
        .await
        .map_err(|_| connect_error(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| connect_error(describe(error)))?;
    let missing = properties.missing_requirements();
    if missing.is_empty() {
        return Ok(());
    }
    Err(DatabaseError::Requirements { endpoint: endpoint.clone(), missing })
}

async fn read_properties(endpoint: &Endpoint) -> Result<ServerProperties, sqlx::Error> {
    let mut connection = endpoint.connect_options().connect().await?;
    let properties = sqlx::query_as(
        "select current_setting('server_version_num')::int as version,
                current_setting('wal_level') as wal_level,
                quote_ident(current_user) as role,
                quote_ident(current_database()) as database,
                exists (select from pg_roles
                        where rolname = current_user and (rolreplication or rolsuper))
                or exists (select from pg_roles
                           where rolname = 'rds_replication'
                             and pg_has_role(current_user, oid, 'member')) as may_replicate,
                has_database_privilege(current_database(), 'create') as may_create_in_database,
                has_schema_privilege('public', 'create') as may_create_in_schema",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(properties)
}

/// The message alone, without sqlx's own prefixes.
fn describe(error: sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_requirements_are_listed_at_once() {
        let properties = ServerProperties {
            version: 130_011,
            wal_level: "replica".to_owned(),
            role: "ada".to_owned(),
            database: "\"my data\"".to_owned(),
            may_replicate: false,
            may_create_in_database: false,
            may_create_in_schema: false,
        };
        let lines = format_list(&properties.missing_requirements());
        for remedy in [
            "it is Postgres 13; version 14 or newer is required",
            "alter system set wal_level = 'logical';",
            "alter role ada replication;",
            "grant create on database \"my data\" to ada;",
            "grant create on schema public to ada;",
        ] {
            assert!(lines.contains(remedy), "{remedy} is not in {lines}");
        }
    }
}
