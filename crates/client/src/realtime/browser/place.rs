//! A place among the streams of the browser, which has connections for a few only: without one
//! left for requests no page would load.

use std::cell::RefCell;
use std::rc::Rc;

use super::election::LeaderLock;

/// With the person's own stream that makes four of six connections.
const PLACES: usize = 3;

/// A place in line, and the place once it is had. Given up when it is dropped.
pub(super) struct Place {
    _candidacies: Rc<RefCell<Vec<LeaderLock>>>,
}

impl Place {
    /// Stands in line for any of the places; calls `had` when there is one. `None` when this
    /// browser has no locks.
    pub(super) fn wait(had: impl FnOnce() + 'static) -> Option<Self> {
        let candidacies = Rc::new(RefCell::new(Vec::new()));
        let had = Rc::new(RefCell::new(Some(had)));
        for number in 0..PLACES {
            let (line, had) = (Rc::downgrade(&candidacies), Rc::clone(&had));
            let candidacy = LeaderLock::stand(&format!("tributary-place-{number}"), move || {
                let Some(line) = line.upgrade() else { return };
                // One is enough: the others are for whoever waits.
                let all = line.take();
                line.replace(all.into_iter().skip(number).take(1).collect());
                if let Some(had) = had.take() {
                    had();
                }
            })?;
            candidacies.borrow_mut().push(candidacy);
        }
        Some(Self { _candidacies: candidacies })
    }
}
