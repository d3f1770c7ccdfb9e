//! Hands what the CDC worker of a node has committed to the tail of the same node, which then needn't read it
//! back from the database.

use std::sync::Arc;

use contract::{Cursor, Epoch, Position};
use tokio::sync::broadcast;

use super::Activity;

/// How many batches wait for the tail. It reads from the database what it misses.
const CAPACITY: usize = 16;

/// Consecutive activities that are in the log.
#[derive(Clone, Debug)]
pub struct CommittedBatch {
    /// The epoch of their positions.
    pub epoch: Epoch,
    /// At least one, oldest first.
    pub activities: Arc<[Activity]>,
}

impl CommittedBatch {
    /// The position of the newest activity, if the batch begins right after `cursor`.
    #[must_use]
    pub fn continues(&self, cursor: Cursor) -> Option<Position> {
        let (first, last) = self.activities.first().zip(self.activities.last())?;
        let follows = self.epoch == cursor.epoch && first.position.0 == cursor.position.0 + 1;
        follows.then_some(last.position)
    }
}

/// From the worker to the tail of a node. It may lose batches, since the log has them. Clones are the same
/// feed.
#[derive(Clone, Debug)]
pub struct LocalFeed(broadcast::Sender<CommittedBatch>);

impl Default for LocalFeed {
    fn default() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }
}

impl LocalFeed {
    /// Hands over a batch. Does nothing without a tail.
    pub fn send(&self, batch: CommittedBatch) {
        // The only error is that nobody receives.
        drop(self.0.send(batch));
    }

    /// Whether a tail receives.
    #[cfg(test)]
    pub(crate) fn has_receivers(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Receives the batches from now on.
    #[must_use]
    pub fn subscribe(&self) -> LocalFeedReceiver {
        LocalFeedReceiver(self.0.subscribe())
    }
}

/// The tail's end of a [`LocalFeed`].
#[derive(Debug)]
pub struct LocalFeedReceiver(broadcast::Receiver<CommittedBatch>);

impl LocalFeedReceiver {
    /// Waits for the next batch; for ever when none can come any more. Nothing is lost when the future is
    /// dropped.
    pub async fn recv(&mut self) -> CommittedBatch {
        loop {
            match self.0.recv().await {
                Ok(batch) => return batch,
                // The next batch doesn't follow the tail's cursor, so the tail reads the log.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
