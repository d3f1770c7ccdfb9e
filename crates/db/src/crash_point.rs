//! Named points between the WAL and the client at which a test can stop the server. Without the
//! feature `crash-points` they do nothing.

#[cfg(feature = "crash-points")]
pub mod armed;

/// What was done last, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// The worker holds the slot and has read nothing.
    SlotTaken,
    /// It has read a part of a transaction.
    PartRead,
    /// It has read whole transactions and written nothing.
    Read,
    /// Activities are inserted, and not committed.
    Inserted,
    /// They are durable, and the slot isn't told.
    Durable,
    /// The slot is told, or will be with the next message.
    Acknowledged,
    /// The slot was lost. The place of the new one is marked, by a slot that dies with its
    /// connection.
    PlaceMarked,
    /// The new epoch has begun, and has no slot yet.
    EpochBegun,
    /// The new epoch has its slot, and nobody holds it.
    SlotCreated,
    /// A partition of the log is dropped, and that isn't committed.
    PartitionDropped,
    /// A node has read new activities from the log and handed them to nobody.
    LogRead,
    /// It has handed them to its router, and noted nothing.
    HandedOn,
}

/// Says that what the point tells is done.
#[cfg(not(feature = "crash-points"))]
pub async fn reached(_: CrashPoint) {}

/// Says that what the point tells is done. At the one that is armed nothing follows any more.
#[cfg(feature = "crash-points")]
pub async fn reached(point: CrashPoint) {
    armed::reached(point).await;
}
