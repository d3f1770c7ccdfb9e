//! What Tributary needs of a Postgres server, and how to give it what is missing.

use std::fmt::{self, Write};
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};

use super::{DatabaseError, Endpoint};

/// The oldest major version that is tried: older ones lack parts of logical replication.
pub const OLDEST_MAJOR: u32 = 14;

/// The settings of a Postgres server that runs for Tributary alone.
pub const SERVER_SETTINGS: [(&str, &str); 7] = [
    ("wal_level", "logical"),
    ("max_replication_slots", "10"),
    ("max_wal_senders", "10"),
    // A worker that stays away must not fill the disk: beyond this, Postgres invalidates its slot.
    ("max_slot_wal_keep_size", "2GB"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_checkpoints", "off"),
];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One thing to change before Tributary can use the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The server is too old.
    Version {
        /// Its major version.
        major: u32,
    },
    /// Changes can't be decoded from its WAL.
    WalLevel {
        /// What `wal_level` is.
        current: String,
    },
    /// The role may not read the WAL.
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

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { major } => {
                write!(f, "it is Postgres {major}, and {OLDEST_MAJOR} or newer is needed")
            }
            Self::WalLevel { current } => write!(
                f,
                "wal_level is {current}, and must be logical: run \
                 `alter system set wal_level = 'logical';` and restart Postgres"
            ),
            Self::Replication { role } => write!(
                f,
                "{role} may not replicate: run `alter role {role} replication;` \
                 (on Amazon RDS `grant rds_replication to {role};`)"
            ),
            Self::CreateInDatabase { role, database } => write!(
                f,
                "{role} may not create a publication: run \
                 `grant create on database {database} to {role};`"
            ),
            Self::CreateInSchema { role } => write!(
                f,
                "{role} may not create tables: run `grant create on schema public to {role};`"
            ),
        }
    }
}

/// All of it, each in a line of its own.
pub(super) fn list(missing: &[Missing]) -> String {
    missing.iter().fold(String::new(), |mut lines, one| {
        write!(lines, "\n  - {one}").expect("a string takes all that is written to it");
        lines
    })
}

/// What decides whether a server will do.
#[derive(Debug, sqlx::FromRow)]
struct Facts {
    version: i32,
    wal_level: String,
    role: String,
    database: String,
    may_replicate: bool,
    may_create_in_database: bool,
    may_create_in_schema: bool,
}

impl Facts {
    fn missing(self) -> Vec<Missing> {
        let major = u32::try_from(self.version / 10_000).unwrap_or(0);
        let Self { role, database, .. } = self;
        [
            (major < OLDEST_MAJOR).then_some(Missing::Version { major }),
            (self.wal_level != "logical").then_some(Missing::WalLevel { current: self.wal_level }),
            (!self.may_replicate).then(|| Missing::Replication { role: role.clone() }),
            (!self.may_create_in_database)
                .then(|| Missing::CreateInDatabase { role: role.clone(), database }),
            (!self.may_create_in_schema).then_some(Missing::CreateInSchema { role }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Connects, and checks that the server can do what Tributary needs.
///
/// # Errors
/// [`DatabaseError::Connect`] when it doesn't answer or refuses, [`DatabaseError::Requirements`]
/// with everything that is missing.
pub async fn check(endpoint: &Endpoint) -> Result<(), DatabaseError> {
    let unusable = |reason| DatabaseError::Connect { endpoint: endpoint.clone(), reason };
    let facts = tokio::time::timeout(CONNECT_TIMEOUT, read(endpoint))
        .await
        .map_err(|_| unusable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| unusable(reason(error)))?;
    let missing = facts.missing();
    if missing.is_empty() {
        return Ok(());
    }
    Err(DatabaseError::Requirements { endpoint: endpoint.clone(), missing })
}

async fn read(endpoint: &Endpoint) -> Result<Facts, sqlx::Error> {
    let mut connection = endpoint.connect_options().connect().await?;
    let facts = sqlx::query_as(
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
    Ok(facts)
}

fn reason(error: sqlx::Error) -> String {
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
    fn a_server_that_lacks_everything_is_told_all_of_it_at_once() {
        let facts = Facts {
            version: 130_011,
            wal_level: "replica".to_owned(),
            role: "ada".to_owned(),
            database: "\"my data\"".to_owned(),
            may_replicate: false,
            may_create_in_database: false,
            may_create_in_schema: false,
        };
        let lines = list(&facts.missing());
        for remedy in [
            "it is Postgres 13, and 14 or newer is needed",
            "alter system set wal_level = 'logical';",
            "alter role ada replication;",
            "grant create on database \"my data\" to ada;",
            "grant create on schema public to ada;",
        ] {
            assert!(lines.contains(remedy), "{remedy} is not in {lines}");
        }
    }
}
