//! The requirements for a Postgres server, and how an operator meets them.

mod missing;

use std::time::Duration;

use sqlx::{ConnectOptions, Connection};

pub use self::missing::MissingRequirement;
pub(crate) use self::missing::format_list;
use super::connect_error::describe;
use super::roles::RoleProperties;
use super::tls::TlsMode;
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

/// The use of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleUse {
    /// It migrates, and the server works with it.
    Everything,
    /// It owns the tables and migrates.
    Owner,
    /// The server works with it. The owner grants it what it needs.
    Runtime,
}

impl RoleUse {
    fn migrates(self) -> bool {
        self != Self::Runtime
    }

    fn serves(self) -> bool {
        self != Self::Owner
    }
}

/// The properties of a server that the requirements are about.
#[derive(Debug, sqlx::FromRow)]
struct ServerProperties {
    /// The role that is connected.
    role: String,
    /// Identifies the database, also among those of other servers.
    identity: String,
    version: i32,
    wal_level: String,
    max_slots: i32,
    max_senders: i32,
    may_replicate: bool,
    may_create_in_database: bool,
    may_create_in_schema: bool,
    may_use_schema: bool,
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
    /// Whether the connection is encrypted.
    is_encrypted: bool,
}

impl ServerProperties {
    fn missing_requirements(self, role_use: RoleUse) -> Vec<MissingRequirement> {
        use MissingRequirement::{
            Connections, CreateInDatabase, CreateInSchema, Disabled, Encoding, NoPublicSchema,
            OtherSchema, Pooler, ReadOnly, Replication, SearchPath, Version, WalLevel,
        };

        let major = u32::try_from(self.version / 10_000).unwrap_or(0);
        let Self { is_standby, allowed_connections: allowed, .. } = self;
        let (migrates, serves) = (role_use.migrates(), role_use.serves());
        // Without the right to use the schema it isn't on the path; the owner grants it.
        let uses_public_schema = self.uses_public_schema || !(migrates || self.may_use_schema);
        [
            (self.probe != PROBE.1).then_some(Pooler),
            (major < MIN_MAJOR_VERSION).then_some(Version { major }),
            self.is_read_only.then_some(ReadOnly { is_standby }),
            (self.encoding != "UTF8").then_some(Encoding { encoding: self.encoding }),
            (self.wal_level != "logical").then_some(WalLevel { current: self.wal_level }),
            (self.max_slots == 0).then_some(Disabled { setting: "max_replication_slots" }),
            (self.max_senders == 0).then_some(Disabled { setting: "max_wal_senders" }),
            (serves && !self.may_replicate).then_some(Replication),
            (migrates && !self.may_create_in_database).then_some(CreateInDatabase),
            (self.has_public_schema && !uses_public_schema).then_some(SearchPath),
            (!self.has_public_schema).then_some(NoPublicSchema),
            (migrates && self.has_public_schema && !self.may_create_in_schema)
                .then_some(CreateInSchema),
            self.other_schema.map(|schema| OtherSchema { schema }),
            (serves && allowed < MIN_CONNECTIONS).then_some(Connections { allowed }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A server that meets the requirements.
#[derive(Debug)]
pub struct CheckedServer {
    /// How to connect from now on. It is decided whether connections are encrypted.
    pub endpoint: Endpoint,
    /// How many connections the role may have.
    pub allowed_connections: i32,
    /// The name of the role.
    pub role: String,
    /// The permissions of the role beyond what the server needs.
    pub role_properties: RoleProperties,
    identity: String,
}

impl CheckedServer {
    /// Whether both are one database of one server.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

/// Connects, and checks that the server meets all requirements.
///
/// # Errors
/// [`DatabaseError::Connect`] when the server doesn't answer within 10 s or refuses the connection,
/// [`DatabaseError::Requirements`] with every requirement that isn't met.
pub async fn check(endpoint: &Endpoint, role_use: RoleUse) -> Result<CheckedServer, DatabaseError> {
    let connect_error = |reason| DatabaseError::Connect { endpoint: endpoint.clone(), reason };
    check_password(endpoint).map_err(|reason| connect_error(reason.to_owned()))?;
    endpoint.tls.check_files().map_err(|error| connect_error(error.to_string()))?;
    let (properties, role_properties) =
        tokio::time::timeout(CONNECT_TIMEOUT, read_properties(endpoint))
            .await
            .map_err(|_| {
                connect_error(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))
            })?
            .map_err(|error| {
                if is_refused_by_pooler(&error) {
                    let missing = vec![MissingRequirement::Pooler];
                    return DatabaseError::Requirements { endpoint: endpoint.clone(), missing };
                }
                connect_error(describe(&error, endpoint))
            })?;
    let (allowed_connections, is_encrypted) =
        (properties.allowed_connections, properties.is_encrypted);
    let (role, identity) = (properties.role.clone(), properties.identity.clone());
    let missing = properties.missing_requirements(role_use);
    if !missing.is_empty() {
        return Err(DatabaseError::Requirements { endpoint: endpoint.clone(), missing });
    }
    let endpoint = decide_encryption(endpoint, is_encrypted);
    Ok(CheckedServer { endpoint, allowed_connections, role, role_properties, identity })
}

/// Returns the endpoint of which every connection is encrypted, or none.
fn decide_encryption(endpoint: &Endpoint, is_encrypted: bool) -> Endpoint {
    let mut endpoint = endpoint.clone();
    if endpoint.tls.mode == TlsMode::Preferred {
        endpoint.tls.mode = if is_encrypted { TlsMode::Required } else { TlsMode::Disabled };
    }
    endpoint
}

/// Checks that both clients send the password alike. sqlx prepares it as SCRAM demands (`SASLprep`, RFC
/// 4013); the replication client sends it as it is.
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

async fn read_properties(
    endpoint: &Endpoint,
) -> Result<(ServerProperties, RoleProperties), sqlx::Error> {
    let options = endpoint.connect_options().options([PROBE]);
    let mut connection = options.connect().await?;
    let properties = sqlx::query_as(
        "select current_user::text as role,
                (select oid || '/' || pg_postmaster_start_time() from pg_database
                  where datname = current_database()) as identity,
                current_setting('server_version_num')::int as version,
                current_setting('wal_level') as wal_level,
                current_setting('max_replication_slots')::int as max_slots,
                current_setting('max_wal_senders')::int as max_senders,
                exists (select from pg_roles
                        where rolname = current_user and (rolreplication or rolsuper))
                or exists (select from pg_roles
                           where rolname = 'rds_replication'
                             and pg_has_role(current_user, oid, 'member')) as may_replicate,
                has_database_privilege(current_database(), 'create') as may_create_in_database,
                coalesce((select has_schema_privilege(oid, 'create') from pg_namespace
                           where nspname = 'public'), false) as may_create_in_schema,
                coalesce((select has_schema_privilege(oid, 'usage') from pg_namespace
                           where nspname = 'public'), false) as may_use_schema,
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
                ) as allowed_connections,
                coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)
                    as is_encrypted",
    )
    .bind(PROBE.0)
    .fetch_one(&mut connection)
    .await?;
    let role_properties = RoleProperties::read(&mut connection).await?;
    connection.close().await?;
    Ok((properties, role_properties))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferred_encryption_is_decided_for_all_later_connections() {
        let url =
            |query| Endpoint::parse("DATABASE_URL", &format!("postgres://db/x{query}")).unwrap();
        let decided = |query, is_encrypted| decide_encryption(&url(query), is_encrypted).tls.mode;
        assert!(decided("?sslmode=prefer", true) == TlsMode::Required);
        assert!(decided("?sslmode=prefer", false) == TlsMode::Disabled);
        assert!(decided("?sslmode=disable", true) == TlsMode::Disabled);
    }

    #[test]
    fn all_missing_requirements_are_listed_at_once() {
        let properties = || ServerProperties {
            role: "ada".to_owned(),
            identity: String::new(),
            version: 130_011,
            wal_level: "replica".to_owned(),
            max_slots: 0,
            max_senders: 0,
            may_replicate: false,
            may_create_in_database: false,
            may_create_in_schema: false,
            may_use_schema: true,
            has_public_schema: true,
            uses_public_schema: false,
            other_schema: Some("\"my schema\"".to_owned()),
            encoding: "LATIN1".to_owned(),
            is_read_only: true,
            is_standby: false,
            probe: String::new(),
            allowed_connections: 3,
            is_encrypted: false,
        };
        let lines = format_list(&properties().missing_requirements(RoleUse::Everything));
        for remedy in [
            "it is Postgres 13; version 14 or newer is required",
            "alter system set wal_level = 'logical';",
            "alter system set max_replication_slots = 10;",
            "alter system set max_wal_senders = 10;",
            "alter role ROLE replication;",
            "grant create on database DATABASE to ROLE;",
            "grant create on schema public to ROLE;",
            "alter role ROLE in database DATABASE set search_path = public;",
            "a connection pooler such as PgBouncer",
            "alter schema \"my schema\" rename to public;",
            "the encoding of the database is LATIN1 and must be UTF8",
            "alter database DATABASE reset default_transaction_read_only;",
            "it allows 3 connections, and 10 are needed",
        ] {
            assert!(lines.contains(remedy), "{remedy} is not in {lines}");
        }

        let owner = format_list(&properties().missing_requirements(RoleUse::Owner));
        let runtime = format_list(&properties().missing_requirements(RoleUse::Runtime));
        for remedy in ["grant create on database", "grant create on schema"] {
            assert!(owner.contains(remedy) && !runtime.contains(remedy), "{remedy}");
        }
        for remedy in ["alter role ROLE replication", "it allows 3 connections"] {
            assert!(runtime.contains(remedy) && !owner.contains(remedy), "{remedy}");
        }
    }

    #[test]
    fn password_that_sasl_prepares_differently_is_refused() {
        let endpoint = |password: &str| Endpoint {
            password: Some(password.to_owned()),
            ..Endpoint::parse("DATABASE_URL", "postgres://a@b/c").unwrap()
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
