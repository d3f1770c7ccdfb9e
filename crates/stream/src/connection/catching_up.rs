//! The catch-up of one stream: from memory if possible, otherwise from the database.

use std::time::{Duration, Instant};

use contract::Cursor;
use contract::event::{EndCode, Offset, Reset};
use tokio::time::timeout;
use tracing::{Span, instrument, warn};

use super::{Connection, Phase};
use crate::catch_up::{self, CatchUp, CatchUpError};
use crate::frame;
use crate::registry::LoadOutcome;
use crate::{Settings, SharedState};
use activity::log::missed::CatchUpLimits;
use api::wire;

/// How long a catch-up waits until this node has routed what is in the log.
const MAX_WAIT_FOR_ROUTING: Duration = Duration::from_secs(5);

impl Connection {
    /// Queues what the reader missed, and where the stream goes on. The stream is live then, or ends.
    #[instrument(skip_all, fields(frames, reset))]
    pub(super) async fn catch_up(&mut self) {
        let started_at = Instant::now();
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
        let SharedState { readers, pool, catch_up_counts, .. } = &*self.streams;
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
}
