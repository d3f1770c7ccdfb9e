//! How a response travels from the server's page to the browser.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use contract::ApiError;

/// The JSON of a response, embedded in the page that the server renders. Empty in the browser,
/// which keeps the response itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SsrPayload(String);

impl SsrPayload {
    /// Encodes a response on the server.
    pub(super) fn new(response: &Result<impl Serialize, ApiError>) -> Self {
        if cfg!(feature = "ssr") {
            Self(
                serde_json::to_string(response).expect("responses are plain data with string keys"),
            )
        } else {
            Self::default()
        }
    }

    /// Decodes it in the browser. `None` when another release with another format has encoded it.
    pub(super) fn response<T: DeserializeOwned>(&self) -> Option<Result<T, ApiError>> {
        serde_json::from_str(&self.0).ok()
    }
}

impl fmt::Display for SsrPayload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for SsrPayload {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Runs the fetches of a query and tells `<Suspense>` about them. Its type doesn't depend on the
/// query's, so the browser has this code once instead of once per query.
pub(super) type SsrResource = Resource<SsrPayload, FromToStringCodec>;

/// A fetch in flight.
pub(super) type PendingFetch = Pin<Box<dyn Future<Output = SsrPayload> + Send>>;

/// Calls `fetch` once, and again whenever `select` returns something else. `select` is tracked.
#[track_caller]
pub(super) fn ssr_resource(
    select: Box<dyn Fn() -> (u64, u64) + Send + Sync>,
    fetch: Box<dyn Fn() -> PendingFetch + Send + Sync>,
) -> SsrResource {
    Resource::new_str(select, move |_| fetch())
}
