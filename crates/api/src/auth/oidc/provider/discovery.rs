//! The provider's configuration and keys (OpenID Connect Discovery 1.0): reads them when they are first
//! needed, and keeps them for [`CACHED_FOR`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::CoreProviderMetadata;

use super::super::http_client::HttpError;
use super::error::with_sources;
use super::{Provider, ProviderError};

/// How long the configuration and the keys count before they are read again.
const CACHED_FOR: Duration = Duration::from_secs(60 * 60);

/// How long a provider that can't be reached isn't asked again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How often the keys are read again at most because a token names an unknown one.
const KEYS_INTERVAL: Duration = Duration::from_secs(60);

/// The cached state of the provider.
#[derive(Debug, Default)]
pub(super) struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    failed_at: Option<Instant>,
    keys_refreshed_at: Option<Instant>,
}

impl Provider {
    pub(super) async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut known = self.0.known.lock().await;
        match &known.metadata {
            Some((metadata, read_at)) if read_at.elapsed() < CACHED_FOR => Ok(metadata.clone()),
            _ => self.read_metadata(&mut known).await,
        }
    }

    /// Reads the keys again, unless that was done a moment ago: tokens with invented keys must not make
    /// the server ask the provider all the time.
    pub(super) async fn metadata_with_new_keys(
        &self,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut known = self.0.known.lock().await;
        if known.keys_refreshed_at.is_some_and(|at| at.elapsed() < KEYS_INTERVAL) {
            return Err(ProviderError::Refused("the token's key is unknown".to_owned()));
        }
        known.keys_refreshed_at = Some(Instant::now());
        self.read_metadata(&mut known).await
    }

    async fn read_metadata(
        &self,
        known: &mut Known,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        if known.failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) {
            let message = "it couldn't be reached a moment ago";
            return Err(ProviderError::Unreachable(message.to_owned()));
        }
        let (issuer, http) = (self.0.settings.issuer.clone(), self.0.http.clone());
        let reach = self.0.settings.reach;
        let read = self
            .ask(move || {
                let metadata = CoreProviderMetadata::discover(&issuer, &http)
                    .map_err(|error| ProviderError::Unreachable(with_sources(&error)))?;
                match reach.includes(metadata.authorization_endpoint().url()) {
                    true => Ok(metadata),
                    false => Err(ProviderError::Unreachable(HttpError::Insecure.to_string())),
                }
            })
            .await;
        known.failed_at = read.is_err().then(Instant::now);
        let metadata = Arc::new(read?);
        known.metadata = Some((metadata.clone(), Instant::now()));
        Ok(metadata)
    }
}
