//! The span of a stream: it puts the id of the request that opened it, its reader and its organization
//! on the log lines of its catch-ups and its end.

use api::request_span::RequestId;
use contract::UserId;
use tracing::field::Empty;
use tracing::{Span, error_span};

use crate::scope::Scope;

/// What a stream's log lines say of it. Ids only.
#[derive(Clone, Copy, Debug)]
pub struct StreamIds {
    /// The request that opened the stream.
    pub request_id: RequestId,
    /// The reader.
    pub user_id: UserId,
    /// What the stream covers.
    pub scope: Scope,
}

impl StreamIds {
    /// A new span, for one piece of work. A stream doesn't keep one: it would take memory while the
    /// reader is idle, and entering it would slow each frame.
    #[must_use]
    pub fn span(&self) -> Span {
        // The level of errors, so that a filter such as `warn` keeps the ids.
        error_span!(
            parent: None,
            "stream",
            request_id = %self.request_id,
            user_id = %self.user_id,
            organization_id = self.scope.organization().map(display),
            ended = Empty,
        )
    }
}
