//! Which transactions are visible to queries.
//!
//! Postgres sends a transaction to the replication connection once its commit record is on disk, and
//! shows it to queries a moment later; with synchronous replication only after the standby has
//! answered. A message that overtakes its own rows would make a client fetch the state before them.

use std::str::FromStr;

/// The 32-bit id of a transaction, which Postgres reuses after 2^32 transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionId(pub u32);

/// A snapshot of the database: the transactions whose changes its queries see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The first 64-bit id that wasn't assigned.
    next: u64,
    /// The 64-bit ids of transactions that were in progress.
    in_progress: Vec<u64>,
}

impl Snapshot {
    /// Whether queries see the committed transaction `id`.
    #[must_use]
    pub fn sees(&self, TransactionId(id): TransactionId) -> bool {
        // Ids in use differ by less than 2^31, so the nearest one is meant.
        let age = low_half(self.next).wrapping_sub(id).cast_signed();
        let id = self.next.wrapping_sub_signed(age.into());
        age > 0 && !self.in_progress.contains(&id)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is wanted")]
const fn low_half(id: u64) -> u32 {
    id as u32
}

/// The text isn't what `pg_current_snapshot()` returns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a snapshot such as 10:20:10,14,15")]
pub struct InvalidSnapshot(String);

impl FromStr for Snapshot {
    type Err = InvalidSnapshot;

    /// Parses Postgres' text format, `xmin:xmax:xip_list`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (_, rest) = text.split_once(':')?;
            let (next, in_progress) = rest.split_once(':')?;
            let ids = in_progress.split(',').filter(|id| !id.is_empty());
            Some(Self {
                next: next.parse().ok()?,
                in_progress: ids.map(|id| id.parse().ok()).collect::<Option<_>>()?,
            })
        };
        parse().ok_or_else(|| InvalidSnapshot(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(snapshot: &str, ids: &[u32]) -> Vec<bool> {
        let snapshot: Snapshot = snapshot.parse().unwrap();
        ids.iter().map(|id| snapshot.sees(TransactionId(*id))).collect()
    }

    #[test]
    fn transactions_in_progress_and_later_ones_are_not_seen() {
        assert_eq!(
            seen("10:20:10,14,15", &[9, 10, 11, 14, 19, 20, 21]),
            [true, false, true, false, true, false, false]
        );
        assert_eq!(seen("20:20:", &[3, 19, 20]), [true, true, false]);
    }

    #[test]
    fn ids_are_compared_across_their_wraparound() {
        // 2^32 + 5 is next; 2^32 - 1 is in progress.
        let snapshot = "4294967295:4294967301:4294967295";
        assert_eq!(
            seen(snapshot, &[u32::MAX - 1, u32::MAX, 3, 4, 5, 6]),
            [true, false, true, true, false, false]
        );
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "1:2", "1:x:", "1:2:3,x"] {
            assert_eq!(text.parse::<Snapshot>(), Err(InvalidSnapshot(text.to_owned())));
        }
    }
}
