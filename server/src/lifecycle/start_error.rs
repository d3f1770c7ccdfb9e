//! The reasons why the server doesn't start.

use std::net::SocketAddr;

use crate::database::OpenError;
use crate::demo::DemoError;
use crate::exposure::ExposureError;
use activity::log::LogError;
use api::auth::oidc::InvalidOidcSettings;
use cdc::CdcError;
use mail::InvalidSmtpUrl;

/// Why the server doesn't start, as a sentence for the person who starts it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database can't be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The replication slot can't be created.
    #[error(transparent)]
    Cdc(#[from] CdcError),
    /// The demo workspace can't be created.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The server would be reachable without protection.
    #[error(transparent)]
    Exposure(#[from] ExposureError),
    /// The mail server's address is invalid.
    #[error("SMTP_URL is invalid: {0}")]
    Mail(#[from] InvalidSmtpUrl),
    /// The settings of the OpenID provider are incomplete or invalid.
    #[error(transparent)]
    Oidc(#[from] InvalidOidcSettings),
    /// The database's clock can't be read.
    #[error("can't read the database's clock: {0}")]
    Clock(#[source] sqlx::Error),
    /// The instance's id or key can't be read.
    #[error("can't read which instance this is: {0}")]
    Instance(#[source] sqlx::Error),
    /// The threads that render pages can't be started.
    #[error(
        "can't start the threads that render pages: {0}; raise the limit of processes (ulimit -u)"
    )]
    PageRenderer(#[source] std::io::Error),
    /// An address can't be bound.
    #[error(
        "can't listen on {address}: {source}; stop what listens there or set {setting} to another address"
    )]
    Listen {
        /// The setting with the address.
        setting: &'static str,
        /// The configured address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
}
