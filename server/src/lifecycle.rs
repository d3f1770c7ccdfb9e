//! From the configuration to a running server, and down again without losing anything.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::database::{OpenDatabase, OpenError};
use crate::demo::{self, DemoError};
use crate::listener::{self, DeadlineListener};
use crate::router;
use crate::system;
use activity::log::LogError;
use activity::{ActivityBus, log, tail};
use api::{self, Api};
use cdc::{self, CdcError};
use db::clock::Clock;
use stream::presence::Presence;
use stream::{self, Streams};

/// How long requests and streams may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How long the worker and the tail may take after that.
const WIND_DOWN: Duration = Duration::from_secs(2);

/// Why the server doesn't start, in a sentence for the person who starts it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The replication slot can't be had.
    #[error(transparent)]
    Cdc(#[from] CdcError),
    /// The demo workspace can't be made.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The address is taken or not ours.
    #[error(
        "can't listen on {address}: {source}; stop what listens there or set ADDRESS to another address"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running server: REST, pages, streams, and the CDC worker or its stand-by.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accounts: Vec<demo::Account>,
    database: OpenDatabase,
    /// Takes no more connections.
    close: CancellationToken,
    /// Ends what feeds the streams; after them.
    halt: CancellationToken,
    tasks: TaskTracker,
    streams: Streams,
    http: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Opens the database and starts to serve.
    ///
    /// # Errors
    /// See [`StartError`]. Nothing is left running.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let database = OpenDatabase::open(&config.database).await?;
        Self::start_on(database, config, stream::Settings::default()).await
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
        let prepared = Prepared::new(&database.database, &config).await;
        match prepared {
            Ok(prepared) => Ok(prepared.run(database, &config, streams)),
            Err(error) => {
                close(database).await;
                Err(error)
            }
        }
    }

    /// Where it listens; with the port that was given to it.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The demo workspace's accounts; none without one.
    #[must_use]
    pub fn accounts(&self) -> &[demo::Account] {
        &self.accounts
    }

    /// How many streams are open on this node.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.streams.open()
    }

    /// Ends streams with `draining`, lets requests finish, then stops the worker and the database.
    pub async fn stop(mut self) {
        self.streams.drain();
        self.close.cancel();
        if tokio::time::timeout(DRAIN, &mut self.http).await.is_err() {
            warn!("Some connections didn't end in time and were cut off");
            self.http.abort();
        }
        self.halt.cancel();
        self.tasks.close();
        if tokio::time::timeout(WIND_DOWN, self.tasks.wait()).await.is_err() {
            warn!("A background task didn't end in time");
        }
        close(self.database).await;
    }
}

/// Nobody is left to be told but the log.
async fn close(database: OpenDatabase) {
    if let Err(error) = database.close().await {
        error!(%error, "The database didn't stop in order");
    }
}

/// What can fail, before anything is started.
struct Prepared {
    listener: TcpListener,
    address: SocketAddr,
    accounts: Vec<demo::Account>,
    head: contract::Cursor,
}

impl Prepared {
    async fn new(database: &db::Database, config: &Config) -> Result<Self, StartError> {
        let clock = Clock::system();
        // Before anything can change: what is committed without a slot is never told.
        cdc::ensure_slot(&database.endpoint, &database.pool).await?;
        let accounts = match config.demo {
            true => demo::seed(&database.pool, &clock).await?,
            false => Vec::new(),
        };
        let head = log::head(&database.pool).await?;
        let listen = async {
            let listener = listener::bind(config.address)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listen
            .await
            .map_err(|source| StartError::Listen { address: config.address, source })?;
        Ok(Self { listener, address, accounts, head })
    }

    fn run(self, open: OpenDatabase, config: &Config, settings: stream::Settings) -> Server {
        let Self { listener, address, accounts, head } = self;
        let (close, halt, tasks) =
            (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        let database = &open.database;
        let (pool, background_pool) = (database.pool.clone(), database.background_pool.clone());

        let (health_sender, health) = cdc::health();
        tasks.spawn(cdc::run(
            database.endpoint.clone(),
            background_pool.clone(),
            health_sender,
            config.retention(),
            halt.clone(),
        ));

        let bus = ActivityBus::new();
        let (presence, node) = (Presence::default(), system::Node::listening_on(address));
        let streams = Streams::new(
            pool.clone(),
            background_pool.clone(),
            presence.clone(),
            health.subscribe(),
            settings,
        );
        tasks.spawn(streams.clone().run(bus.follow(), head, halt.clone()));
        tasks.spawn(presence.run(pool.clone(), node.id, halt.clone()));
        tasks.spawn(system::tell(
            node,
            background_pool.clone(),
            health.clone(),
            streams.clone(),
            halt.clone(),
        ));
        tasks.spawn(tail::run(background_pool.clone(), bus, head, halt.clone()));

        let api = Api {
            pool,
            clock: Clock::system(),
            settings: api::Settings { secure: config.is_secure() },
        };
        let router = router::router(api, streams.clone(), health, node.id, config);
        let write_deadline = settings.write_deadline;
        let listener = DeadlineListener { listener, write_deadline };
        let serve = axum::serve(listener, router)
            .with_graceful_shutdown(close.clone().cancelled_owned())
            .into_future();
        let http = tokio::spawn(serve);
        info!(%address, "Tributary is listening on http://{address}");
        Server { address, accounts, database: open, close, halt, tasks, streams, http }
    }
}

#[cfg(test)]
mod tests;
