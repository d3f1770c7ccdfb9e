//! The tasks of a node beside its HTTP server. Each is started again when it panics.

use std::time::Duration;

use activity::bus::BusEvent;
use activity::{ActivityBus, LocalFeed, LogHealth, log, tail};
use api::limits::Limits;
use api::mail::{Mail, MailDelivery};
use api::organizations::lookalikes::member_looks;
use api::{row_count, sweep};
use cdc::{HealthReader, HealthSender};
use contract::Cursor;
use db::clock::Clock;
use db::retry::{Backoff, MAX_READ_DELAY};
use db::{Database, Endpoint};
use mail::{MailFolder, Mailer};
use sqlx::PgPool;
use stream::Streams;
use stream::presence::Presence;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::load_history::LoadHistory;
use crate::node_health::NodeHealth;
use crate::restart::restart_on_panic;
use crate::{database_monitor, system};

/// What the tasks work on.
#[derive(Clone, Debug)]
pub struct BackgroundTasks {
    endpoint: Endpoint,
    pool: PgPool,
    background_pool: PgPool,
    health: NodeHealth,
    feed: LocalFeed,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl BackgroundTasks {
    /// No task yet. `tasks` counts those that run, until `stop` is cancelled.
    #[must_use]
    pub fn new(
        database: &Database,
        health: NodeHealth,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let (pool, background_pool) = (database.pool.clone(), database.background_pool.clone());
        let endpoint = database.endpoint.clone();
        let feed = LocalFeed::default();
        Self { endpoint, pool, background_pool, health, feed, stop, tasks }
    }

    fn spawn<T>(&self, name: &'static str, start: impl FnMut(u64) -> T + Send + 'static)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(restart_on_panic(name, self.health.clone(), start));
    }

    /// The worker that writes the log.
    pub fn start_cdc_worker(&self, sender: HealthSender, retention: Duration) {
        let Self { endpoint, background_pool, feed, stop, .. } = self.clone();
        self.spawn("cdc worker", move |_| {
            let (endpoint, pool) = (endpoint.clone(), background_pool.clone());
            cdc::run(endpoint, pool, sender.clone(), feed.clone(), retention, stop.clone())
        });
    }

