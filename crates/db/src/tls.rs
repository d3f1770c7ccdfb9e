//! TLS of the connections to Postgres, for queries and for replication alike.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How connections are protected.
#[derive(Clone, PartialEq, Eq)]
pub struct Tls {
    pub mode: TlsMode,
    /// With what this side proves who it is, where the server asks for a certificate.
    pub client: Option<ClientCertificate>,
}

/// The required protection of a connection (libpq's `sslmode`).
#[derive(Clone, PartialEq, Eq)]
pub enum TlsMode {
    /// Plain (`disable`).
    Disabled,
    /// Encrypted if the server offers it (`prefer`). This is found out once, when the server starts
    /// ([`crate::requirements::check`]): no connection falls back to plain later.
    Preferred,
    /// Encrypted, whoever the server is (`require`).
    Required,
    /// Encrypted, and the server has a certificate for the host name of the URL (`verify-full`).
    Verified(Roots),
}

/// The authorities whose certificates are trusted.
#[derive(Clone, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's list of public authorities, as it was when the program was built.
    Mozilla,
    /// Those of a PEM file. sqlx trusts Mozilla's list too.
    File(PathBuf),
}

/// The files of a client certificate and of its key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why a file for TLS can't be used. The texts don't say which file, since that is part of the URL.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFile {
    /// It can't be read.
    #[error("the file in {parameter} can't be read: {source}")]
    Unreadable {
        /// The parameter of the URL that names the file.
        parameter: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// It has no certificate, or a broken one.
    #[error("the file in {0} has no certificates in PEM format (-----BEGIN CERTIFICATE-----)")]
    NoCertificate(&'static str),
    /// It has no key.
    #[error("the file in sslkey has no private key in PEM format without a password")]
    NoKey,
}

impl Tls {
    /// Plain connections.
    pub const DISABLED: Self = Self { mode: TlsMode::Disabled, client: None };

    /// Whether the server proves who it is.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self.mode, TlsMode::Verified(_))
    }

    /// Reads the files, so that a wrong one is found before anything connects.
    ///
    /// # Errors
    /// When a file can't be used.
    pub fn check_files(&self) -> Result<(), InvalidFile> {
        if let TlsMode::Verified(Roots::File(path)) = &self.mode {
            let mut store = RootCertStore::empty();
            for certificate in read_certificates(path, "sslrootcert")? {
                // sqlx refuses a file with one that can't be used; the replication client ignores it.
                store.add(certificate).map_err(|_| InvalidFile::NoCertificate("sslrootcert"))?;
            }
        }
        if let Some(client) = &self.client {
            read_certificates(&client.certificate, "sslcert")?;
            PrivateKeyDer::from_pem_file(&client.key).map_err(|error| match error {
                PemError::Io(source) => InvalidFile::Unreadable { parameter: "sslkey", source },
                _ => InvalidFile::NoKey,
            })?;
        }
        Ok(())
    }
}

fn read_certificates(
    path: &Path,
    parameter: &'static str,
) -> Result<Vec<CertificateDer<'static>>, InvalidFile> {
    let failed = |error| match error {
        PemError::Io(source) => InvalidFile::Unreadable { parameter, source },
        _ => InvalidFile::NoCertificate(parameter),
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    match certificates.is_empty() {
        true => Err(InvalidFile::NoCertificate(parameter)),
        false => Ok(certificates),
    }
}

/// For log lines and `tributary check`.
impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.mode {
            TlsMode::Disabled => "not encrypted",
            TlsMode::Preferred => "encrypted if the server offers it",
            TlsMode::Required => "encrypted, and the server isn't verified",
            TlsMode::Verified(_) => "encrypted, and the server is verified",
        })
    }
}

/// Without the files' paths, which are part of the URL.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({self})")
    }
}

/// Chooses ring for everything in this process that uses rustls with the process' default. Both ring and
/// aws-lc are compiled in, as the replication client enables both; rustls would refuse to choose.
///
/// To be called before the first connection. Further calls change nothing.
pub fn install_crypto_provider() {
    // An error says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
