//! One open stream: it opens, catches up, is live, and catches up again when it lagged.

mod catching_up;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use bytes::Bytes;
use contract::event::{EndCode, Health, Ping, PresenceSnapshot};
use contract::{Cursor, Timestamp};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};
use tracing::{Instrument, Span, debug};

use super::Streams;
use super::frame::{self, Frame};
use super::jitter;
use super::registry::{Delivery, Registration, Signal};
use super::scope::Scope;
use super::shutdown::CloseOffset;
use super::stream_span::StreamIds;
use crate::presence::PresenceGuard;
use api::auth::session::SignedIn;
use api::request_span::RequestId;
use api::wire;

/// How many bytes a batch has, unless one event has more. A reader that stalls keeps a batch in memory.
const MAX_BATCH_BYTES: usize = 16 << 10;

/// One reader's stream. Its queue bounds its memory; frames that don't fit are read from the log.
#[derive(Debug)]
pub struct Connection {
    streams: Streams,
    reader: SignedIn,
    scope: Scope,
    request_id: RequestId,
    opened_at: Instant,
    registration: Registration,
    /// On an organization's stream only.
    presence: Option<PresenceGuard>,
    phase: Phase,
    /// Whether the session was found to exist after the registration.
    is_session_checked: bool,
    /// The position up to which the reader has received everything. None for a stream without a
    /// cursor, until catch-up has read the head.
    cursor: Option<Cursor>,
    /// Encoded events that the socket hasn't taken yet.
    outbox: VecDeque<Bytes>,
    /// When the oldest live event that the socket hasn't taken yet was routed.
    unsent_since: Option<StdInstant>,
    /// When something with a cursor was last sent.
    sent_at: Instant,
    /// Goes off at the earliest when a ping is due. It isn't reset by each event, which would cost more than
    /// the event.
    ping_timer: Pin<Box<Sleep>>,
    end_timer: Pin<Box<Sleep>>,
    /// Why the stream ends when `end_timer` goes off.
    end_code: EndCode,
    health_status: watch::Receiver<Health>,
    /// When the stream closes if the node shuts down.
    close_offset: CloseOffset,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    CatchingUp,
    Live,
    Closed(EndCode),
}

/// What a live connection waits for.
enum Event {
    Signal(Signal),
    End(EndCode),
    /// Nothing may have been sent for the ping interval.
    PingTimer,
    HealthChanged,
    Presence(Arc<PresenceSnapshot>),
}

impl Connection {
    /// Opens a stream for the signed-in reader from `cursor` on; without one, from the head on. It
    /// is registered before anything is read, so that no activity falls between the two. `request_id`
    /// names it in the log.
    ///
    /// # Errors
    /// Why no stream can be opened now. The reader may retry.
    pub fn open(
        streams: Streams,
        reader: SignedIn,
        scope: Scope,
        cursor: Option<Cursor>,
        request_id: RequestId,
        now: Timestamp,
    ) -> Result<Self, EndCode> {
        if streams.shutdown.has_begun() {
            return Err(EndCode::Draining);
        }
        let settings = &streams.settings;
        let registration = streams.registry.register(&reader, scope, settings)?;
        streams.metrics.opened.increment();
        let presence = scope.organization().map(|id| streams.presence.enter(id, reader.user_id));
        let health_status = streams.health_status.subscribe();
        let ping_timer = Box::pin(tokio::time::sleep(jitter::around(settings.ping_interval)));
        let lifetime = jitter::around(settings.lifetime);
        let session_left =
            (reader.expires_at.inner() - now.inner()).try_into().unwrap_or(Duration::ZERO);
        let (left, end_code) = if session_left <= lifetime {
            (session_left, EndCode::SessionEnded)
        } else {
            (lifetime, EndCode::Lifetime)
        };
        Ok(Self {
            streams,
            reader,
            scope,
            request_id,
            opened_at: Instant::now(),
            registration,
            presence,
            phase: Phase::Opening,
            is_session_checked: false,
            cursor,
            outbox: VecDeque::new(),
            unsent_since: None,
            sent_at: Instant::now(),
            ping_timer,
            end_timer: Box::pin(tokio::time::sleep(left)),
            end_code,
            health_status,
            close_offset: CloseOffset::random(),
        })
    }

    /// Waits for events and appends them to `batch`, as bytes: the next one, and those that are ready
    /// behind it. Appends nothing when the stream has ended.
    pub async fn next_batch(&mut self, batch: &mut Vec<Bytes>) {
        let Some(first) = self.next().await else { return };
        let mut size = first.len();
        batch.push(first);
        while size < MAX_BATCH_BYTES
            && let Some(bytes) = self.next_ready()
        {
            size += bytes.len();
            batch.push(bytes);
        }
    }

