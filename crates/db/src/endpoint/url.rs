//! Parses the URL of a database as libpq does, with libpq's environment variables for what it leaves out.

use super::unsupported::{self, Verdict};
use super::{Endpoint, EndpointSource, Host};
use crate::tls::{ClientCertificate, Roots, Tls, TlsMode};

/// Why a text can't be used as the address of a database. The texts complete a sentence that begins
/// with the name of the setting, and contain nothing of its value: a password that isn't percent-encoded
/// could be anywhere in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// The text isn't a Postgres URL.
    #[error("is not a Postgres URL: use postgres://user:password@host:5432/database")]
    Malformed,
    /// The port isn't one.
    #[error("has no valid port: use a number from 1 to 65535, there or in PGPORT")]
    Port,
    /// The URL lists several hosts.
    #[error("names several hosts: name one, the primary server")]
    SeveralHosts,
    /// The URL has a parameter that nobody knows.
    #[error(
        "has an unknown parameter: it may have host, port, user, password, dbname, sslmode, sslrootcert, \
         sslcert and sslkey; other characters than letters and digits in a password are written as %XX"
    )]
    UnknownParameter,
    /// libpq's parameter or variable of that name can't be honoured.
    #[error("can't be used with {0}, which queries and replication don't both support: remove it")]
    Unsupported(&'static str),
    /// The parameter or variable has no known mode.
    #[error("can't be used with this {0}: use disable, prefer, require or verify-full")]
    UnknownMode(&'static str),
    /// The mode `allow`.
    #[error("can't be used with {0}=allow, which isn't supported: use prefer or require")]
    Allow(&'static str),
    /// The mode `verify-ca`. sqlx trusts Mozilla's authorities besides those of the file.
    #[error(
        "can't be used with {0}=verify-ca, which isn't supported, because queries would accept the certificate \
         that a public authority gave anyone: use verify-full"
    )]
    VerifyCa(&'static str),
    /// Root certificates for a mode that doesn't verify.
    #[error(
        "can't be used with {0} and without verification: set sslmode=verify-full, or remove {0}"
    )]
    RootsWithoutVerification(&'static str),
    /// libpq's name for the authorities of the operating system.
    #[error(
        "can't be used with {0}=system: name a file, such as /etc/ssl/certs/ca-certificates.crt, or remove it \
         to trust Mozilla's list of authorities"
    )]
    SystemRoots(&'static str),
    /// TLS for a Unix socket.
    #[error("names a Unix socket, over which Postgres has no TLS: remove {0}")]
    TlsOverSocket(&'static str),
    /// A certificate without its key, or the other way around.
    #[error("can't be used with only one of sslcert and sslkey: set both")]
    HalfClientCertificate,
}

use InvalidEndpoint::{
    Allow, HalfClientCertificate, Malformed, Port, RootsWithoutVerification, SeveralHosts,
    SystemRoots, TlsOverSocket, UnknownMode, UnknownParameter, Unsupported, VerifyCa,
};

type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The parts of a URL. Empty ones count as missing.
#[derive(Default)]
struct Parts {
    host: String,
    port: String,
    user: String,
    password: String,
    database: String,
    ssl_mode: String,
    ssl_root_cert: String,
    ssl_cert: String,
    ssl_key: String,
}

pub(super) fn parse(
    setting: &'static str,
    url: &str,
    variables: Variables<'_>,
) -> Result<Endpoint, InvalidEndpoint> {
    let variable = |name| variables(name).filter(|value| !value.is_empty());
    let parts = split(url)?;
    if let Some(name) = unsupported::unsupported_variable(variables) {
        return Err(Unsupported(name));
    }
    let or_variable = |part: &String, name| match part.is_empty() {
        true => variable(name),
        false => Some(part.clone()),
    };

    let host = match or_variable(&parts.host, "PGHOST") {
        None => Host::Tcp("localhost".to_owned()),
        Some(list) if list.contains(',') => return Err(SeveralHosts),
        Some(path) if path.starts_with('/') => Host::Socket(path.into()),
        Some(name) => Host::Tcp(name),
    };
    let port = match or_variable(&parts.port, "PGPORT") {
        None => 5432,
        Some(digits) => digits.parse().ok().filter(|port| *port > 0).ok_or(Port)?,
    };
    let user = or_variable(&parts.user, "PGUSER")
        .or_else(|| variable("USER"))
        .unwrap_or_else(|| "postgres".to_owned());
    let password = or_variable(&parts.password, "PGPASSWORD");
    if password.is_none() && variable("PGPASSFILE").is_some() {
        return Err(Unsupported("PGPASSFILE"));
    }
    let database = or_variable(&parts.database, "PGDATABASE").unwrap_or_else(|| user.clone());
    let tls = tls(&parts, &host, &variable)?;
    let source = EndpointSource::Setting(setting);
    Ok(Endpoint { source, host, port, user, password, database, tls })
}

fn split(url: &str) -> Result<Parts, InvalidEndpoint> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or(Malformed)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let (host, port) = split_port(host).ok_or(Malformed)?;

    let part = |text| decode(text).ok_or(Malformed);
    let mut parts = Parts {
        host: part(host)?,
        port: port.to_owned(),
        user: part(user)?,
        password: part(password)?,
        database: part(database)?,
        ..Parts::default()
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(Malformed)?;
        let value = part(value)?;
        match name {
            "host" => parts.host = value,
            "port" => parts.port = value,
            "user" => parts.user = value,
            "password" => parts.password = value,
            "dbname" => parts.database = value,
            "sslmode" => parts.ssl_mode = value,
            "sslrootcert" => parts.ssl_root_cert = value,
            "sslcert" => parts.ssl_cert = value,
            "sslkey" => parts.ssl_key = value,
            _ => match unsupported::judge(name, &value) {
                Verdict::Harmless => {}
                Verdict::Unsupported(name) => return Err(Unsupported(name)),
                Verdict::Unknown => return Err(UnknownParameter),
            },
        }
    }
    Ok(parts)
}

