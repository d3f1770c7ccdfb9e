//! The steps of a start that can fail.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::StartError;
use crate::config::Config;
use crate::demo;
use crate::exposure;
use crate::opened_by_root::PrivilegedSockets;
use crate::page_renderer::PageRenderer;
use activity::log;
use api::auth::cookie::InstanceId;
use api::auth::oidc::Provider;
use api::auth::password;
use api::security_log::SecurityKey;
use db::clock::Clock;
use mail::Mailer;

/// The results of all steps that can fail, before any task starts.
pub(super) struct Prepared {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
    pub(super) admin: Option<(TcpListener, SocketAddr)>,
    pub(super) accounts: Vec<demo::Account>,
    pub(super) head: contract::Cursor,
    pub(super) clock: Clock,
    pub(super) instance: InstanceId,
    pub(super) security_key: SecurityKey,
    pub(super) renderer: PageRenderer,
    pub(super) mailer: Mailer,
    pub(super) provider: Option<Provider>,
}

impl Prepared {
    pub(super) async fn new(
        database: &db::Database,
        config: &Config,
        mut sockets: PrivilegedSockets,
    ) -> Result<Self, StartError> {
        let mailer = config.mailer()?;
        let provider = config.oidc_settings()?.map(Provider::new);
        // Made before the first sign-in, which would take longer otherwise.
        tokio::task::spawn_blocking(password::warm_up);
        let clock = Clock::of_database(&database.pool).await.map_err(StartError::Clock)?;
        let instance = InstanceId::read(&database.pool).await.map_err(StartError::Instance)?;
        let security_key = SecurityKey::read(&database.pool).await;
        let security_key = security_key.map_err(StartError::Instance)?;
        // Before anything is written: changes that are committed without a slot never reach the log.
        cdc::ensure_slot(&database.endpoint, &database.pool).await?;
        let accounts = match config.demo {
            true => demo::seed(&database.pool, &clock).await?,
            false => Vec::new(),
        };
        if exposure::is_exposed(config) {
            demo::require_absent(&database.pool).await?;
        }
        let head = log::head(&database.pool).await?;
        let refused =
            |setting, address| move |source| StartError::Listen { setting, address, source };
        let (listener, address) =
            sockets.listen(config.address).map_err(refused("ADDRESS", config.address))?;
        let admin = match config.admin_address {
            Some(address) => {
                Some(sockets.listen(address).map_err(refused("ADMIN_ADDRESS", address))?)
            }
            None => None,
        };
        let renderer = PageRenderer::start().map_err(StartError::PageRenderer)?;
        Ok(Self {
            listener,
            address,
            admin,
            accounts,
            head,
            clock,
            instance,
            security_key,
            renderer,
            mailer,
            provider,
        })
    }
}
