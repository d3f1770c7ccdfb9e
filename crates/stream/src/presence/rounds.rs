//! Round after round, a node says who visits it, and reads who is on the others.

use std::convert::Infallible;
use std::time::Duration;

use contract::NodeId;
use sqlx::PgPool;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::table;
use super::visit::{Presence, Stock};

/// How long from one round to the next: also how often a stream is told at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// Rounds take this part of the time at most. Where many are here, they are told later rather than
/// at the expense of others.
const SHARE: u32 = 10;

/// But a round that was slow for once doesn't stop the next for longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long a round may take.
const LONGEST: Duration = Duration::from_secs(5);

/// How often a node says all it knows, though nothing changed: others take a node that was silent
/// for dead, and a database that crashed has forgotten it.
const SAY_AGAIN: Duration = Duration::from_secs(5);

impl Presence {
    /// Keeps the visits of this node known to all nodes, and those of the others to this one, until
    /// `stop` is cancelled.
    pub async fn run(self, pool: PgPool, node: NodeId, stop: CancellationToken) {
        let mut rounds = Rounds { presence: self, pool, node, unsaid: true, said: None };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            never = rounds.run() => match never {},
        }
        // Else the others wait until this node must be dead, though its visitors are with them.
        let _ = timeout(Duration::from_secs(1), table::say(&rounds.pool, node, &[])).await;
    }
}

struct Rounds {
    presence: Presence,
    pool: PgPool,
    node: NodeId,
    /// Whether the table may know less than this node.
    unsaid: bool,
    /// When it was last told all.
    said: Option<Instant>,
}

impl Rounds {
    async fn run(&mut self) -> Infallible {
        loop {
            self.presence.is_needed().await;
            let begun = Instant::now();
            let pause = match timeout(LONGEST, self.round()).await {
                Ok(Ok(())) => (begun.elapsed() * SHARE).clamp(INTERVAL, LONGEST_PAUSE),
                // The database's own watch says in the log that it is away. Once it is back, nobody
                // has to wait for longer than for the next round.
                Ok(Err(error)) => {
                    debug!(%error, "Who is here couldn't be told");
                    INTERVAL
                }
                Err(_) => {
                    debug!("Who is here couldn't be told in time");
                    INTERVAL
                }
            };
            sleep_until(begun + pause).await;
        }
    }

    async fn round(&mut self) -> Result<(), sqlx::Error> {
        let Stock { visits, changed } = self.presence.take_stock();
        self.unsaid |= changed;
        let is_due = self.said.is_none_or(|said| said.elapsed() >= SAY_AGAIN);
        if self.unsaid || is_due {
            table::say(&self.pool, self.node, &visits).await?;
            self.unsaid = false;
            self.said = Some(Instant::now());
        }
        if is_due {
            table::sweep(&self.pool).await?;
        }
        let mut organizations: Vec<_> =
            visits.iter().map(|(organization, _)| *organization).collect();
        organizations.dedup();
        let mut found = table::read(&self.pool, &organizations).await?;
        for organization in organizations {
            self.presence.tell(organization, found.remove(&organization).unwrap_or_default());
        }
        Ok(())
    }
}
