//! Starts and stops the server.
//!
//! **Start.** What can fail comes first ([`Prepared::new`]): open the database and migrate it, create
//! the replication slot before anything is written, fill the demo workspace, read the head of the
//! log, listen on the address. Then the tasks start ([`Prepared::run`]), those that consume before those
//! that produce: the CDC worker, the streams and their presence, the node's report of itself, the
//! tail of the log, and last the HTTP server.
//!
//! **Stop** ([`Server::stop`]). In the opposite order: close the streams, take no more connections
//! and let the open requests finish, stop the tasks, close the database. Each step has a timeout, so
//! that a stop takes at most [`DRAIN_TIMEOUT`] and [`TASK_TIMEOUT`] plus the time of the database.

mod prepared;
mod start_error;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use self::prepared::Prepared;
pub use self::start_error::StartError;
use crate::background_tasks::BackgroundTasks;
use crate::config::Config;
use crate::database::OpenDatabase;
use crate::demo;
use crate::exposure;
use crate::http_server::{self, serve};
use crate::load_history::LoadHistory;
use crate::monitoring;
use crate::opened_by_root::PrivilegedSockets;
use crate::readiness::Readiness;
use crate::router;
use crate::system;
use api::auth::session::loader::SessionLoader;
use api::auth::write_limits::WriteLimits;
use api::limits::Limits;
use api::mail::Mail;
use api::public_origin::PublicOrigin;
use api::quotas::Quotas;
use api::{self, Api, ApiState};
#[cfg(test)]
use db::clock::Clock;
use mail::Mailer;
use stream::presence::Presence;
use stream::{self, Streams};

/// How long requests and streams may take to end after the server was told to stop. Then their connections
/// are closed.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may wait for a request, and a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the background tasks may take to end after that.
const TASK_TIMEOUT: Duration = Duration::from_secs(2);

/// A running server: REST, pages, streams, and the CDC worker.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    accounts: Vec<demo::Account>,
    database: OpenDatabase,
    /// Stops accepting connections.
    stop_http: CancellationToken,
    /// Stops the background tasks. Cancelled after HTTP has ended, because streams need them.
    stop_tasks: CancellationToken,
    tasks: TaskTracker,
    streams: Streams,
    http: JoinHandle<()>,
    /// The listener of the monitoring, if there is one.
    admin_http: Option<JoinHandle<()>>,
    #[cfg(test)]
    clock: Clock,
}

impl Server {
    /// The clock of this node, for tests that set it wrong.
    #[cfg(test)]
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Opens the database and starts to serve, also on the sockets that were bound before.
    ///
    /// # Errors
    /// See [`StartError`]. Nothing is left running.
    pub async fn start(config: Config, sockets: PrivilegedSockets) -> Result<Self, StartError> {
        exposure::check(&config)?;
        let database = OpenDatabase::open(&config.database).await?;
        let streams = config.streams();
        Self::start_with(database, config, sockets, streams).await
    }

    /// Starts to serve from an open database.
    ///
    /// # Errors
    /// See [`StartError`]. The database is closed then.
    pub async fn start_on(
        database: OpenDatabase,
        config: Config,
        streams: stream::Settings,
    ) -> Result<Self, StartError> {
        Self::start_with(database, config, PrivilegedSockets::default(), streams).await
    }

    async fn start_with(
        database: OpenDatabase,
        config: Config,
        sockets: PrivilegedSockets,
        streams: stream::Settings,
    ) -> Result<Self, StartError> {
        let prepared = Prepared::new(&database.database, &config, sockets).await;
        match prepared {
            Ok(prepared) => Ok(prepared.run(database, &config, streams)),
            Err(error) => {
                close(database).await;
                Err(error)
            }
        }
    }

    /// The address that the server listens on, with the actual port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for monitoring, with the actual port; none without `ADMIN_ADDRESS`.
    #[must_use]
    pub const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The accounts of the demo workspace; empty without one.
    #[must_use]
    pub fn accounts(&self) -> &[demo::Account] {
        &self.accounts
    }

