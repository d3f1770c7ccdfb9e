//! One `EventSource`, for as long as it holds. It never reconnects by itself: whoever owns it
//! decides when, and from which cursor.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Event, EventSource, MessageEvent};

use super::listener::Listener;
use crate::realtime::tab::machine::Input;
use contract::event::StreamEvent;

/// Closes when it is dropped.
pub(super) struct Connection {
    source: EventSource,
    /// Dropped with the connection: what comes after that isn't heard.
    _listeners: Vec<Listener>,
}

impl Connection {
    /// Connects; what happens is given to `report`.
    ///
    /// # Errors
    /// When the browser refuses to try.
    pub(super) fn open(
        address: &str,
        report: impl Fn(Input) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let source = EventSource::new(address)?;
        let mut listeners: Vec<_> = StreamEvent::NAMES
            .into_iter()
            .map(|name| {
                let report = report.clone();
                Listener::new(&source, name, move |event| report(read(name, event)))
            })
            .collect();
        let opened = report.clone();
        listeners.push(Listener::new(&source, "open", move |_| opened(Input::Opened)));
        let trying = source.clone();
        listeners.push(Listener::new(&source, "error", move |_| {
            // The browser would connect again with a cursor that is old by then.
            trying.close();
            report(Input::Broken);
        }));
        Ok(Self { source, _listeners: listeners })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}

fn read(name: &str, event: Event) -> Input {
    let Ok(event) = event.dyn_into::<MessageEvent>() else { return Input::Unreadable(None) };
    let cursor = event.last_event_id().parse().ok();
    let data = event.data().as_string().unwrap_or_default();
    match StreamEvent::parse(name, &data) {
        Ok(event) => Input::Received(event, cursor),
        Err(problem) => {
            leptos::logging::warn!("The stream's event `{name}` can't be read: {problem}");
            Input::Unreadable(cursor)
        }
    }
}
