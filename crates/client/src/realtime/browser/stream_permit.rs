//! Limits how many organization streams a browser connects, because a browser has few connections
//! to a server and needs some of them for requests.

use std::cell::RefCell;
use std::rc::Rc;

use super::leader_lock::LeaderLock;

/// With the user's own stream that makes four of six connections (HTTP/1.1).
const MAX_ORGANIZATION_STREAMS: usize = 3;

/// A permit to connect, or the request for one. Dropping it returns the permit.
///
/// Each permit is a Web Lock: the browser hands it to the next tab in line, also when a tab crashes.
pub(super) struct StreamPermit {
    _locks: Rc<RefCell<Vec<LeaderLock>>>,
}

impl StreamPermit {
    /// Requests any of the permits and calls `on_granted` when one is free. `None` when this browser
    /// has no Web Locks.
    pub(super) fn request(on_granted: impl FnOnce() + 'static) -> Option<Self> {
        let locks = Rc::new(RefCell::new(Vec::new()));
        let on_granted = Rc::new(RefCell::new(Some(on_granted)));
        for number in 0..MAX_ORGANIZATION_STREAMS {
            let (requested, on_granted) = (Rc::downgrade(&locks), Rc::clone(&on_granted));
            let lock =
                LeaderLock::request(&format!("tributary-stream-permit-{number}"), move || {
                    let Some(requested) = requested.upgrade() else { return };
                    // One permit is enough: dropping the other requests leaves them to other tabs.
                    let all = requested.take();
                    requested.replace(all.into_iter().skip(number).take(1).collect());
                    if let Some(on_granted) = on_granted.take() {
                        on_granted();
                    }
                })?;
            locks.borrow_mut().push(lock);
        }
        Some(Self { _locks: locks })
    }
}
