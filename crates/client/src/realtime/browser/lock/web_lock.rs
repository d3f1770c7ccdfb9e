//! A Web Lock. The browser hands it to the next tab in line when its holder releases it, closes or
//! crashes.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{Acquire, LockEvent};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`. In `web-sys` it is behind a compiler flag for unstable interfaces.
    pub(super) type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// A Web Lock, or the request for one. Dropping it releases the lock or withdraws the request.
pub(in crate::realtime::browser) struct WebLock {
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

/// `None` when this browser has no Web Locks, or only in a secure context.
pub(super) fn manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

impl WebLock {
    pub(super) fn request(
        locks: &LockManager,
        name: &str,
        acquire: Acquire,
        on_event: Box<dyn Fn(LockEvent)>,
    ) -> Option<Self> {
        let state = Rc::new(RefCell::new(LockState::Waiting));
        let on_event: Rc<dyn Fn(LockEvent)> = on_event.into();
        let (granted_state, on_granted) = (Rc::clone(&state), Rc::clone(&on_event));
        let granted = Closure::once_into_js(move |_lock: JsValue| {
            // The browser holds the lock until this promise is resolved.
            let current = Promise::new(&mut |release, _| hold(&granted_state, release));
            if matches!(*granted_state.borrow(), LockState::Held(_)) {
                on_granted(LockEvent::Granted);
            }
            current
        });
        let options = Object::new();
        let steal = JsValue::from_bool(acquire == Acquire::ByForce);
        Reflect::set(&options, &JsValue::from_str("steal"), &steal).ok()?;
        let ended = locks.request(name, &options, granted.unchecked_ref()).ok()?;
        let lost_state = Rc::clone(&state);
        spawn_local(async move {
            // It is resolved when this tab has released the lock, and rejected when another tab has
            // taken it.
            let was_stolen = JsFuture::from(ended).await.is_err();
            let is_held = matches!(*lost_state.borrow(), LockState::Held(_));
            if was_stolen && is_held {
                lost_state.replace(LockState::Released);
                on_event(LockEvent::Lost);
            }
        });
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

impl Drop for WebLock {
    fn drop(&mut self) {
        if let LockState::Held(release) = self.state.replace(LockState::Released) {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}
