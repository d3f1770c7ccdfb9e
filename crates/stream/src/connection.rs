//! One open stream: opening, catching up, live, and back to catching up when it fell behind.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::event::{EndCode, Health, Offset, Ping, PresenceSnapshot, Reset};
use contract::{Cursor, Timestamp};
use futures::Stream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Sleep};
use tracing::warn;

use super::Streams;
use super::catch_up::{self, CaughtUp};
use super::drain::Turn;
use super::frame::{self, Frame};
use super::jitter;
use super::registry::{Delivery, Registration};
use super::scope::Scope;
use crate::presence::Visit;
use activity::log::LogError;
use api::auth::session::SignedIn;

/// One reader's stream. Memory is bounded by its queue; what doesn't fit is read from the log.
#[derive(Debug)]
pub struct Connection {
    streams: Streams,
    reader: SignedIn,
    scope: Scope,
    registration: Registration,
    /// On the stream of an organization.
    visit: Option<Visit>,
    queue: mpsc::Receiver<Delivery>,
    phase: Phase,
    /// Where the reader stands; none until the log was asked for "now".
    cursor: Option<Cursor>,
    /// What is written but not yet handed to the socket.
    outbox: VecDeque<Bytes>,
    ping: Pin<Box<Sleep>>,
    expiry: Pin<Box<Sleep>>,
    lifetime: Pin<Box<Sleep>>,
    pulse: watch::Receiver<Health>,
    /// When it ends, should the node be told to stop.
    turn: Turn,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    CatchingUp,
    Live,
    Over,
}

/// What a live connection waits for.
enum Wake {
    Delivery(Delivery),
    FellBehind,
    End(EndCode),
    /// It is time to say how things are.
    Silence,
    /// Others came or went.
    Presence(Arc<PresenceSnapshot>),
}

impl Connection {
    /// A stream for the signed-in reader, of that scope, from `cursor` on. It has its place in the
    /// registry before anything is read, so nothing can fall between.
    ///
    /// # Errors
    /// Why there can't be one now; the reader may try again.
    pub fn open(
        streams: Streams,
        reader: SignedIn,
        scope: Scope,
        cursor: Option<Cursor>,
        now: Timestamp,
    ) -> Result<Self, EndCode> {
        if streams.drain.has_begun() {
            return Err(EndCode::Draining);
        }
        let settings = &streams.settings;
        let (sender, queue) = mpsc::channel(settings.queue_capacity);
        let registration = streams.registry.register(&reader, scope, sender, settings)?;
        let visit = scope.organization().map(|id| streams.presence.enter(id, reader.user_id));
        let pulse = streams.pulse.subscribe();
        let ping = Box::pin(tokio::time::sleep(jitter::around(settings.ping_interval)));
        let lifetime = Box::pin(tokio::time::sleep(jitter::around(settings.lifetime)));
        let left = (reader.expires_at.inner() - now.inner()).try_into().unwrap_or(Duration::ZERO);
        Ok(Self {
            streams,
            reader,
            scope,
            registration,
            visit,
            queue,
            phase: Phase::Opening,
            cursor,
            outbox: VecDeque::new(),
            ping,
            expiry: Box::pin(tokio::time::sleep(left)),
            lifetime,
            pulse,
            turn: Turn::draw(),
        })
    }

