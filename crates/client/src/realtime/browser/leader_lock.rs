//! Which tab of the browser leads: the one that holds the Web Lock. The browser hands the lock to
//! the next tab in line when its holder releases it, closes or crashes.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`. In `web-sys` it is behind a compiler flag for unstable interfaces.
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, granted: &Function) -> Result<Promise, JsValue>;
}

/// A lock, or the request for one. Dropping it releases the lock or withdraws the request.
pub(super) struct LeaderLock {
    state: Rc<RefCell<LockState>>,
}

enum LockState {
    /// Requested; another tab holds it.
    Waiting,
    /// Held. Calling the function releases it.
    Held(Function),
    /// Released or withdrawn.
    Released,
}

impl LeaderLock {
    /// Requests the lock of that name and calls `on_granted` when this tab holds it. `None` when this
    /// browser has no Web Locks.
    pub(super) fn request(name: &str, on_granted: impl FnOnce() + 'static) -> Option<Self> {
        let navigator = web_sys::window()?.navigator();
        let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
        if locks.is_undefined() {
            return None;
        }
        let locks: LockManager = locks.unchecked_into();
        let state = Rc::new(RefCell::new(LockState::Waiting));
        let granted_state = Rc::clone(&state);
        let granted = Closure::once_into_js(move |_lock: JsValue| {
            // The browser holds the lock until this promise is resolved.
            let current = Promise::new(&mut |release, _| hold(&granted_state, release));
            if matches!(*granted_state.borrow(), LockState::Held(_)) {
                on_granted();
            }
            current
        });
        // The returned promise resolves when the lock is released; `Drop` decides that.
        let _released = locks.request(name, granted.unchecked_ref()).ok()?;
        Some(Self { state })
    }
}

fn hold(state: &RefCell<LockState>, release: Function) {
    if matches!(*state.borrow(), LockState::Released) {
        // The request was withdrawn: the next tab in line gets the lock at once.
        let _ = release.call0(&JsValue::UNDEFINED);
    } else {
        state.replace(LockState::Held(release));
    }
}

impl Drop for LeaderLock {
    fn drop(&mut self) {
        if let LockState::Held(release) = self.state.replace(LockState::Released) {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}
