//! Limits how many organization streams a browser connects, because a browser has few connections
//! to a server and needs some of them for requests.

use std::cell::RefCell;
use std::rc::Rc;

use super::lock::{Acquire, Lock, LockEvent};

/// With the user's own stream that makes four of six connections (HTTP/1.1).
const MAX_ORGANIZATION_STREAMS: usize = 3;

/// A permit to connect, or the request for one. Dropping it returns the permit.
///
/// Each permit is a lock: the next tab in line gets it, also when a tab crashes.
pub(super) struct StreamPermit {
    _locks: Rc<RefCell<Vec<Lock>>>,
}

impl StreamPermit {
    /// Requests any of the permits and calls `on_event` when one is granted, and when it is lost.
    /// `None` when this browser has no locks.
    pub(super) fn request(on_event: impl Fn(LockEvent) + 'static) -> Option<Self> {
        let locks = Rc::new(RefCell::new(Vec::new()));
        let on_event = Rc::new(on_event);
        for number in 0..MAX_ORGANIZATION_STREAMS {
            let (requested, on_event) = (Rc::downgrade(&locks), Rc::clone(&on_event));
            let name = format!("tributary-stream-permit-{number}");
            let lock = Lock::acquire(&name, Acquire::InTurn, move |event| {
                let Some(requested) = requested.upgrade() else { return };
                if event == LockEvent::Granted {
                    // One permit is enough: dropping the other requests leaves them to other tabs.
                    let all = requested.take();
                    requested.replace(all.into_iter().skip(number).take(1).collect());
                }
                on_event(event);
            })?;
            locks.borrow_mut().push(lock);
        }
        Some(Self { _locks: locks })
    }
}