    /// The copy of the database's clock.
    pub fn start_clock(&self, clock: Clock) {
        let Self { background_pool, stop, .. } = self.clone();
        self.spawn("clock", move |_| {
            let (clock, pool, stop) = (clock.clone(), background_pool.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = clock.synchronize_periodically(&pool) => match never {},
                }
            }
        });
    }

    /// The delivery of messages, with `origin` as the address of the server in links.
    pub fn start_mail(&self, mailer: Mailer, origin: String, mail: Mail) {
        let Self { background_pool, stop, .. } = self.clone();
        let delivery = MailDelivery { pool: background_pool, mailer, origin, mail };
        self.spawn("mail", move |_| delivery.clone().run(stop.clone()));
    }

    /// The deletion of what has expired, also in the folder of messages.
    pub fn start_sweep(&self, folder: Option<MailFolder>, clock: Clock) {
        let Self { background_pool, stop, .. } = self.clone();
        self.spawn("sweep", move |_| {
            let sweep = sweep::run(background_pool.clone(), folder.clone(), clock.clone());
            let stop = stop.clone();
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = sweep => match never {},
                }
            }
        });
    }

    /// The addition of changes of row counts.
    pub fn start_row_counts(&self) {
        let Self { background_pool, stop, .. } = self.clone();
        self.spawn("row counts", move |_| {
            let (pool, stop) = (background_pool.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = row_count::combine_periodically(&pool) => match never {},
                }
            }
        });
    }

    /// What members' names look like.
    pub fn start_member_looks(&self) {
        let Self { background_pool, stop, .. } = self.clone();
        self.spawn("member looks", move |_| {
            let (pool, stop) = (background_pool.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = member_looks::update_periodically(&pool) => match never {},
                }
            }
        });
    }

    /// The removal of counters of clients that no longer count.
    pub fn start_limits_sweep(&self, limits: &Limits) {
        let (limits, stop) = (limits.clone(), self.stop.clone());
        self.spawn("limits", move |_| {
            let (limits, stop) = (limits.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = limits.sweep_periodically() => match never {},
                }
            }
        });
    }

    /// The monitor of the database. Returns the health for the streams, which also depends on the log's.
    #[must_use]
    pub fn start_database_monitor(
        &self,
        log: watch::Receiver<LogHealth>,
    ) -> watch::Receiver<LogHealth> {
        let (sender, published) = watch::channel(*log.borrow());
        let Self { endpoint, health, stop, .. } = self.clone();
        self.spawn("database monitor", {
            let (health, stop) = (health.clone(), stop.clone());
            move |_| database_monitor::run(endpoint.clone(), health.clone(), stop.clone())
        });
        self.spawn("stream health", move |_| {
            let (log, sender) = (log.clone(), sender.clone());
            database_monitor::publish_stream_health(health.clone(), log, sender, stop.clone())
        });
        published
    }

    /// The tail of the log, and the streams that it feeds. `head` is where the log begins for them.
    pub fn start_streams(&self, streams: &Streams, head: Cursor) {
        let (this, streams) = (self.clone(), streams.clone());
        self.spawn("streams", move |before| {
            let (this, streams) = (this.clone(), streams.clone());
            async move {
                if before == 0 {
                    this.feed_streams(streams, head, None).await;
                } else if let Some(head) = this.read_head().await {
                    // What the task before has delivered is unknown, so every stream catches up.
                    this.feed_streams(streams, head, Some(BusEvent::LogReset(head))).await;
                }
            }
        });
    }

    async fn feed_streams(self, streams: Streams, head: Cursor, first: Option<BusEvent>) {
        let bus = ActivityBus::new();
        let events = bus.subscribe();
        if let Some(event) = first {
            bus.publish(event).await;
        }
        let tail = tail::run(self.background_pool, bus, self.feed, head, self.stop.clone());
        tokio::join!(streams.run(events, head, self.stop), tail);
    }

    /// Reads the head of the log as soon as the database answers. None when the node stops before.
    async fn read_head(&self) -> Option<Cursor> {
        let mut backoff = Backoff::new(MAX_READ_DELAY);
        loop {
            if let Ok(head) = log::head(&self.background_pool).await {
                return Some(head);
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = backoff.wait() => {}
            }
        }
    }

    /// The presence of the members on the streams of this node.
    pub fn start_presence(&self, presence: &Presence, node: system::Node) {
        let (Self { pool, stop, .. }, presence) = (self.clone(), presence.clone());
        self.spawn("presence", move |_| presence.clone().run(pool.clone(), node.id, stop.clone()));
    }

    /// The samples of the node's load.
    pub fn start_load_history(
        &self,
        load: &LoadHistory,
        health: &HealthReader,
        streams: &Streams,
        clock: &Clock,
    ) {
        let (load, health, streams, clock) =
            (load.clone(), health.clone(), streams.clone(), clock.clone());
        let stop = self.stop.clone();
        self.spawn("load history", move |_| {
            let (load, health, streams, clock, stop) =
                (load.clone(), health.clone(), streams.clone(), clock.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    never = load.record_periodically(&streams, &health, &clock) => match never {},
                }
            }
        });
    }

    /// The node's report of itself.
    pub fn start_reports(&self, node: system::Node, health: &HealthReader, streams: &Streams) {
        let Self { background_pool, stop, health: node_health, .. } = self.clone();
        let (health, streams) = (health.clone(), streams.clone());
        self.spawn("node report", move |_| {
            system::report_node(
                node,
                background_pool.clone(),
                health.clone(),
                streams.clone(),
                node_health.clone(),
                stop.clone(),
            )
        });
    }
}

#[cfg(test)]
mod tests;
