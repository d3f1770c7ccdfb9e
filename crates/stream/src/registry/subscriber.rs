//! The router's side of one stream: its queue, and the signals beside the queue.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::event::EndCode;
use contract::{Position, SessionId, UserId};
use tokio::sync::{Notify, mpsc};

use crate::frame::Frame;
use crate::scope::Scope;
use api::auth::session::SignedIn;

/// An item of a stream's queue.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A `change` event.
    Frame(Frame),
    /// The end of the stream. Frames that were queued before are still sent.
    End {
        /// The position of the activity that ends the stream.
        position: Position,
        /// Why it ends.
        code: EndCode,
    },
}

/// A stream as the router sees it.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) id: u64,
    pub(super) user_id: UserId,
    pub(super) session_id: SessionId,
    pub(super) scope: Scope,
    pub(super) signals: Signals,
    queue: mpsc::Sender<Delivery>,
    /// Whether a frame was dropped because the queue was full. While it is set nothing is queued: a
    /// later frame must not overtake the dropped one.
    lagged: AtomicBool,
}

impl Subscriber {
    pub(super) fn new(
        id: u64,
        reader: &SignedIn,
        scope: Scope,
        queue: mpsc::Sender<Delivery>,
    ) -> Self {
        let SignedIn { user_id, session_id, .. } = *reader;
        let (signals, lagged) = Default::default();
        Self { id, user_id, session_id, scope, signals, queue, lagged }
    }

    /// Puts `delivery` into the queue and never waits: a reader that is too slow for its queue is
    /// sent back to catch-up, so that it delays nobody.
    pub(super) fn push(&self, delivery: Delivery) {
        if !self.is_lagged()
            && let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(delivery)
        {
            self.send_to_catch_up();
        }
    }

    /// Sends the reader back to catch-up, which reads from the log what the queue doesn't hold.
    pub(super) fn send_to_catch_up(&self) {
        self.lagged.store(true, Ordering::Release);
        self.signals.lagged.notify_one();
    }

    pub(super) fn is_lagged(&self) -> bool {
        self.lagged.load(Ordering::Acquire)
    }

    /// Lets the queue fill again.
    pub(super) fn clear_lagged(&self) {
        self.lagged.store(false, Ordering::Release);
    }

    /// Ends the stream at once, whatever its queue holds. The first code wins.
    pub(super) fn end(&self, code: EndCode) {
        let _ = self.signals.end_code.set(code);
        self.signals.ended.notify_one();
    }
}

/// Signals that reach a connection beside its queue, so that a full queue can't hold them up.
#[derive(Debug, Default)]
pub struct Signals {
    /// The stream has to go back to catch-up: a frame was dropped, or the log was reset.
    pub lagged: Notify,
    /// The stream has to end; [`Self::end_code`] says why.
    pub ended: Notify,
    end_code: OnceLock<EndCode>,
}

impl Signals {
    /// Why the stream has to end; none while it may go on.
    #[must_use]
    pub fn end_code(&self) -> Option<EndCode> {
        self.end_code.get().copied()
    }
}
