//! Synchronizes presence between the nodes through the table `presences`, in rounds.

use std::convert::Infallible;
use std::time::Duration;

use contract::NodeId;
use sqlx::PgPool;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::table;
use super::tracker::{LocalPresences, Presence};

/// The time from one round to the next, and so the shortest time between two `presence` events of a
/// stream.
const ROUND_INTERVAL: Duration = Duration::from_secs(1);

/// A round is followed by a pause of so many times its duration. Presence degrades to slower updates
/// under load: rounds use at most a tenth of the time.
const PAUSE_FACTOR: u32 = 10;

/// The longest pause, so that a single slow round doesn't delay the next one for minutes.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How long a round may take.
const ROUND_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a node writes its readers even if they didn't change. `presences` is an unlogged table:
/// it is empty after a crash of the database.
const REWRITE_INTERVAL: Duration = Duration::from_secs(5);

/// How long removing this node's readers may take when it stops.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

impl Presence {
    /// Runs rounds until `stop` is cancelled, and then removes the readers of this node.
    pub async fn run(self, pool: PgPool, node: NodeId, stop: CancellationToken) {
        let mut rounds = Rounds { presence: self, pool, node, dirty: true, last_write: None };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            never = rounds.run() => match never {},
        }
        // Otherwise the other nodes show these readers until this node counts as dead.
        let leave = table::write_presences(&rounds.pool, node, &[]);
        let _ = timeout(LEAVE_TIMEOUT, leave).await;
    }
}

struct Rounds {
    presence: Presence,
    pool: PgPool,
    node: NodeId,
    /// Whether the table may differ from the readers of this node.
    dirty: bool,
    last_write: Option<Instant>,
}

impl Rounds {
    async fn run(&mut self) -> Infallible {
        loop {
            self.presence.wait_until_needed().await;
            let begun = Instant::now();
            let pause = match timeout(ROUND_TIMEOUT, self.run_round()).await {
                Ok(Ok(())) => (begun.elapsed() * PAUSE_FACTOR).clamp(ROUND_INTERVAL, MAX_PAUSE),
                // Logged for debugging only: the readiness check already reports that the database
                // is unavailable. A short pause, so that presence is back soon after the database.
                Ok(Err(error)) => {
                    debug!(%error, "Can't synchronize presence");
                    ROUND_INTERVAL
                }
                Err(_) => {
                    debug!("Synchronizing presence timed out");
                    ROUND_INTERVAL
                }
            };
            sleep_until(begun + pause).await;
        }
    }

    async fn run_round(&mut self) -> Result<(), sqlx::Error> {
        let LocalPresences { presences, changed } = self.presence.snapshot();
        self.dirty |= changed;
        let is_due = self.last_write.is_none_or(|written| written.elapsed() >= REWRITE_INTERVAL);
        if self.dirty || is_due {
            table::write_presences(&self.pool, self.node, &presences).await?;
            self.dirty = false;
            self.last_write = Some(Instant::now());
        }
        if is_due {
            table::delete_expired(&self.pool).await?;
        }
        let mut organizations: Vec<_> =
            presences.iter().map(|(organization, _)| *organization).collect();
        organizations.dedup();
        let mut snapshots = table::read_snapshots(&self.pool, &organizations).await?;
        for organization in organizations {
            let snapshot = snapshots.remove(&organization).unwrap_or_default();
            self.presence.publish(organization, snapshot);
        }
        Ok(())
    }
}
