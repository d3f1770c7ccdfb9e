//! Reading on the server for the browser.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use contract::ApiError;

/// What the page that the server renders carries of an answer: its JSON. Nothing where the browser
/// read it, which has it then.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Carried(String);

impl Carried {
    /// An answer on its way to the browser.
    pub(super) fn of(answer: &Result<impl Serialize, ApiError>) -> Self {
        if cfg!(feature = "ssr") {
            Self(serde_json::to_string(answer).expect("answers are plain data with string keys"))
        } else {
            Self::default()
        }
    }

    /// The answer that was carried. `None` where another release wrote it.
    pub(super) fn answer<T: DeserializeOwned>(&self) -> Option<Result<T, ApiError>> {
        serde_json::from_str(&self.0).ok()
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Carried {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Loads on the server, and tells `<Suspense>` what is under way. It doesn't know what is read, so
/// that its code is there once for all queries.
pub(super) type Reading = Resource<Carried, FromToStringCodec>;

/// A read on its way.
pub(super) type UnderWay = Pin<Box<dyn Future<Output = Carried> + Send>>;

/// Reads once, and again whenever `asked` gives something else.
#[track_caller]
pub(super) fn reading(
    asked: Box<dyn Fn() -> (u64, u64) + Send + Sync>,
    read: Box<dyn Fn() -> UnderWay + Send + Sync>,
) -> Reading {
    Resource::new_str(asked, move |_| read())
}
