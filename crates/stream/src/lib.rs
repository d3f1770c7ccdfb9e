//! The streams: `GET /me/stream` sends a user's changes, from a cursor on and then live, and
//! `GET /organizations/{id}/sync/stream` the changes of one organization's resources.
//!
//! An activity goes this way: [`routing`] takes it from the bus, [`visibility`] decides who receives
//! it and how much they see, [`message`] builds it once for each scope and visibility, [`registry`]
//! puts the same bytes into each subscriber's bounded queue, and [`connection`] sends them. A reader
//! that is new, reconnected or too slow gets what it missed from [`catch_up`], which reads the latest
//! activities from memory and older ones from the database.

pub mod catch_up;
pub mod connected_members;
pub mod connection;
pub mod endpoint;
pub mod frame;
pub mod handover;
pub mod health_broadcast;
pub mod jitter;
pub mod message;
pub mod metrics;
pub mod presence;
pub mod reader_loader;
pub mod reader_state;
pub mod registry;
pub mod related_entities;
pub mod routing;
pub mod scope;
pub mod shutdown;
pub mod stored_frames;
pub mod stream_span;
pub mod visibility;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use contract::event::Health;
use contract::{Cursor, UserId};
use sqlx::PgPool;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::catch_up::CatchUpCounts;
use crate::metrics::StreamMetrics;
use crate::presence::Presence;
use crate::reader_loader::ReaderLoader;
use crate::stored_frames::{FrameBuilder, StoredFrames};
use activity::bus::BusEvent;
use activity::{HotTail, LogHealth};
use api::Api;
use api::keyed_semaphore::KeyedSemaphore;
use api::routes::{Audience, Routes};
use registry::Registry;
use shutdown::Shutdown;

/// The state that all streams of this node share. Clones share it: each stream has one, and each request
/// clones several.
#[derive(Clone, Debug)]
pub struct Streams(Arc<SharedState>);

impl Deref for Streams {
    type Target = SharedState;

    fn deref(&self) -> &SharedState {
        &self.0
    }
}

/// The state behind [`Streams`].
#[derive(Debug)]
pub struct SharedState {
    /// For catch-up.
    pool: PgPool,
    /// For the router.
    background_pool: PgPool,
    catch_up_permits: Arc<Semaphore>,
    /// One for each user.
    catch_up_turns: KeyedSemaphore<UserId>,
    readers: ReaderLoader,
    registry: Arc<Registry>,
    hot_tail: Arc<HotTail<StoredFrames>>,
    frame_builder: FrameBuilder,
    catch_up_counts: Arc<CatchUpCounts>,
    metrics: Arc<StreamMetrics>,
    presence: Presence,
    health: watch::Receiver<LogHealth>,
    health_status: watch::Sender<Health>,
    settings: Settings,
    shutdown: Shutdown,
}

/// Limits and intervals of streams.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a stream may be silent before it sends a `ping`, ±20 %.
    pub ping_interval: Duration,
    /// How many items the queue of a stream holds. A reader for whom one doesn't fit is sent back to
    /// catch-up.
    pub queue_capacity: usize,
    /// How many entities catch-up may send; if there are more, it sends `reset`.
    pub catch_up_limit: i64,
    /// How many bytes of rows catch-up may read; if there are more, it sends `reset`. They are in memory
    /// while a reader receives them.
    pub catch_up_max_bytes: usize,
    /// How many bytes of the latest activities are kept in memory, from which most readers catch up
    /// without the database.
    pub hot_tail_bytes: usize,
    /// How many streams may catch up from the database at the same time; the others wait. When all
    /// readers reconnect at once, this leaves database connections for requests.
    pub max_concurrent_catch_ups: usize,
    /// How many streams the node may have; further ones get `overloaded`.
    pub max_streams: usize,
    /// How many streams a user may have on the node; further ones get `too_many_streams`. A browser
    /// has one.
    pub max_streams_per_user: usize,
    /// How long a socket may take no bytes before it is closed. Until then a stalled reader keeps
    /// its queue in memory.
    pub write_timeout: Duration,
    /// How long a stream may stay open, ±20 %. Reconnecting moves readers to nodes that were added.
    pub lifetime: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(20),
            queue_capacity: 256,
            catch_up_limit: 10_000,
            catch_up_max_bytes: 8 << 20,
            hot_tail_bytes: 64 << 20,
            max_concurrent_catch_ups: 6,
            max_streams: 20_000,
            max_streams_per_user: 32,
            write_timeout: Duration::from_secs(30),
            lifetime: Duration::from_secs(3600),
        }
    }
}

