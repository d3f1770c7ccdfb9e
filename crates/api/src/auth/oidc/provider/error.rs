//! Failures of the provider.

use openidconnect::RequestTokenError;
use openidconnect::core::CoreRequestTokenError;

use super::super::http_client::HttpError;
use crate::blocking_gate::GateError;

/// Why the provider doesn't sign somebody in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It can't be asked, or its answer can't be used.
    #[error("the OpenID provider can't be used: {0}")]
    Unreachable(String),
    /// It refuses, or what it sends proves nothing.
    #[error("the OpenID provider's answer is refused: {0}")]
    Refused(String),
    /// Too many people wait for it.
    #[error("{0}")]
    Gate(#[from] GateError),
}

/// Tells a refusal of the provider from an answer that can't be used. Of a refusal only the code is kept,
/// as its description may contain anything.
pub(super) fn refusal(error: CoreRequestTokenError<HttpError>) -> ProviderError {
    match &error {
        RequestTokenError::ServerResponse(response) => {
            ProviderError::Refused(response.error().as_ref().to_owned())
        }
        _ => ProviderError::Unreachable(with_sources(&error)),
    }
}

/// Returns the error and its causes. They name addresses, statuses and fields, but contain no secret.
pub(super) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
