//! The address of a Postgres database and the credentials for it.
//!
//! Nothing of a configured address is ever printed: [`Endpoint`]'s texts name the setting that contains it,
//! and [`Endpoint::redactor`] removes its parts from the texts of others.

mod unsupported;
mod url;

use std::fmt;
use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

pub use self::url::InvalidEndpoint;
pub(crate) use self::url::is_loopback;
use crate::redaction::Redactor;
use crate::tls::{Roots, Tls, TlsMode};

/// The settings of each session that queries depend on.
const SESSION_SETTINGS: [(&str, &str); 4] = [
    // A statement has to see what was committed while it waited for a lock.
    ("default_transaction_isolation", "read committed"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
];

/// The host or socket on which a Postgres server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A host name or an IP address.
    Tcp(String),
    /// The folder of a Unix socket.
    Socket(PathBuf),
}

/// The origin of an endpoint. Messages name it instead of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointSource {
    /// The Postgres that the server runs itself.
    Private,
    /// The URL in the setting of that name.
    Setting(&'static str),
}

/// One database of one server, the role to connect as, and how connections are protected.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub source: EndpointSource,
    pub host: Host,
    /// The TCP port; for a socket, part of the socket file's name.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The role's password, when it needs one.
    pub password: Option<String>,
    /// The database's name.
    pub database: String,
    /// The protection of every connection, for queries and for replication alike.
    pub tls: Tls,
}

impl Endpoint {
    /// Creates a database of a private Postgres, which asks for no password.
    #[must_use]
    pub fn private(socket_dir: PathBuf, port: u16, user: String, database: &str) -> Self {
        Self {
            source: EndpointSource::Private,
            host: Host::Socket(socket_dir),
            port,
            user,
            password: None,
            database: database.to_owned(),
            tls: Tls::DISABLED,
        }
    }

    /// Parses `postgres://user:password@host:port/database?parameter=value`, the value of `setting`. What it
    /// leaves out is taken from libpq's environment variables.
    ///
    /// # Errors
    /// When the text is malformed, or it or a variable asks for something that isn't supported.
    pub fn parse(setting: &'static str, url: &str) -> Result<Self, InvalidEndpoint> {
        url::parse(setting, url, &|name| std::env::var(name).ok())
    }

    /// Returns the same server and role, with another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// Returns a redactor that removes the address and the credentials from messages of libraries and Postgres.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        match self.source {
            EndpointSource::Private => Redactor::default(),
            EndpointSource::Setting(_) => Redactor::for_endpoint(self),
        }
    }

    /// Whether others could read what isn't encrypted on its way.
    #[must_use]
    pub fn leaves_machine(&self) -> bool {
        matches!(&self.host, Host::Tcp(name) if !is_loopback(name))
    }

    /// Creates the database unless it exists, through a connection to the database `postgres`.
    ///
    /// # Errors
    /// When the server can't be reached, or refuses to create it.
    pub async fn create_database(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.with_database("postgres").connect_options().connect().await?;
        let statement: Option<String> = sqlx::query_scalar(
            "select format('create database %I', $1)
             where not exists (select from pg_database where datname = $1)",
        )
        .bind(&self.database)
        .fetch_optional(&mut connection)
        .await?;
        if let Some(statement) = statement {
            // The name is quoted by Postgres' own `format`.
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        connection.close().await
    }

    /// Returns the options with which sqlx connects. Settings that an administrator gave the role or
    /// the database don't apply where queries depend on them, and no timeout is set.
    ///
    /// sqlx reads libpq's variables. All that [`Self::parse`] takes from them is overwritten here with the
    /// same values; the rest is [`environment_options`].
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .database(&self.database)
            .application_name("tributary")
            .options(SESSION_SETTINGS);
        let options = match &self.host {
            Host::Tcp(name) => options.host(name),
            Host::Socket(folder) => options.socket(folder),
        };
        let options = match &self.password {
            Some(password) => options.password(password),
            None => options,
        };
        let options = match &self.tls.mode {
            TlsMode::Disabled => options.ssl_mode(PgSslMode::Disable),
            TlsMode::Preferred => options.ssl_mode(PgSslMode::Prefer),
            TlsMode::Required => options.ssl_mode(PgSslMode::Require),
            TlsMode::Verified(roots) => {
                let options = options.ssl_mode(PgSslMode::VerifyFull);
                match roots {
                    // Nothing besides sqlx's own list, which is Mozilla's.
                    Roots::Mozilla => options.ssl_root_cert_from_pem(Vec::new()),
                    Roots::File(path) => options.ssl_root_cert(path),
                }
            }
        };
        match &self.tls.client {
            Some(client) => {
                options.ssl_client_cert(&client.certificate).ssl_client_key(&client.key)
            }
            None => options,
        }
    }
}

/// Returns the session settings in `PGOPTIONS`, such as `-c work_mem=64MB`. sqlx sends them by itself,
/// so the replication connection has to send them too.
#[must_use]
pub fn environment_options() -> Option<String> {
    std::env::var("PGOPTIONS").ok().filter(|options| !options.trim().is_empty())
}

/// The text that messages have instead of the address.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            EndpointSource::Private => f.write_str("the private Postgres"),
            EndpointSource::Setting(name) => write!(f, "the Postgres server in {name}"),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}
