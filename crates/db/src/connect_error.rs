//! Why a connection to Postgres fails, as a sentence that says what to do and nothing of the address.

use std::io;

use rustls::CertificateError;
use sqlx::error::DatabaseError;

use super::Endpoint;
use super::tls::{Roots, TlsMode};

/// Describes the error: the end of a sentence that begins with the server that can't be reached.
pub(super) fn describe(error: &sqlx::Error, endpoint: &Endpoint) -> String {
    let redactor = endpoint.redactor();
    let text = match error {
        sqlx::Error::Io(error) => match tls_error(error) {
            Some(error) => return describe_tls(error, endpoint),
            None => error.to_string(),
        },
        // sqlx's own, when the server answers that it has no TLS.
        sqlx::Error::Tls(error) if error.to_string() == "server does not support TLS" => {
            return "it has no TLS: set `ssl = on` there; or, on a network where nobody else listens, add \
                    sslmode=disable to send everything in clear"
                .to_owned();
        }
        sqlx::Error::Tls(error) => match error.downcast_ref() {
            Some(error) => return describe_tls(error, endpoint),
            None => format!("TLS failed: {error}"),
        },
        sqlx::Error::Database(error) => match describe_refusal(&**error, endpoint) {
            Some(text) => return text,
            None => error.message().to_owned(),
        },
        other => other.to_string(),
    };
    redactor.redact(&text).into_owned()
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn describe_tls(error: &rustls::Error, endpoint: &Endpoint) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, UnknownIssuer,
    };

    let from_file = matches!(endpoint.tls.mode, TlsMode::Verified(Roots::File(_)));
    match error {
        rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature) if from_file => {
            "its certificate isn't signed by an authority in the file sslrootcert".to_owned()
        }
        rustls::Error::InvalidCertificate(UnknownIssuer) => {
            "its certificate isn't signed by a public authority: name the file with the certificate of \
             its authority with sslrootcert"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "its certificate is for other host names than the one in the URL: use one of those, or give \
             it a certificate with this name as subjectAltName"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "its certificate has expired".to_owned()
        }
        rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => {
            "its certificate isn't valid yet: check the clocks".to_owned()
        }
        other => format!("TLS failed: {}", endpoint.redactor().redact(&other.to_string())),
    }
}

/// Describes refusals that name the role or the database (Postgres, appendix A).
fn describe_refusal(error: &dyn DatabaseError, endpoint: &Endpoint) -> Option<String> {
    Some(match error.code().as_deref()? {
        "28P01" if endpoint.password.is_none() => {
            "it asks for a password, and there is none, neither in the URL nor in PGPASSWORD"
                .to_owned()
        }
        "28P01" => "the password or the role is wrong".to_owned(),
        "28000" => format!(
            "it refuses this role, database and address; its log says why, and pg_hba.conf decides. The \
             connection is {}",
            endpoint.tls
        ),
        "3D000" => "the database doesn't exist: create it with `create database`".to_owned(),
        _ => return None,
    })
}
