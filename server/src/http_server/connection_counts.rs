//! Counts the open connections of each client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use api::client_address::Network;

/// The open connections of each network. Clones share the counts.
#[derive(Clone, Debug)]
pub(super) struct ConnectionCounts {
    counts: Arc<Mutex<HashMap<Network, Count>>>,
    max: usize,
}

#[derive(Debug, Default)]
struct Count {
    open: usize,
    /// Whether a connection was refused since the first of the open ones.
    has_refused: bool,
}

/// Why a connection isn't accepted: its network has as many as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The first one, which is worth a line in the log.
    First,
    Again,
}

impl ConnectionCounts {
    pub(super) fn new(max: usize) -> Self {
        Self { counts: Arc::default(), max }
    }

    /// Counts a connection until the guard is dropped.
    pub(super) fn enter(&self, network: Network) -> Result<ConnectionGuard, Refusal> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if count.open >= self.max {
            let is_first = !std::mem::replace(&mut count.has_refused, true);
            return Err(if is_first { Refusal::First } else { Refusal::Again });
        }
        count.open += 1;
        Ok(ConnectionGuard { network, counts: Arc::clone(&self.counts) })
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    network: Network,
    counts: Arc<Mutex<HashMap<Network, Count>>>,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = counts.entry(self.network) {
            entry.get_mut().open -= 1;
            if entry.get().open == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::of(text.parse().unwrap())
    }

    #[test]
    fn each_network_has_its_own_count() {
        let counts = ConnectionCounts::new(2);
        let here = network("192.0.2.1");
        let first = counts.enter(here).unwrap();
        let _second = counts.enter(here).unwrap();
        assert_eq!(counts.enter(here).unwrap_err(), Refusal::First);
        assert_eq!(counts.enter(here).unwrap_err(), Refusal::Again);
        let other = counts.enter(network("192.0.2.2")).unwrap();
        drop(first);
        let _third = counts.enter(here).unwrap();
        drop(other);
        assert_eq!(
            counts.counts.lock().unwrap().len(),
            1,
            "networks without connections are forgotten"
        );
    }
}
