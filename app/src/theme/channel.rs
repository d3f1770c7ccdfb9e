//! Tells the other tabs of this browser about another theme.

use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::Theme;

const CHANNEL_NAME: &str = "tributary_theme";

/// A channel to the other tabs, closed on drop. Messages contain the theme, as a tab may receive one
/// before it sees the changed cookie.
pub(super) struct ThemeChannel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl ThemeChannel {
    /// Opens the channel; none in a browser without `BroadcastChannel`. The wrapper makes it `Send`,
    /// which is sound as the browser has one thread.
    pub(super) fn open(on_theme: impl Fn(Theme) + 'static) -> Option<SendWrapper<Self>> {
        let channel = BroadcastChannel::new(CHANNEL_NAME).ok()?;
        let on_message: Closure<dyn FnMut(MessageEvent)> =
            Closure::new(move |event: MessageEvent| {
                on_theme(Theme::from_name(event.data().as_string().as_deref()));
            });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(SendWrapper::new(Self { channel, _on_message: on_message }))
    }

    /// Sends the theme to all other tabs.
    pub(super) fn broadcast(&self, theme: Theme) {
        let name = theme.name().map_or(JsValue::NULL, JsValue::from_str);
        // It only fails for a closed channel, which drop closes.
        drop(self.channel.post_message(&name));
    }
}

impl Drop for ThemeChannel {
    fn drop(&mut self) {
        self.channel.close();
    }
}
