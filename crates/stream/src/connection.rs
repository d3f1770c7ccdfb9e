//! One open stream: it opens, catches up, is live, and catches up again when it lagged.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use bytes::Bytes;
use contract::event::{EndCode, Health, Offset, Ping, PresenceSnapshot, Reset};
use contract::{Cursor, Timestamp};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, timeout};
use tracing::{Instrument, Span, debug, instrument, warn};

use super::catch_up::{self, CatchUp, CatchUpError};
use super::frame::{self, Frame};
use super::jitter;
use super::registry::{Delivery, LoadOutcome, Registration, Signal};
use super::scope::Scope;
use super::shutdown::CloseOffset;
use super::stream_span::StreamIds;
use super::{Settings, Streams};
use crate::presence::PresenceGuard;
use activity::log::missed::CatchUpLimits;
use api::auth::session::SignedIn;
use api::request_span::RequestId;
use api::wire;

/// How many bytes a batch has, unless one event has more. A reader that stalls keeps a batch in memory.
const MAX_BATCH_BYTES: usize = 16 << 10;

/// How long a catch-up waits until this node has routed what is in the log.
const MAX_WAIT_FOR_ROUTING: Duration = Duration::from_secs(2);

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

    #[instrument(skip_all, fields(frames, reset))]
    async fn catch_up(&mut self) {
        let started_at = StdInstant::now();
        let caught_up = match self.read_log().await {
            Ok(caught_up) => {
                self.streams.metrics.catch_up_duration.record_duration(started_at.elapsed());
                caught_up
            }
            Err(error) => {
                warn!(%error, "A stream can't catch up; closing it");
                return self.end(EndCode::Overloaded);
            }
        };
        let head = match caught_up {
            CatchUp::Frames { frames, head } => {
                let events = u32::try_from(frames.len()).unwrap_or(u32::MAX);
                Span::current().record("frames", events);
                self.streams.metrics.catch_up_events.record(events.into());
                self.outbox.extend(frames.into_iter().map(|frame| frame.bytes));
                head
            }
            CatchUp::Reset { head, reason } => {
                Span::current().record("reset", wire::to_text(&reason));
                self.streams.metrics.resets.increment(&reason);
                self.outbox.push_back(frame::reset(&Reset { cursor: head, reason }));
                head
            }
            CatchUp::Ended(code) => return self.end(code),
        };
        let lag_ms = self.streams.health.borrow().lag_ms;
        self.outbox.push_back(frame::offset(&Offset { cursor: head, lag_ms }));
        self.cursor = Some(head);
        self.phase = Phase::Live;
    }

    async fn read_log(&mut self) -> Result<CatchUp, CatchUpError> {
        let Streams { readers, pool, catch_up_counts, .. } = &self.streams;
        // A user's streams take turns, so that one user can't keep all others waiting.
        let _turn = self.streams.catch_up_turns.acquire(self.reader.user_id).await;
        // Before the head is read, so that each frame is in the log up to the head or in the queue.
        self.registration.reopen();
        let mut expected = None;
        // A session that ends after the registration ends the stream. It may have ended before, since
        // the request was authenticated.
        while !self.is_session_checked || self.registration.needs_memberships() {
            let state = readers.load(&self.reader).await?;
            let outcome = self.registration.load_memberships(state.bounds.head, &state.memberships);
            if outcome == LoadOutcome::Outdated {
                self.registration.reopen();
                continue;
            }
            self.is_session_checked = true;
            match catch_up::decide(&state, self.scope, self.cursor) {
                // Nothing was missed up to the head; what was routed after it is in the hot tail.
                Some(CatchUp::Frames { head, .. }) if outcome == LoadOutcome::RoutedBeyondHead => {
                    self.cursor = Some(head);
                }
                Some(decided) => return Ok(decided),
                None => {}
            }
            expected = Some(state.bounds.head);
        }
        let Settings { catch_up_limit, catch_up_max_bytes, .. } = self.streams.settings;
        let limits = CatchUpLimits { entities: catch_up_limit, bytes: catch_up_max_bytes };
        if let Some(caught_up) = self.read_hot_tail(expected, limits).await? {
            catch_up_counts.count_from_memory();
            return Ok(caught_up);
        }
        let permit = self.streams.catch_up_permits.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        // Again, since the queue may have been filled while this waited.
        self.registration.reopen();
        catch_up_counts.count_from_database();
        catch_up::from_database(pool, &self.reader, self.scope, self.cursor, limits).await
    }

    /// Catches up from memory, up to the position `head` at least. None when only the database can answer.
    async fn read_hot_tail(
        &self,
        head: Option<Cursor>,
        limits: CatchUpLimits,
    ) -> Result<Option<CatchUp>, CatchUpError> {
        if let Some(head) = head {
            // Usually it has been routed. Otherwise waiting is cheaper than reading the database.
            let routed = self.registration.wait_until_routed(head);
            if timeout(MAX_WAIT_FOR_ROUTING, routed).await.is_err() {
                return Ok(None);
            }
        }
        let Some((cursor, view)) = self.cursor.zip(self.registration.view()) else {
            return Ok(None);
        };
        catch_up::from_tail(&self.streams, self.reader.user_id, self.scope, cursor, view, limits)
            .await
    }

    async fn wait_for_event(&mut self) -> Event {
        if let Some(code) = self.registration.end_code() {
            return Event::End(code);
        }
        tokio::select! {
            biased;
            () = self.streams.shutdown.wait_to_close(self.close_offset) => {
                Event::End(EndCode::Draining)
            }
            () = &mut self.end_timer => Event::End(self.end_code),
            signal = self.registration.next_signal() => Event::Signal(signal),
            Ok(()) = self.health_status.changed() => Event::HealthChanged,
            () = &mut self.ping_timer => Event::PingTimer,
            // Last: a reader who lost access gets the end before another presence.
            snapshot = next_presence(&mut self.presence) => Event::Presence(snapshot),
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
