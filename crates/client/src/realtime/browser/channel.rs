//! The `BroadcastChannel` between the tabs of one browser.

use std::rc::Rc;

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::listener::Listener;
use crate::realtime::tab::message::TabMessage;

/// A channel to the other tabs that use the same stream. Closed when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Channel(Rc<OpenChannel>);

struct OpenChannel {
    channel: BroadcastChannel,
    _listener: Listener,
}

impl Channel {
    /// Opens the channel and calls `on_message` with each message of another tab.
    ///
    /// # Errors
    /// When this browser has no `BroadcastChannel`.
    pub(super) fn open(
        name: &str,
        on_message: impl Fn(TabMessage) + 'static,
    ) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(name)?;
        let listener = Listener::new(&channel, "message", move |event| {
            // Another release of the app may send messages that this one doesn't know.
            if let Some(message) = parse(event.unchecked_ref()) {
                on_message(message);
            }
        });
        Ok(Self(Rc::new(OpenChannel { channel, _listener: listener })))
    }

    /// Sends a message to all other tabs.
    pub(super) fn send(&self, message: &TabMessage) {
        let text = serde_json::to_string(message).expect("messages are plain data");
        // It only fails on a closed channel, and this one closes when it is dropped.
        let _ = self.0.channel.post_message(&JsValue::from_str(&text));
    }
}

impl Drop for OpenChannel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

fn parse(event: &MessageEvent) -> Option<TabMessage> {
    serde_json::from_str(&event.data().as_string()?).ok()
}
