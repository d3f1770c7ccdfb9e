//! One `EventSource` connection. It never reconnects by itself: the state machine decides when to
//! connect again, and from which cursor.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Event, EventSource, MessageEvent};

use super::listener::Listener;
use crate::realtime::tab::stream_machine::StreamInput;
use contract::event::StreamEvent;

/// A connection. Dropping it closes it.
pub(super) struct Connection {
    source: EventSource,
    /// Removed together with the connection, so nothing is reported after that.
    _listeners: Vec<Listener>,
}

impl Connection {
    /// Connects and calls `report` with everything that happens.
    ///
    /// # Errors
    /// When the browser rejects the URL.
    pub(super) fn open(
        url: &str,
        report: impl Fn(StreamInput) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let source = EventSource::new(url)?;
        let mut listeners: Vec<_> = StreamEvent::NAMES
            .into_iter()
            .map(|name| {
                let report = report.clone();
                Listener::new(&source, name, move |event| report(parse(name, event)))
            })
            .collect();
        let opened = report.clone();
        listeners.push(Listener::new(&source, "open", move |_| opened(StreamInput::Opened)));
        let failed = source.clone();
        listeners.push(Listener::new(&source, "error", move |_| {
            // Left open, `EventSource` would reconnect with the cursor of its first URL.
            failed.close();
            report(StreamInput::ConnectionFailed);
        }));
        Ok(Self { source, _listeners: listeners })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}

fn parse(name: &str, event: Event) -> StreamInput {
    let Ok(event) = event.dyn_into::<MessageEvent>() else { return StreamInput::Unreadable(None) };
    let cursor = event.last_event_id().parse().ok();
    let data = event.data().as_string().unwrap_or_default();
    match StreamEvent::parse(name, &data) {
        Ok(event) => StreamInput::Received(event, cursor),
        Err(problem) => {
            leptos::logging::warn!("Can't parse the stream's event `{name}`: {problem}");
            StreamInput::Unreadable(cursor)
        }
    }
}
