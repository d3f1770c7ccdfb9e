//! The address of a Postgres database and the credentials for it.

use std::fmt;
use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// The settings of each session that queries depend on.
const SESSION_SETTINGS: [(&str, &str); 4] = [
    // A statement has to see what was committed while it waited for a lock.
    ("default_transaction_isolation", "read committed"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
];

/// Where a Postgres server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A host name or an IP address.
    Tcp(String),
    /// The folder of a Unix socket.
    Socket(PathBuf),
}

/// One database of one server, and the role to connect as.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub host: Host,
    /// The TCP port; for a socket, part of the socket file's name.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The role's password, when it needs one.
    pub password: Option<String>,
    /// The database's name.
    pub database: String,
}

/// Why a text can't be used as the address of a database. The texts complete a sentence that begins
/// with the name of the setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// The text isn't a Postgres URL.
    #[error("is not a Postgres URL: use postgres://user:password@host:5432/database")]
    Malformed,
    /// The URL requires TLS; the value is its `sslmode`.
    #[error("requires TLS (sslmode={0}), which this build doesn't support: use a local TLS proxy")]
    Tls(String),
    /// The URL has a parameter that would be ignored.
    #[error("has the unknown parameter {0:?}: remove it")]
    UnknownParameter(String),
}

impl Endpoint {
    /// Parses `postgres://user:password@host:port/database?parameter=value`. The parameters are
    /// those of libpq: `host` (also a socket's folder), `port`, `user`, `password`, `dbname`,
    /// `sslmode`.
    ///
    /// # Errors
    /// When the text is malformed or requires something that isn't supported.
    pub fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        use InvalidEndpoint::{Malformed, Tls, UnknownParameter};

        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(Malformed)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        let (host, port) = split_port(host).ok_or(Malformed)?;

        let mut host = decode(host).ok_or(Malformed)?;
        let mut port = port.map(str::to_owned);
        let mut user = decode(user).ok_or(Malformed)?;
        let mut password = password.map(|text| decode(text).ok_or(Malformed)).transpose()?;
        let mut database = decode(database).ok_or(Malformed)?;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(Malformed)?;
            let value = decode(value).ok_or(Malformed)?;
            match name {
                "host" => host = value,
                "port" => port = Some(value),
                "user" => user = value,
                "password" => password = Some(value),
                "dbname" => database = value,
                "sslmode" if matches!(value.as_str(), "disable" | "allow" | "prefer") => {}
                "sslmode" => return Err(Tls(value)),
                _ => return Err(UnknownParameter(name.to_owned())),
            }
        }

        let port = match port.as_deref() {
            None | Some("") => 5432,
            Some(digits) => digits.parse().map_err(|_| Malformed)?,
        };
        if user.is_empty() {
            user = variable("USER").unwrap_or_else(|| "postgres".to_owned());
        }
        // As libpq does. The replication connection doesn't read the environment itself.
        let password = password.filter(|text| !text.is_empty()).or_else(|| variable("PGPASSWORD"));
        if database.is_empty() {
            database.clone_from(&user);
        }
        let host = match host.as_str() {
            "" => Host::Tcp("localhost".to_owned()),
            path if path.starts_with('/') => Host::Socket(path.into()),
            _ => Host::Tcp(host),
        };
        Ok(Self { host, port, user, password, database })
    }

    /// The same server and role, with another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
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

    /// The options with which sqlx connects. Settings that an administrator gave the role or the
    /// database don't apply where queries depend on them, and no timeout is set.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .database(&self.database)
            .ssl_mode(PgSslMode::Disable)
            .application_name("tributary")
            .options(SESSION_SETTINGS);
        let options = match &self.host {
            Host::Tcp(name) => options.host(name),
            Host::Socket(folder) => options.socket(folder),
        };
        match &self.password {
            Some(password) => options.password(password),
            None => options,
        }
    }
}

/// An environment variable that isn't empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `host`, `host:port`, `[address]` or `[address]:port`.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let Some(rest) = authority.strip_prefix('[') else {
        return Some(match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        });
    };
    let (host, after) = rest.split_once(']')?;
    match after.strip_prefix(':') {
        Some(port) => Some((host, Some(port))),
        None => after.is_empty().then_some((host, None)),
    }
}

/// Decodes percent-encoding (RFC 3986, section 2.1).
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?,
            plain => plain,
        });
    }
    String::from_utf8(decoded).ok()
}

/// For logs and error texts: everything but the password.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, port, database, .. } = self;
        match &self.host {
            Host::Tcp(host) => write!(f, "{user}@{host}:{port}/{database}"),
            Host::Socket(folder) => write!(f, "{user}@{}:{port}/{database}", folder.display()),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16, user: &str, password: Option<&str>, database: &str) -> Endpoint {
        Endpoint {
            host: Host::Tcp(host.to_owned()),
            port,
            user: user.to_owned(),
            password: password.map(str::to_owned),
            database: database.to_owned(),
        }
    }

    #[test]
    fn missing_parts_of_a_url_have_defaults() {
        for (url, endpoint) in [
            ("postgres://ada@db", tcp("db", 5432, "ada", None, "ada")),
            ("postgresql://ada:pw@db:6000/x", tcp("db", 6000, "ada", Some("pw"), "x")),
            ("postgres://a%40b:p%2Fw%3A@[::1]:1/x%20y", tcp("::1", 1, "a@b", Some("p/w:"), "x y")),
            ("postgres://ada@/x", tcp("localhost", 5432, "ada", None, "x")),
            ("postgres://ada@db/x?sslmode=prefer&port=7", tcp("db", 7, "ada", None, "x")),
        ] {
            assert_eq!(Endpoint::parse(url), Ok(endpoint), "{url}");
        }
    }

    #[test]
    fn host_that_is_a_path_is_a_socket() {
        let socket = Host::Socket("/run/postgresql".into());
        for url in ["postgres://ada@%2Frun%2Fpostgresql/x", "postgres:///x?host=/run/postgresql"] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((&endpoint.host, endpoint.database.as_str()), (&socket, "x"), "{url}");
        }
    }

    #[test]
    fn unsupported_urls_are_refused() {
        use InvalidEndpoint::{Malformed, Tls, UnknownParameter};
        for (url, error) in [
            ("", Malformed),
            ("mysql://db/x", Malformed),
            ("postgres://db:port/x", Malformed),
            ("postgres://[::1/x", Malformed),
            ("postgres://%zz@db/x", Malformed),
            ("postgres://db/x?sslmode=require", Tls("require".to_owned())),
            ("postgres://db/x?pgbouncer=true", UnknownParameter("pgbouncer".to_owned())),
        ] {
            assert_eq!(Endpoint::parse(url), Err(error), "{url}");
        }
    }

    #[test]
    fn password_is_never_printed() {
        let endpoint = Endpoint::parse("postgres://ada:s3cret@db/x").unwrap();
        assert!(!format!("{endpoint} {endpoint:?}").contains("s3cret"));
    }
}
