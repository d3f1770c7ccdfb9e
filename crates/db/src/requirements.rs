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

/// How many connections one server needs: those of the background tasks, the replication connection, a
/// check of the database, and a few for requests.
pub const MIN_CONNECTIONS: i32 = 10;

/// A session setting that has no meaning for Postgres. A pooler doesn't pass it on.
const PROBE: (&str, &str) = ("tributary.probe", "direct");

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
    /// Postgres allows no replication slots, or no processes that send WAL, so changes can't be read.
    Disabled {
        /// The setting that is 0.
        setting: &'static str,
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
    /// The schema `public` doesn't exist.
    NoPublicSchema,
    /// New tables would be created in another schema than `public`.
    SearchPath {
        /// The role, quoted for SQL.
        role: String,
        /// The database, quoted for SQL.
        database: String,
    },
    /// The tables are in another schema than `public`.
    OtherSchema {
        /// That schema, quoted for SQL.
        schema: String,
    },
    /// The database can't store every text.
    Encoding {
        /// Its encoding.
        encoding: String,
        /// The database, quoted for SQL.
        database: String,
    },
    /// The database refuses changes.
    ReadOnly {
        /// Whether it is a standby server.
        is_standby: bool,
        /// The role, quoted for SQL.
        role: String,
        /// The database, quoted for SQL.
        database: String,
    },
    /// The role, the database or the server allows too few connections.
    Connections {
        /// How many it allows.
        allowed: i32,
        /// The role, quoted for SQL.
        role: String,
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
            Self::NoPublicSchema => {
                f.write_str("it has no schema public: run `create schema public;`")
            }
            Self::SearchPath { role, database } => write!(
                f,
                "its search_path doesn't begin with public: run \
                 `alter role {role} in database {database} set search_path = public;`"
            ),
            Self::OtherSchema { schema } => write!(
                f,
                "the tables are in the schema {schema} instead of public: run \
                 `drop schema public; alter schema {schema} rename to public;`"
            ),
            Self::Encoding { encoding, database } => write!(
                f,
                "the encoding of {database} is {encoding} and must be UTF8: create the database with \
                 `create database … encoding 'UTF8' template template0;`"
            ),
            Self::ReadOnly { is_standby: true, .. } => {
                f.write_str("it is a standby, which is read-only: connect to the primary server")
            }
            Self::ReadOnly { role, database, .. } => write!(
                f,
                "it is read-only: run `alter database {database} reset default_transaction_read_only;`, \
                 and the same for role {role} and the server's configuration if they set it"
            ),
            Self::Connections { allowed, role } => write!(
                f,
                "it allows {allowed} connections, and {MIN_CONNECTIONS} are needed for each server: \
                 raise max_connections, or the limit of the database or the role \
                 (`alter role {role} connection limit -1;`)"
            ),
            Self::Pooler => f.write_str(
            "a connection pooler such as PgBouncer answers there, which passes on neither replication \
                 nor notifications: connect to Postgres itself, usually on port 5432",
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
    max_slots: i32,
    max_senders: i32,
    role: String,
    database: String,
    may_replicate: bool,
    may_create_in_database: bool,
    may_create_in_schema: bool,
    has_public_schema: bool,
    /// Whether tables without a schema's name are those of `public`.
    uses_public_schema: bool,
    /// The schema with the tables, if it isn't `public`.
    other_schema: Option<String>,
    encoding: String,
    is_read_only: bool,
    is_standby: bool,
    /// The value of [`PROBE`] that arrived.
    probe: String,
    /// How many connections the role may have to this database.
    allowed_connections: i32,
}

impl ServerProperties {
    fn missing_requirements(self) -> Vec<MissingRequirement> {
        use MissingRequirement::{
            Connections, CreateInDatabase, CreateInSchema, Disabled, Encoding, NoPublicSchema,
            OtherSchema, Pooler, ReadOnly, Replication, SearchPath, Version, WalLevel,
        };

        let major = u32::try_from(self.version / 10_000).unwrap_or(0);
        let Self { role, database, is_standby, allowed_connections: allowed, .. } = self;
        [
            (self.probe != PROBE.1).then_some(Pooler),
            (major < MIN_MAJOR_VERSION).then_some(Version { major }),
            self.is_read_only.then(|| ReadOnly {
                is_standby,
                role: role.clone(),
                database: database.clone(),
            }),
            (self.encoding != "UTF8")
                .then(|| Encoding { encoding: self.encoding, database: database.clone() }),
            (self.wal_level != "logical").then_some(WalLevel { current: self.wal_level }),
            (self.max_slots == 0).then_some(Disabled { setting: "max_replication_slots" }),
            (self.max_senders == 0).then_some(Disabled { setting: "max_wal_senders" }),
            (!self.may_replicate).then(|| Replication { role: role.clone() }),
            (!self.may_create_in_database)
                .then(|| CreateInDatabase { role: role.clone(), database: database.clone() }),
            (self.has_public_schema && !self.uses_public_schema)
                .then(|| SearchPath { role: role.clone(), database }),
            (!self.has_public_schema).then_some(NoPublicSchema),
            (self.has_public_schema && !self.may_create_in_schema)
                .then(|| CreateInSchema { role: role.clone() }),
            self.other_schema.map(|schema| OtherSchema { schema }),
            (allowed < MIN_CONNECTIONS).then_some(Connections { allowed, role }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Connects, and checks that the server meets all requirements. Returns how many connections the role
/// may have.
///
/// # Errors
/// [`DatabaseError::Connect`] when the server doesn't answer within 10 s or refuses the connection,
/// [`DatabaseError::Requirements`] with every requirement that isn't met.
pub async fn check(endpoint: &Endpoint) -> Result<i32, DatabaseError> {
    let connect_error = |reason| DatabaseError::Connect { endpoint: endpoint.clone(), reason };
    check_password(endpoint).map_err(|reason| connect_error(reason.to_owned()))?;
    let properties = tokio::time::timeout(CONNECT_TIMEOUT, read_properties(endpoint))
        .await
        .map_err(|_| connect_error(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| {
            if is_refused_by_pooler(&error) {
                let missing = vec![MissingRequirement::Pooler];
                return DatabaseError::Requirements { endpoint: endpoint.clone(), missing };
            }
            connect_error(describe(error))
        })?;
    let allowed = properties.allowed_connections;
    let missing = properties.missing_requirements();
    if missing.is_empty() {
        return Ok(allowed);
    }
    Err(DatabaseError::Requirements { endpoint: endpoint.clone(), missing })
}

/// A password that both clients send alike. sqlx prepares it as SCRAM demands (`SASLprep`, RFC 4013); the
/// replication client sends it as it is.
fn check_password(endpoint: &Endpoint) -> Result<(), &'static str> {
    let Some(password) = &endpoint.password else { return Ok(()) };
    match stringprep::saslprep(password) {
        Ok(prepared) if prepared == *password => Ok(()),
        _ => Err(
            "the password has characters that are written in more than one way: choose one of ASCII \
             characters (`alter role … password …`)",
        ),
    }
}

/// `PgBouncer` refuses a connection with session settings, unless it is configured to ignore them.
fn is_refused_by_pooler(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.code().as_deref() == Some("08P01") && error.message().contains("startup parameter")
    })
}

async fn read_properties(endpoint: &Endpoint) -> Result<ServerProperties, sqlx::Error> {
    let options = endpoint.connect_options().options([PROBE]);
    let mut connection = options.connect().await?;
    let properties = sqlx::query_as(
        "select current_setting('server_version_num')::int as version,
                current_setting('wal_level') as wal_level,
                current_setting('max_replication_slots')::int as max_slots,
                current_setting('max_wal_senders')::int as max_senders,
                quote_ident(current_user) as role,
                quote_ident(current_database()) as database,
                exists (select from pg_roles
                        where rolname = current_user and (rolreplication or rolsuper))
                or exists (select from pg_roles
                           where rolname = 'rds_replication'
                             and pg_has_role(current_user, oid, 'member')) as may_replicate,
                has_database_privilege(current_database(), 'create') as may_create_in_database,
                coalesce((select has_schema_privilege(oid, 'create') from pg_namespace
                           where nspname = 'public'), false) as may_create_in_schema,
                exists (select from pg_namespace where nspname = 'public') as has_public_schema,
                coalesce(current_schema() = 'public', false) as uses_public_schema,
                (select quote_ident(nspname) from pg_class
                   join pg_namespace n on n.oid = relnamespace
                  where relname = 'cdc_state' and relkind = 'r' and nspname <> 'public'
                    and to_regclass('public.cdc_state') is null
                  limit 1) as other_schema,
                (select pg_encoding_to_char(encoding) from pg_database
                  where datname = current_database()) as encoding,
                current_setting('transaction_read_only')::bool as is_read_only,
                pg_is_in_recovery() as is_standby,
                coalesce(current_setting($1, true), '') as probe,
                least(
                    current_setting('max_connections')::int
                        - current_setting('superuser_reserved_connections')::int
                        -- Since Postgres 16.
                        - coalesce(current_setting('reserved_connections', true), '0')::int,
                    (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
                    (select nullif(datconnlimit, -1) from pg_database
                      where datname = current_database())
                ) as allowed_connections",
    )
    .bind(PROBE.0)
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
            max_slots: 0,
            max_senders: 0,
            role: "ada".to_owned(),
            database: "\"my data\"".to_owned(),
            may_replicate: false,
            may_create_in_database: false,
            may_create_in_schema: false,
            has_public_schema: true,
            uses_public_schema: false,
            other_schema: Some("\"my schema\"".to_owned()),
            encoding: "LATIN1".to_owned(),
            is_read_only: true,
            is_standby: false,
            probe: String::new(),
            allowed_connections: 3,
        };
        let lines = format_list(&properties.missing_requirements());
        for remedy in [
            "it is Postgres 13; version 14 or newer is required",
            "alter system set wal_level = 'logical';",
            "alter system set max_replication_slots = 10;",
            "alter system set max_wal_senders = 10;",
            "alter role ada replication;",
            "grant create on database \"my data\" to ada;",
            "grant create on schema public to ada;",
            "alter role ada in database \"my data\" set search_path = public;",
            "a connection pooler such as PgBouncer",
            "alter schema \"my schema\" rename to public;",
            "the encoding of \"my data\" is LATIN1 and must be UTF8",
            "alter database \"my data\" reset default_transaction_read_only;",
            "it allows 3 connections, and 10 are needed",
        ] {
            assert!(lines.contains(remedy), "{remedy} is not in {lines}");
        }
    }

    #[test]
    fn password_that_sasl_prepares_differently_is_refused() {
        let endpoint = |password: &str| Endpoint {
            password: Some(password.to_owned()),
            ..Endpoint::parse("postgres://a@b/c").unwrap()
        };
        for accepted in ["s3cret", "pässwörd", "日本"] {
            assert_eq!(check_password(&endpoint(accepted)), Ok(()), "{accepted}");
        }
        // A ligature, a combining character, a no-break space, a soft hyphen.
        for refused in ["\u{fb01}sh", "pa\u{308}ss", "a\u{a0}b", "a\u{ad}b"] {
            assert!(check_password(&endpoint(refused)).is_err(), "{refused:?}");
        }
    }
}
