//! `GET /me/stream`: one user's changes, from a cursor on and then live. And
//! `GET /organizations/{id}/sync/stream`: the same for what one organization holds.
//!
//! The way of an activity: [`routing`] takes it from the bus, [`audience`] says who of the
//! connected readers gets it and how it looks to them, [`message`] writes it once for each way to
//! see it, [`registry`] puts the same bytes into each reader's bounded queue, and [`connection`]
//! sends them. A reader that is new, reconnected or too slow gets what it lacks from [`catch_up`].

pub mod audience;
pub mod catch_up;
pub mod connected_members;
pub mod connection;
pub mod drain;
pub mod endpoint;
pub mod frame;
pub mod jitter;
pub mod message;
pub mod presence;
pub mod pulse;
pub mod registry;
pub mod related_entities;
pub mod routing;
pub mod scope;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use contract::Cursor;
use contract::event::Health;
use sqlx::PgPool;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::presence::Presence;
use activity::LogHealth;
use activity::bus::BusEvent;
use api::Api;
use drain::Drain;
use registry::Registry;

/// What every stream of this node shares.
#[derive(Clone, Debug)]
pub struct Streams {
    /// For catch-up.
    pool: PgPool,
    /// For the router.
    background_pool: PgPool,
    /// How many may catch up now.
    catch_ups: Arc<Semaphore>,
    registry: Arc<Registry>,
    presence: Presence,
    health: watch::Receiver<LogHealth>,
    pulse: watch::Sender<Health>,
    settings: Settings,
    drain: Drain,
}

/// The limits and intervals of streams.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a stream may be silent before a `ping`, ±20 %.
    pub ping_interval: Duration,
    /// How many frames wait for a reader before it is sent back to catch-up.
    pub queue_capacity: usize,
    /// How many entities catch-up sends at most; more is `reset`.
    pub catch_up_limit: i64,
    /// How many readers catch up at once; the others wait, so that a crowd that comes back leaves
    /// connections for requests.
    pub most_catch_ups: usize,
    /// How many streams a node holds at most; for more it is `overloaded`.
    pub most_streams: usize,
    /// How many of them one user may have; more are `too_many_streams`. A browser has one.
    pub most_streams_of_user: usize,
    /// How long a reader may take nothing of what is sent. It holds its queue so long.
    pub write_deadline: Duration,
    /// How long a stream stays open, ±20 %: nodes that were added get their share in time.
    pub lifetime: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(20),
            queue_capacity: 256,
            catch_up_limit: 10_000,
            most_catch_ups: 6,
            most_streams: 20_000,
            most_streams_of_user: 32,
            write_deadline: Duration::from_secs(30),
            lifetime: Duration::from_secs(3600),
        }
    }
}

impl Streams {
    /// No streams yet.
    #[must_use]
    pub fn new(
        pool: PgPool,
        background_pool: PgPool,
        presence: Presence,
        health: watch::Receiver<LogHealth>,
        settings: Settings,
    ) -> Self {
        let pulse = watch::Sender::new(Health::Ok);
        let catch_ups = Arc::new(Semaphore::new(settings.most_catch_ups));
        let registry = Arc::default();
        let drain = Drain::default();
        Self {
            pool,
            background_pool,
            catch_ups,
            registry,
            presence,
            health,
            pulse,
            settings,
            drain,
        }
    }

    /// Ends every stream with `draining`, within a few seconds, and opens no more.
    pub fn drain(&self) {
        self.drain.begin(self.open());
    }

    /// What feeds the streams, from the log's followers to their queues: until the bus is gone and
    /// `halt` is cancelled. `start` is where the log stood when the bus was followed.
    pub async fn run(
        self,
        events: mpsc::Receiver<BusEvent>,
        start: Cursor,
        halt: CancellationToken,
    ) {
        let pulse = pulse::run(self.health.clone(), self.pulse.clone(), halt);
        tokio::join!(pulse, routing::run(self, events, start));
    }

    /// How many streams are open on this node.
    #[must_use]
    pub fn open(&self) -> usize {
        self.registry.len()
    }
}

#[derive(Clone)]
struct StreamState {
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

/// The stream's endpoints. `api` knows who is signed in.
pub fn router(streams: Streams, api: Api) -> Router {
    Router::new()
        .route("/me/stream", get(endpoint::me_stream))
        .route("/organizations/{id}/sync/stream", get(endpoint::organization_stream))
        .with_state(StreamState { streams, api })
}
