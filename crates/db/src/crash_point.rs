//! Named points on the way from the WAL to a client at which a test can stop a task. Without the
//! cargo feature `crash-points`, reaching one does nothing.

#[cfg(feature = "crash-points")]
mod crashing_task;

#[cfg(feature = "crash-points")]
pub use crashing_task::CrashingTask;

/// A step that was just completed; the next one has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// The CDC worker has acquired the replication slot and has read nothing.
    SlotAcquired,
    /// The worker has read a part of a transaction.
    TransactionPartiallyRead,
    /// The worker has read whole transactions and has written nothing.
    TransactionsRead,
    /// Activities are inserted into the log, but not committed.
    ActivitiesInserted,
    /// Activities are committed; the slot's position is not acknowledged.
    ActivitiesCommitted,
    /// The position is acknowledged, or will be with the next status message.
    PositionAcknowledged,
    /// The slot can't be used any more. That a new epoch has to begin is recorded.
    NewEpochRequested,
    /// The new slot exists; the new epoch has not begun.
    SlotCreated,
    /// The new epoch has begun; its slot is not acquired.
    EpochCommitted,
    /// A partition of the log is dropped, but not committed.
    PartitionDropped,
    /// The tail of a node has read new activities and has published none.
    ActivitiesRead,
    /// The tail has published the activities to its bus, but has not advanced its cursor.
    ActivitiesPublished,
    /// The router of a node has put new activities into the hot tail and has routed none.
    HotTailAppended,
    /// The router has put them into the queues of the readers.
    ActivitiesRouted,
}

/// Marks that the step is completed.
#[cfg(not(feature = "crash-points"))]
pub async fn reached(_: CrashPoint) {}

/// Marks that the step is completed. In a [`CrashingTask`] that is armed for this point, it never
/// returns.
#[cfg(feature = "crash-points")]
pub async fn reached(point: CrashPoint) {
    crashing_task::reached(point).await;
}