impl Streams {
    /// The state of a node without open streams.
    #[must_use]
    pub fn new(
        pool: PgPool,
        background_pool: PgPool,
        presence: Presence,
        health: watch::Receiver<LogHealth>,
        settings: Settings,
    ) -> Self {
        let metrics = Arc::<StreamMetrics>::default();
        Self(Arc::new(SharedState {
            readers: ReaderLoader::new(pool.clone()),
            frame_builder: FrameBuilder::new(pool.clone()),
            hot_tail: Arc::new(HotTail::new(settings.hot_tail_bytes)),
            catch_up_counts: Arc::default(),
            pool,
            background_pool,
            catch_up_turns: KeyedSemaphore::new(1),
            catch_up_permits: Arc::new(Semaphore::new(settings.max_concurrent_catch_ups)),
            registry: Arc::new(Registry::new(Arc::clone(&metrics))),
            metrics,
            presence,
            health,
            health_status: watch::Sender::new(Health::Ok),
            settings,
            shutdown: Shutdown::default(),
        }))
    }

    /// Closes every stream with `draining` within [`shutdown::MAX_WINDOW`], and refuses new ones.
    pub fn begin_shutdown(&self) {
        self.shutdown.begin(self.open_count());
        self.registry.wake_all();
    }

    /// Feeds the streams with the events of the bus and the health of the log, until the bus closes
    /// and `stop` is cancelled. `start` is the head of the log at the time when `events` was
    /// subscribed.
    pub async fn run(
        self,
        events: mpsc::Receiver<BusEvent>,
        start: Cursor,
        stop: CancellationToken,
    ) {
        // Before anything is routed.
        self.hot_tail.reset(start);
        let fill = fill_hot_tail(Arc::clone(&self.hot_tail), self.background_pool.clone());
        let fill = stop.clone().run_until_cancelled_owned(fill);
        let registry = Arc::clone(&self.registry);
        let (health, status) = (self.health.clone(), self.health_status.clone());
        let health = health_broadcast::run(health, status, &registry, stop);
        tokio::join!(health, fill, routing::run(self.clone(), events, start));
    }

    /// How many catch-ups were answered from memory, and how many from the database.
    #[must_use]
    pub fn catch_up_counts(&self) -> &CatchUpCounts {
        &self.catch_up_counts
    }

    /// The counters and distributions of this node's streams.
    #[must_use]
    pub fn metrics(&self) -> &StreamMetrics {
        &self.metrics
    }

    /// The memory that the latest activities take on this node, in bytes.
    #[must_use]
    pub fn hot_tail_size(&self) -> usize {
        self.hot_tail.size()
    }

    /// The number of streams that are open on this node.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.registry.len()
    }
}

/// Without it, readers catch up from the database.
async fn fill_hot_tail(hot_tail: Arc<HotTail<StoredFrames>>, pool: PgPool) {
    match hot_tail.fill(&pool).await {
        Ok(()) => debug!(bytes = hot_tail.size(), "The hot tail is filled"),
        Err(error) => warn!(%error, "The hot tail can't be filled"),
    }
}

/// The state of the endpoints.
#[derive(Clone)]
pub struct StreamState {
    streams: Streams,
    api: Api,
}

impl FromRef<StreamState> for Streams {
    fn from_ref(state: &StreamState) -> Self {
        state.streams.clone()
    }
}

impl FromRef<StreamState> for Api {
    fn from_ref(state: &StreamState) -> Self {
        state.api.clone()
    }
}

/// The endpoints of the streams.
#[must_use]
pub fn routes() -> Routes<StreamState> {
    Routes::new().get("/me/stream", Audience::Accounts, endpoint::me_stream).get(
        "/organizations/{id}/sync/stream",
        Audience::Members,
        endpoint::organization_stream,
    )
}

/// The router of the streams. `api` provides the session and the access checks.
pub fn router(streams: Streams, api: Api) -> Router {
    routes().into_router().with_state(StreamState { streams, api })
}
