//! Locks between the tabs of one browser. Which tab leads is decided by one, and how many organization
//! streams are connected by three.

mod lease;
mod web_lock;

use lease::Lease;
use web_lock::WebLock;

/// A lock, or the request for one. Dropping it releases the lock or withdraws the request.
pub(super) enum Lock {
    /// Only in secure contexts, which is to say over HTTPS or on this machine.
    Web { _lock: WebLock },
    /// Everywhere else.
    Lease { _lock: Lease },
}

/// How to get a lock that another tab holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acquire {
    /// Wait until it is released.
    InTurn,
    /// Take it.
    ByForce,
}

/// A change of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockEvent {
    /// This tab holds it now.
    Granted,
    /// Another tab has taken it from this one.
    Lost,
}

impl Lock {
    /// Requests the lock of that name and calls `on_event` with what happens to it. `None` when this
    /// browser has neither Web Locks nor storage.
    pub(super) fn acquire(
        name: &str,
        acquire: Acquire,
        on_event: impl Fn(LockEvent) + 'static,
    ) -> Option<Self> {
        let on_event = Box::new(on_event);
        if let Some(locks) = web_lock::manager() {
            return WebLock::request(&locks, name, acquire, on_event)
                .map(|lock| Self::Web { _lock: lock });
        }
        Lease::request(name, acquire, on_event).map(|lock| Self::Lease { _lock: lock })
    }
}