    /// The number of streams that are open on this node.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.streams.open_count()
    }

    /// The streams of this node.
    #[cfg(test)]
    pub(crate) const fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Closes the streams with `draining`, lets open requests finish, stops the background tasks,
    /// and closes the database.
    pub async fn stop(self) {
        self.streams.begin_shutdown();
        self.stop_http.cancel();
        for http in [Some(self.http), self.admin_http].into_iter().flatten() {
            if let Err(error) = http.await {
                error!(%error, "The HTTP server failed");
            }
        }
        self.stop_tasks.cancel();
        self.tasks.close();
        if tokio::time::timeout(TASK_TIMEOUT, self.tasks.wait()).await.is_err() {
            warn!("Some background tasks didn't end in time");
        }
        close(self.database).await;
    }
}

/// Logs an error instead of returning it: the caller stops anyway.
async fn close(database: OpenDatabase) {
    if let Err(error) = database.close().await {
        error!(%error, "Can't stop the private Postgres cleanly");
    }
}

impl Prepared {
    fn run(self, open: OpenDatabase, config: &Config, settings: stream::Settings) -> Server {
        let Self {
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
        } = self;
        let (stop_http, stop_tasks, tasks) =
            (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        let database = &open.database;
        let (pool, background_pool) = (database.pool.clone(), database.background_pool.clone());

        let node_health = open.node_health();
        let background =
            BackgroundTasks::new(database, node_health.clone(), stop_tasks.clone(), tasks.clone());
        let (health_sender, health) = cdc::health_channel(clock.clone());
        background.start_cdc_worker(health_sender, config.retention());
        background.start_clock(clock.clone());
        let limits = Limits::new(&config.limits.limits);
        background.start_row_counts();
        background.start_member_looks();
        background.start_limits_sweep(&limits);
        let (presence, node) = (Presence::default(), system::Node::new(address));
        let stream_health = background.start_database_monitor(health.subscribe());
        let streams = Streams::new(
            pool.clone(),
            background_pool.clone(),
            presence.clone(),
            stream_health,
            settings,
        );
        background.start_streams(&streams, head);
        background.start_presence(&presence, node);
        background.start_reports(node, &health, &streams);
        let load = LoadHistory::default();
        background.start_load_history(&load, &health, &streams, &clock);

        let folder = match &mailer {
            Mailer::Folder(folder) => Some(folder.clone()),
            Mailer::Smtp(_) => None,
        };
        background.start_sweep(folder.clone(), clock.clone());
        let mail = Mail::new(folder);
        let origin = exposure::origin(config, address);
        background.start_mail(mailer, origin, mail.clone());

        #[cfg(test)]
        let clock_for_tests = clock.clone();
        let api = Api::new(ApiState {
            sessions: SessionLoader::new(pool.clone()),
            pool,
            clock,
            settings: api::Settings {
                secure: config.is_secure(),
                instance,
                quotas: Quotas::default(),
            },
            security_key,
            write_limits: WriteLimits::default(),
            limits,
            mail,
            provider,
            public_origin: config.public_url.as_deref().and_then(PublicOrigin::of_url),
        });
        let readiness =
            Readiness { pool: api.pool.clone(), health, streams: streams.clone(), node_health };
        let proxies = Arc::new(config.limits.proxies());
        let system = system::router(api.clone(), readiness.clone(), node.id, load);
        let router = router::router(
            api,
            streams.clone(),
            readiness.clone(),
            system,
            renderer,
            Arc::clone(&proxies),
            config,
        );
        let http_settings = http_server::Settings {
            head_timeout: HEAD_TIMEOUT,
            write_timeout: settings.write_timeout,
            max_connections_per_address: usize::try_from(config.limits.max_connections_per_address)
                .unwrap_or(usize::MAX),
            drain_timeout: DRAIN_TIMEOUT,
        };
        let serve = |listener, router| {
            let (proxies, stop) = (Arc::clone(&proxies), stop_http.clone());
            tokio::spawn(serve(listener, router, proxies, http_settings, stop))
        };
        let http = serve(listener, router);
        info!(%address, "Tributary is listening on http://{address}");
        let admin_address = admin.as_ref().map(|(_, address)| *address);
        let admin_http = admin.map(|(listener, address)| {
            info!(%address, "Metrics are on http://{address}/metrics");
            serve(listener, monitoring::admin_router(readiness))
        });
        Server {
            address,
            admin_address,
            accounts,
            database: open,
            stop_http,
            stop_tasks,
            tasks,
            streams,
            http,
            admin_http,
            #[cfg(test)]
            clock: clock_for_tests,
        }
    }
}

#[cfg(test)]
mod tests;