    /// Records that the socket has taken the last batch.
    pub fn record_sent(&mut self) {
        if let Some(routed_at) = self.unsent_since.take() {
            self.streams.metrics.routed_to_socket.record_duration(routed_at.elapsed());
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.outbox.pop_front() {
                self.sent_at = Instant::now();
                return Some(bytes);
            }
            match self.phase {
                Phase::Opening => {
                    self.outbox.push_back(frame::retry());
                    self.phase = Phase::CatchingUp;
                }
                Phase::CatchingUp => {
                    let span = self.span();
                    // Boxed, so that an idle stream doesn't carry the state of its catch-up.
                    Box::pin(self.catch_up()).instrument(span).await;
                }
                Phase::Live => match self.wait_for_event().await {
                    // Sent past the outbox: it has no cursor, so it must not put off the next ping.
                    Event::Presence(snapshot) => return Some(frame::presence(&snapshot)),
                    Event::Signal(Signal::Delivery(delivery)) => self.handle_delivery(delivery),
                    Event::Signal(Signal::Lagged) => self.phase = Phase::CatchingUp,
                    // The next wait checks it.
                    Event::Signal(Signal::Woken) => {}
                    Event::Signal(Signal::End(code)) | Event::End(code) => self.end(code),
                    Event::PingTimer => self.send_ping_if_due(),
                    Event::HealthChanged => self.send_ping(),
                },
                Phase::Closed(_) => return None,
            }
        }
    }

    /// The next event that can be sent without waiting.
    fn next_ready(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.outbox.pop_front() {
                return Some(bytes);
            }
            let Phase::Live = self.phase else { return None };
            let delivery = self.registration.pop()?;
            self.handle_delivery(delivery);
        }
    }

    fn span(&self) -> Span {
        let Self { request_id, reader: SignedIn { user_id, .. }, scope, .. } = *self;
        StreamIds { request_id, user_id, scope }.span()
    }

    async fn wait_for_event(&mut self) -> Event {
        if let Some(code) = self.registration.end_code() {
            return Event::End(code);
        }
        self.close_in_time();
        if self.health_status.has_changed().unwrap_or(false) {
            self.health_status.mark_unchanged();
            return Event::HealthChanged;
        }
        tokio::select! {
            biased;
            () = &mut self.end_timer => Event::End(self.end_code),
            signal = self.registration.next_signal() => Event::Signal(signal),
            () = &mut self.ping_timer => Event::PingTimer,
            // Last: a reader who lost access gets the end before another presence.
            snapshot = next_presence(&mut self.presence) => Event::Presence(snapshot),
        }
    }

    /// Ends the stream earlier if the node shuts down.
    fn close_in_time(&mut self) {
        let closes_at = self.streams.shutdown.closes_at(self.close_offset);
        if let Some(closes_at) = closes_at.filter(|at| *at < self.end_timer.deadline()) {
            self.end_timer.as_mut().reset(closes_at);
            self.end_code = EndCode::Draining;
        }
    }

    fn handle_delivery(&mut self, delivery: Delivery) {
        // It may have been queued after the session ended.
        if let Some(code) = self.registration.end_code() {
            return self.end(code);
        }
        match delivery {
            Delivery::Frame(frame) => self.send_frame(frame),
            // An end at or before the cursor is outdated: catch-up checked the reader's access there.
            Delivery::End { position, code } => {
                if self.cursor.is_none_or(|cursor| cursor.position < position) {
                    self.end(code);
                }
            }
        }
    }

    fn send_frame(&mut self, frame: Frame) {
        // Catch-up already sent everything up to the cursor.
        let Some(cursor) = self.cursor.as_mut().filter(|cursor| cursor.position < frame.position)
        else {
            return;
        };
        cursor.position = frame.position;
        self.unsent_since.get_or_insert(frame.encoded_at);
        self.streams.metrics.deliveries.increment();
        self.outbox.push_back(frame.bytes);
    }

    fn send_ping_if_due(&mut self) {
        let due_at = self.sent_at + jitter::around(self.streams.settings.ping_interval);
        if due_at <= Instant::now() {
            self.send_ping();
        } else {
            self.ping_timer.as_mut().reset(due_at);
        }
    }

    fn send_ping(&mut self) {
        // Read before the queue is emptied: what was routed up to this position is in the queue or
        // was sent, so after emptying it the ping may carry this position.
        let Some(routed) = self.registration.routed() else {
            self.phase = Phase::CatchingUp;
            return;
        };
        while self.phase == Phase::Live
            && let Some(delivery) = self.registration.pop()
        {
            self.handle_delivery(delivery);
        }
        if self.phase != Phase::Live {
            return;
        }
        let Some(cursor) = self.cursor.as_mut() else { return };
        cursor.position = cursor.position.max(routed);
        let cursor = *cursor;
        let health = *self.streams.health.borrow();
        let ping = Ping { cursor, health: health.status, lag_ms: health.lag_ms };
        let delay = jitter::around(self.streams.settings.ping_interval);
        self.ping_timer.as_mut().reset(Instant::now() + delay);
        self.outbox.push_back(frame::ping(&ping));
    }

    fn end(&mut self, code: EndCode) {
        self.outbox.push_back(frame::end(code));
        self.phase = Phase::Closed(code);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let ended = match self.phase {
            Phase::Closed(code) => wire::to_text(&code),
            _ => "reader_left".to_owned(),
        };
        self.streams.metrics.ends.increment(&ended);
        let span = self.span();
        span.record("ended", ended);
        span.in_scope(|| debug!(seconds = self.opened_at.elapsed().as_secs(), "A stream ended"));
    }
}

/// Waits for a new presence snapshot; forever on a stream without presence.
async fn next_presence(presence: &mut Option<PresenceGuard>) -> Arc<PresenceSnapshot> {
    match presence {
        Some(presence) => presence.next_snapshot().await,
        None => std::future::pending().await,
    }
}