/// A value, and the name of the parameter or variable that has it.
type Named = (String, &'static str);

/// Returns how the connections are protected.
///
/// Without a mode, TLS isn't tried over sockets and loopback, where nobody listens. Elsewhere it is required,
/// and with root certificates verified: a connection that is silently sent in clear helps nobody.
fn tls(
    parts: &Parts,
    host: &Host,
    variable: &dyn Fn(&'static str) -> Option<String>,
) -> Result<Tls, InvalidEndpoint> {
    let in_url = |part: &String, name| (!part.is_empty()).then(|| (part.clone(), name));
    let name = match host {
        Host::Tcp(name) => name,
        Host::Socket(_) => {
            // As with libpq, variables don't count here: they are set for all connections of a shell.
            let mode = in_url(&parts.ssl_mode, "sslmode")
                .filter(|(mode, _)| mode != "disable" && mode != "prefer");
            let unusable = mode
                .or_else(|| in_url(&parts.ssl_root_cert, "sslrootcert"))
                .or_else(|| in_url(&parts.ssl_cert, "sslcert"))
                .or_else(|| in_url(&parts.ssl_key, "sslkey"));
            return unusable.map_or(Ok(Tls::DISABLED), |(_, name)| Err(TlsOverSocket(name)));
        }
    };
    let either = |part: &String, parameter, variable_name| -> Option<Named> {
        in_url(part, parameter)
            .or_else(|| variable(variable_name).map(|value| (value, variable_name)))
    };
    let roots = either(&parts.ssl_root_cert, "sslrootcert", "PGSSLROOTCERT");
    let mode = match either(&parts.ssl_mode, "sslmode", "PGSSLMODE") {
        None if roots.is_some() => TlsMode::Verified(Roots::Mozilla),
        None if is_loopback(name) => TlsMode::Disabled,
        None => TlsMode::Required,
        Some((mode, name)) => match mode.as_str() {
            "disable" => TlsMode::Disabled,
            "prefer" => TlsMode::Preferred,
            "require" => TlsMode::Required,
            "verify-full" => TlsMode::Verified(Roots::Mozilla),
            "allow" => return Err(Allow(name)),
            "verify-ca" => return Err(VerifyCa(name)),
            _ => return Err(UnknownMode(name)),
        },
    };
    let mode = match (mode, roots) {
        (TlsMode::Verified(_), Some((file, name))) if file == "system" => {
            return Err(SystemRoots(name));
        }
        (TlsMode::Verified(_), Some((file, _))) => TlsMode::Verified(Roots::File(file.into())),
        (TlsMode::Disabled, Some((_, "PGSSLROOTCERT"))) => TlsMode::Disabled,
        (_, Some((_, name))) => return Err(RootsWithoutVerification(name)),
        (mode, None) => mode,
    };
    if mode == TlsMode::Disabled {
        return Ok(Tls::DISABLED);
    }
    let certificate = either(&parts.ssl_cert, "sslcert", "PGSSLCERT");
    let key = either(&parts.ssl_key, "sslkey", "PGSSLKEY");
    let client = match (certificate, key) {
        (Some((certificate, _)), Some((key, _))) => {
            Some(ClientCertificate { certificate: certificate.into(), key: key.into() })
        }
        (None, None) => None,
        _ => return Err(HalfClientCertificate),
    };
    Ok(Tls { mode, client })
}

/// Whether connections to that host don't leave the machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_address = host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}

/// `host`, `host:port`, `[address]` or `[address]:port`. The port is empty if there is none.
fn split_port(authority: &str) -> Option<(&str, &str)> {
    let Some(rest) = authority.strip_prefix('[') else {
        return Some(authority.split_once(':').unwrap_or((authority, "")));
    };
    let (host, after) = rest.split_once(']')?;
    match after.strip_prefix(':') {
        Some(port) => Some((host, port)),
        None => after.is_empty().then_some((host, "")),
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

#[cfg(test)]
mod tests;
