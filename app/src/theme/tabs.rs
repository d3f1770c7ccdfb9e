//! Telling the other tabs of this browser that another theme was chosen.

use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, Event};

const NAME: &str = "tributary_theme";

/// A channel to the other tabs, as long as it is held. What they say is only that there is something
/// to look up: the cookie says what.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _hearing: Closure<dyn FnMut(Event)>,
}

impl Tabs {
    /// Opens it; none in a browser without such channels. May be passed around as `Send`: a browser
    /// has one thread.
    pub(super) fn open(hear: impl Fn() + 'static) -> Option<SendWrapper<Self>> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let hearing: Closure<dyn FnMut(Event)> = Closure::new(move |_| hear());
        channel.set_onmessage(Some(hearing.as_ref().unchecked_ref()));
        Some(SendWrapper::new(Self { channel, _hearing: hearing }))
    }

    /// Says to all other tabs that they should look.
    pub(super) fn tell(&self) {
        // It only fails once it is closed, and then there is nobody to tell.
        drop(self.channel.post_message(&JsValue::NULL));
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
