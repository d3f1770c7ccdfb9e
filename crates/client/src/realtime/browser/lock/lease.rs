//! A lock for pages without Web Locks, which browsers offer in secure contexts only: a lease in
//! `localStorage`, which the tabs of one browser share.
//!
//! The holder renews its lease every two seconds. Storage has no atomic exchange, so a tab that takes
//! a free lease looks a moment later whether it is still its own. That two tabs hold it for a moment
//! is unlikely but possible; both the leadership ([`Term`](crate::realtime::tab::message::Term)) and
//! the stream permits can bear it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use uuid::Uuid;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::{Acquire, LockEvent};
use crate::realtime::browser::listener::Listener;

/// How long a lease lasts that isn't renewed, for example after a crash.
const DURATION_MS: u64 = 8_000;
const RENEWAL_MS: u32 = 2_000;
/// How long a tab waits before it looks whether the lease that it took is its own. Random, so that of
/// several tabs one looks first.
const CONFIRMATION_MS: (f64, f64) = (50.0, 150.0);

/// A lease, or the request for one. Dropping it releases the lease or withdraws the request.
pub(in crate::realtime::browser) struct Lease {
    request: Rc<Request>,
    _renewal: Interval,
    _listeners: [Listener; 2],
}

struct Request {
    storage: Storage,
    key: String,
    /// Tells the requests of all tabs apart.
    id: String,
    state: Cell<LeaseState>,
    confirmation: RefCell<Option<Timeout>>,
    on_event: Box<dyn Fn(LockEvent)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LeaseState {
    /// Another tab holds it.
    Waiting,
    /// Taken, but perhaps by another tab at the same time.
    Taken,
    Held,
    Released,
}

impl Lease {
    pub(super) fn request(
        name: &str,
        acquire: Acquire,
        on_event: Box<dyn Fn(LockEvent)>,
    ) -> Option<Self> {
        let window = web_sys::window()?;
        let request = Rc::new(Request {
            storage: window.local_storage().ok()??,
            key: name.to_owned(),
            id: Uuid::new_v4().to_string(),
            state: Cell::new(LeaseState::Waiting),
            confirmation: RefCell::default(),
            on_event,
        });
        if acquire == Acquire::ByForce || request.is_free() {
            // Fails when the storage is full.
            request.take().ok()?;
        }
        let renewed = Rc::clone(&request);
        let changed = Rc::clone(&request);
        let hidden = Rc::clone(&request);
        Some(Self {
            _renewal: Interval::new(RENEWAL_MS, move || renewed.check()),
            _listeners: [
                // Another tab has written to the storage.
                Listener::new(&window, "storage", move |_| changed.on_change()),
                // A page that the browser restores from its history finds out that it lost the lease.
                Listener::new(&window, "pagehide", move |_| hidden.clear()),
            ],
            request,
        })
    }
}

impl Request {
    /// Renews the lease, or takes it if its holder hasn't.
    fn check(self: &Rc<Self>) {
        match self.state.get() {
            LeaseState::Waiting => self.take_if_free(),
            LeaseState::Held if self.is_own() && self.write().is_ok() => {}
            LeaseState::Held => self.lose(),
            LeaseState::Taken | LeaseState::Released => {}
        }
    }

    fn on_change(self: &Rc<Self>) {
        match self.state.get() {
            LeaseState::Waiting => self.take_if_free(),
            LeaseState::Held if !self.is_own() => self.lose(),
            LeaseState::Held | LeaseState::Taken | LeaseState::Released => {}
        }
    }

    fn take_if_free(self: &Rc<Self>) {
        if self.is_free() {
            // It is tried again with the next check.
            let _ = self.take();
        }
    }

    fn is_free(&self) -> bool {
        let now = now_ms();
        // The clock may have been put back since the lease was written.
        let is_valid = |expires| now <= expires && expires <= now + DURATION_MS;
        !self.holder().is_some_and(|(_, expires)| is_valid(expires))
    }

    fn take(self: &Rc<Self>) -> Result<(), JsValue> {
        self.write()?;
        self.state.set(LeaseState::Taken);
        let (shortest, longest) = CONFIRMATION_MS;
        let delay = shortest + (longest - shortest) * js_sys::Math::random();
        let request = Rc::downgrade(self);
        let confirm = move || {
            if let Some(request) = request.upgrade() {
                request.confirm();
            }
        };
        self.confirmation.replace(Some(Timeout::new(delay as u32, confirm)));
        Ok(())
    }

    fn confirm(&self) {
        if self.state.get() != LeaseState::Taken {
            return;
        }
        if self.is_own() {
            self.state.set(LeaseState::Held);
            (self.on_event)(LockEvent::Granted);
        } else {
            self.state.set(LeaseState::Waiting);
        }
    }

    fn lose(&self) {
        self.state.set(LeaseState::Released);
        (self.on_event)(LockEvent::Lost);
    }

    /// Removes the lease, if it is this tab's.
    fn clear(&self) {
        if self.is_own() {
            let _ = self.storage.remove_item(&self.key);
        }
    }

    fn is_own(&self) -> bool {
        self.holder().is_some_and(|(id, _)| id == self.id)
    }

    /// Returns the holder of the lease, and its end in milliseconds.
    fn holder(&self) -> Option<(String, u64)> {
        let lease = self.storage.get_item(&self.key).ok()??;
        let (id, expires) = lease.split_once(' ')?;
        Some((id.to_owned(), expires.parse().ok()?))
    }

    fn write(&self) -> Result<(), JsValue> {
        let lease = format!("{} {}", self.id, now_ms() + DURATION_MS);
        self.storage.set_item(&self.key, &lease)
    }
}

/// Milliseconds since 1970. Whole ones, as to read and write fractions takes 15 KB of code.
fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.request.state.set(LeaseState::Released);
        self.request.clear();
    }
}
