//! Requests to the provider. They are blocking, have limits of time and size, and follow no redirect: only
//! addresses in the provider's own configuration are asked.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::url::{ParseError, Url};
use openidconnect::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, http};

use super::settings::Reach;

/// How long a request may take, from the look-up of the host to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The longest answer that is read. Configurations and key sets have some kilobytes.
const MAX_ANSWER_BYTES: u64 = 256 * 1024;

/// A client of the provider.
#[derive(Clone, Debug)]
pub(super) struct HttpClient {
    agent: Agent,
    reach: Reach,
}

/// Why the provider can't be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The connection or the answer failed.
    #[error("{0}")]
    Request(#[from] ureq::Error),
    /// The provider names an address that would be asked in clear, or isn't one.
    #[error("an address of the provider isn't https")]
    Insecure,
    /// The provider names something that isn't an address.
    #[error("an address of the provider is invalid: {0}")]
    Address(#[from] ParseError),
}

impl HttpClient {
    pub(super) fn new(reach: Reach) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::from(system_certificates()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent("Tributary");
        let config = match reach {
            Reach::Https => config,
            // A proxy in the environment doesn't reach this machine's own addresses.
            Reach::ThisMachine => config.proxy(None),
        };
        Self { agent: config.build().into(), reach }
    }
}

/// Returns the authorities that the system trusts.
fn system_certificates() -> Vec<Certificate<'static>> {
    let loaded = rustls_native_certs::load_native_certs();
    loaded.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
}

impl SyncHttpClient for HttpClient {
    type Error = HttpError;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if !self.reach.includes(&Url::parse(&request.uri().to_string())?) {
            return Err(HttpError::Insecure);
        }
        let (head, body) = request.into_parts();
        let mut response = match body.is_empty() {
            true => self.agent.run(http::Request::from_parts(head, ()))?,
            false => self.agent.run(http::Request::from_parts(head, body))?,
        };
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
        Ok(response.map(|_| body))
    }
}
