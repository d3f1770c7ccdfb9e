//! The worker's loop: acquire the slot, work until something fails, find the remedy.

mod session;

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{info, warn};
use uuid::Uuid;

use self::session::Session;
use super::error::Remedy;
use super::health::HealthSender;
use super::publication::Fault;
use super::replication_slot::{self, Patience, Slot};
use super::transport::Transport;
use super::{CdcError, publication, retention};
use activity::{LocalFeed, Lsn};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};
use db::retry::{Backoff, MAX_DELAY};

/// How often a standby checks whether the slot is free.
const STANDBY_POLL_INTERVAL: Duration = Duration::from_millis(500);

/// How often the publication and its tables are checked. Since version 18, Postgres sends nothing for a
/// publication that was dropped, instead of an error.
const PUBLICATION_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How often the worker may fail at one position before it replaces the slot.
const MAX_FAILURES_AT_ONE_POSITION: u32 = 5;

/// The worker of one node.
#[derive(Debug)]
pub struct Worker<'a> {
    endpoint: &'a Endpoint,
    pool: &'a PgPool,
    health: &'a HealthSender,
    feed: &'a LocalFeed,
    slot: String,
    /// The name of this worker's replication connections in Postgres.
    application_name: String,
    retention: Duration,
}

/// How far the worker has come, over all of its connections.
#[derive(Debug, Default)]
struct Progress {
    /// The furthest acknowledged position.
    acknowledged: Lsn,
    /// How often it has failed since then in a way that the slot may be to blame for.
    failures: u32,
}

impl Progress {
    /// Whether the position has advanced since this was called last.
    fn advance_to(&mut self, acknowledged: Lsn) -> bool {
        let advanced = acknowledged > self.acknowledged;
        if advanced {
            *self = Self { acknowledged, failures: 0 };
        }
        advanced
    }
}

impl<'a> Worker<'a> {
    /// Creates a worker for that database, which keeps activities for `retention`.
    pub fn new(
        endpoint: &'a Endpoint,
        pool: &'a PgPool,
        health: &'a HealthSender,
        feed: &'a LocalFeed,
        retention: Duration,
    ) -> Self {
        let slot = replication_slot::slot_name(&endpoint.database);
        let application_name = format!("tributary cdc {}", Uuid::new_v4().simple());
        Self { endpoint, pool, health, feed, slot, application_name, retention }
    }

    /// Works whenever it can acquire the slot. To stop it, drop the future.
    pub async fn run(&self) -> Infallible {
        let mut backoff = Backoff::new(MAX_DELAY);
        let mut progress = Progress::default();
        loop {
            let mut acknowledged = Lsn::default();
            let Err(error) = self.run_session(&mut acknowledged).await;
            // Being connected isn't progress: a worker that fails at once after it has connected
            // must not try ten times a second.
            if progress.advance_to(acknowledged) {
                backoff.reset();
            }
            if matches!(error, CdcError::SlotInUse) && !self.reads_slot().await {
                self.health.set_standby();
                sleep(STANDBY_POLL_INTERVAL).await;
                continue;
            }
            let problem = self.redact(&error.to_string());
            let delay = backoff.next_delay();
            warn!(
                error = problem,
                retry_in_ms = delay.as_millis(),
                "The CDC worker stopped; retrying"
            );
            self.health.set_disconnected(problem);
            sleep(delay).await;
            if let Some(reason) = reason_to_replace_slot(&error, &mut progress) {
                self.replace_slot(self.redact(&reason), error.fault()).await;
            }
        }
    }

    /// Acquires the slot and works until something fails. What isn't committed by then is discarded:
    /// Postgres sends it again. Sets `acknowledged` to the position up to which it came.
    async fn run_session(&self, acknowledged: &mut Lsn) -> Result<Infallible, CdcError> {
        let on_blocked = |sentence: String| self.health.set_problem(self.redact(&sentence));
        self.slot_with(&on_blocked).ensure_free().await?;
        let transport = Transport::open(self.endpoint, &self.slot, &self.application_name).await?;
        info!("The CDC worker has acquired the replication slot");
        self.health.set_active();
        reached(CrashPoint::SlotAcquired).await;
        let session = Session::open(self, transport, acknowledged).await?;
        tokio::select! {
            ended = session.run() => ended,
            fault = self.watch_publication() => Err(fault),
            never = retention::enforce_periodically(self.pool, self.retention) => match never {},
        }
    }

    /// Whether a connection of this worker uses the slot, for example one that Postgres hasn't noticed
    /// to be closed.
    async fn reads_slot(&self) -> bool {
        replication_slot::is_read_by(self.pool, &self.slot, &self.application_name)
            .await
            .unwrap_or(false)
    }

    /// Returns once the publication isn't complete.
    async fn watch_publication(&self) -> CdcError {
        // The first check is made at once: what was damaged just before the slot was acquired would
        // go unnoticed for a while.
        let mut ticks = interval(PUBLICATION_CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.find_publication_faults().await {
                Ok(faults) if faults.is_empty() => {}
                Ok(faults) => return CdcError::Incomplete(publication::describe(&faults)),
                Err(error) => warn!(%error, "The publication can't be checked now"),
            }
        }
    }

    async fn find_publication_faults(&self) -> Result<Vec<Fault>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        Ok(publication::inspect(&mut connection).await?.faults)
    }

    async fn replace_slot(&self, reason: String, fault: Option<Fault>) {
        let on_blocked = |sentence: String| self.health.set_problem(self.redact(&sentence));
        let replaced = async {
            if let Some(fault) = fault {
                let mut connection = self.pool.acquire().await?;
                publication::repair(&mut connection, &[fault])
                    .await
                    .map_err(CdcError::Publication)?;
            }
            self.slot_with(&on_blocked).replace(reason).await
        };
        if let Err(error) = replaced.await {
            // Without the repair, the same change fails again. If the replacement was interrupted, the next
            // session finds that an epoch is pending.
            warn!(%error, "The replication slot can't be replaced now");
            self.health.set_disconnected(self.redact(&error.to_string()));
        }
    }

    /// Postgres names the role and the database in its refusals. Anyone may read the worker's problem.
    fn redact(&self, text: &str) -> String {
        self.endpoint.redactor().redact(text).into_owned()
    }

    fn slot_with<'b>(&'b self, on_blocked: &'b (dyn Fn(String) + Send + Sync)) -> Slot<'b> {
        Slot {
            endpoint: self.endpoint,
            pool: self.pool,
            name: &self.slot,
            patience: Patience::Endless,
            on_blocked,
        }
    }
}

/// Returns why the slot has to be replaced after that failure; none when the worker tries again.
fn reason_to_replace_slot(error: &CdcError, progress: &mut Progress) -> Option<String> {
    match error.remedy() {
        Remedy::Retry => return None,
        Remedy::RetryThenReplaceSlot => {
            progress.failures += 1;
            if progress.failures < MAX_FAILURES_AT_ONE_POSITION {
                return None;
            }
        }
        Remedy::ReplaceSlot => {}
    }
    progress.failures = 0;
    Some(format!("the worker can't go on after {}: {error}", progress.acknowledged))
}
