//! How the tabs of one browser hear each other.

use std::rc::Rc;

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::listener::Listener;
use crate::realtime::tab::message::TabMessage;

/// A channel to the other tabs of the same person.
#[derive(Clone)]
pub(super) struct Channel(Rc<Open>);

struct Open {
    channel: BroadcastChannel,
    _listener: Listener,
}

impl Channel {
    /// Opens it; what other tabs say is given to `hear`.
    ///
    /// # Errors
    /// When this browser has no such channels.
    pub(super) fn open(name: &str, hear: impl Fn(TabMessage) + 'static) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(name)?;
        let listener = Listener::new(&channel, "message", move |event| {
            // A tab with another version of this app may say what this one doesn't know.
            if let Some(message) = read(event.unchecked_ref()) {
                hear(message);
            }
        });
        Ok(Self(Rc::new(Open { channel, _listener: listener })))
    }

    /// Says something to all other tabs.
    pub(super) fn tell(&self, message: &TabMessage) {
        let text = serde_json::to_string(message).expect("messages are plain data");
        // It only fails once it is closed, and then there is nobody to tell.
        let _ = self.0.channel.post_message(&JsValue::from_str(&text));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.channel.close();
    }
}

fn read(event: &MessageEvent) -> Option<TabMessage> {
    serde_json::from_str(&event.data().as_string()?).ok()
}
