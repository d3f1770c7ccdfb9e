//! Telling the other tabs of this browser that another theme was chosen.

use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::Theme;

const NAME: &str = "tributary_theme";

/// A channel to the other tabs, as long as it is held. What they say is which: a tab may hear of it
/// before it sees the cookie.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _hearing: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    /// Opens it; none in a browser without such channels. May be passed around as `Send`: a browser
    /// has one thread.
    pub(super) fn open(hear: impl Fn(Theme) + 'static) -> Option<SendWrapper<Self>> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let hearing: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            hear(Theme::of_name(event.data().as_string().as_deref()));
        });
        channel.set_onmessage(Some(hearing.as_ref().unchecked_ref()));
        Some(SendWrapper::new(Self { channel, _hearing: hearing }))
    }

    /// Says to all other tabs which one was chosen.
    pub(super) fn tell(&self, theme: Theme) {
        let name = theme.name().map_or(JsValue::NULL, JsValue::from_str);
        // It only fails once it is closed, and then there is nobody to tell.
        drop(self.channel.post_message(&name));
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