    /// The bytes of the stream, as the body of a response.
    pub fn into_body(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures::stream::unfold(self, async |mut connection| {
            let bytes = connection.next().await?;
            Some((Ok(bytes), connection))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.outbox.pop_front() {
                let silence = jitter::around(self.streams.settings.ping_interval);
                self.ping.as_mut().reset(Instant::now() + silence);
                return Some(bytes);
            }
            match self.phase {
                Phase::Opening => {
                    self.outbox.push_back(frame::retry());
                    self.phase = Phase::CatchingUp;
                }
                Phase::CatchingUp => self.catch_up().await,
                Phase::Live => {
                    let wake = self.wait().await;
                    if let Some(aside) = self.handle(wake) {
                        return Some(aside);
                    }
                }
                Phase::Over => return None,
            }
        }
    }

    async fn catch_up(&mut self) {
        let caught_up = match self.read_log().await {
            Ok(caught_up) => caught_up,
            Err(error) => {
                warn!(%error, "A stream can't catch up and is ended");
                return self.end(EndCode::Overloaded);
            }
        };
        let head = match caught_up {
            CaughtUp::Frames { frames, head } => {
                self.outbox.extend(frames.into_iter().map(|frame| frame.bytes));
                head
            }
            CaughtUp::Reset { head, reason } => {
                self.outbox.push_back(frame::reset(&Reset { cursor: head, reason }));
                head
            }
            CaughtUp::Ended(code) => return self.end(code),
        };
        let lag_ms = self.streams.health.borrow().lag_ms;
        self.outbox.push_back(frame::offset(&Offset { cursor: head, lag_ms }));
        self.cursor = Some(head);
        self.phase = Phase::Live;
    }

    async fn read_log(&mut self) -> Result<CaughtUp, LogError> {
        let pool = &self.streams.pool;
        let turn = self.streams.catch_ups.acquire().await;
        let _turn = turn.expect("nobody closes the semaphore");
        // First, so that nothing is dropped any more when the head is taken.
        self.registration.reopen();
        if self.registration.must_learn() {
            let mut connection = pool.acquire().await?;
            let memberships = catch_up::memberships(&mut connection, self.reader.user_id).await?;
            self.registration.learn(&memberships);
        }
        let limit = self.streams.settings.catch_up_limit;
        catch_up::catch_up(pool, &self.reader, self.scope, self.cursor, limit).await
    }

    async fn wait(&mut self) -> Wake {
        let signals = self.registration.signals();
        tokio::select! {
            biased;
            () = signals.ended.notified() => {
                Wake::End(signals.end().unwrap_or(EndCode::SessionEnded))
            }
            () = self.streams.drain.reaches(self.turn) => Wake::End(EndCode::Draining),
            () = &mut self.expiry => Wake::End(EndCode::SessionEnded),
            () = &mut self.lifetime => Wake::End(EndCode::Lifetime),
            delivery = self.queue.recv() => {
                delivery.map_or(Wake::End(EndCode::Draining), Wake::Delivery)
            }
            // After the queue: what is in it comes first, then the log has what didn't fit.
            () = signals.fell_behind.notified() => Wake::FellBehind,
            Ok(()) = self.pulse.changed() => Wake::Silence,
            () = &mut self.ping => Wake::Silence,
            // Last: who lost access has heard so by then, and hears no more.
            here = news(&mut self.visit) => Wake::Presence(here),
        }
    }

    /// Gives what is to be sent though it isn't from the log. It moves no cursor, so it doesn't
    /// stand for a ping.
    fn handle(&mut self, wake: Wake) -> Option<Bytes> {
        match wake {
            Wake::Delivery(delivery) => self.take(delivery),
            Wake::FellBehind => self.phase = Phase::CatchingUp,
            Wake::End(code) => self.end(code),
            Wake::Silence => self.speak(),
            Wake::Presence(here) => return Some(frame::presence(&here)),
        }
        None
    }

    fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Frame(frame) => self.deliver(frame),
            // Catch-up has looked at the reader's access as it was at its head.
            Delivery::End { position, code } => {
                if self.cursor.is_none_or(|at| at.position < position) {
                    self.end(code);
                }
            }
        }
    }

    fn deliver(&mut self, frame: Frame) {
        // Catch-up has sent everything up to its head.
        let Some(cursor) = self.cursor.as_mut().filter(|at| at.position < frame.position) else {
            return;
        };
        cursor.position = frame.position;
        self.outbox.push_back(frame.bytes);
    }

    fn speak(&mut self) {
        // Read before the queue is looked at: what was routed by then is in it or was sent.
        let Some(routed) = self.registration.routed() else {
            self.phase = Phase::CatchingUp;
            return;
        };
        while self.phase == Phase::Live
            && let Ok(delivery) = self.queue.try_recv()
        {
            self.take(delivery);
        }
        if self.phase != Phase::Live {
            return;
        }
        let Some(cursor) = self.cursor.as_mut() else { return };
        cursor.position = cursor.position.max(routed);
        let cursor = *cursor;
        let health = *self.streams.health.borrow();
        let ping = Ping { cursor, health: health.status, lag_ms: health.lag_ms };
        self.outbox.push_back(frame::ping(&ping));
    }

    fn end(&mut self, code: EndCode) {
        self.outbox.push_back(frame::end(code));
        self.phase = Phase::Over;
    }
}

/// Who else is here, where somebody could be.
async fn news(visit: &mut Option<Visit>) -> Arc<PresenceSnapshot> {
    match visit {
        Some(visit) => visit.news().await,
        None => std::future::pending().await,
    }
}
