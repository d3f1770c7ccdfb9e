//! Which tab of the browser holds the stream: the one that holds the Web Lock. The browser gives
//! it to the next tab in line when its holder lets go, closes or crashes.

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

/// A place in line for the lock, and the lock once it is held. Let go when it is dropped.
pub(super) struct LeaderLock {
    state: Rc<RefCell<State>>,
}

enum State {
    Waiting,
    /// Calling it lets the lock go.
    Resource(Function),
    Over,
}

impl LeaderLock {
    /// Stands in line for the lock of that name; calls `elected` when it is held. `None` when this
    /// browser has no such locks.
    pub(super) fn stand(name: &str, elected: impl FnOnce() + 'static) -> Option<Self> {
        let navigator = web_sys::window()?.navigator();
        let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
        if locks.is_undefined() {
            return None;
        }
        let locks: LockManager = locks.unchecked_into();
        let state = Rc::new(RefCell::new(State::Waiting));
        let held = Rc::clone(&state);
        let granted = Closure::once_into_js(move |_lock: JsValue| {
            // The lock is held until this promise is resolved.
            let holding = Promise::new(&mut |release, _| hold(&held, release));
            if matches!(*held.borrow(), State::Resource(_)) {
                elected();
            }
            holding
        });
        // What it promises is the end of the lock, and that is decided here.
        let _ended = locks.request(name, granted.unchecked_ref()).ok()?;
        Some(Self { state })
    }
}

fn hold(state: &RefCell<State>, release: Function) {
    if matches!(*state.borrow(), State::Over) {
        // Nobody here wants it any more: the next in line is to have it at once.
        let _ = release.call0(&JsValue::UNDEFINED);
    } else {
        state.replace(State::Resource(release));
    }
}

impl Drop for LeaderLock {
    fn drop(&mut self) {
        if let State::Resource(release) = self.state.replace(State::Over) {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}
