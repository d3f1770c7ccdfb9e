//! Hands a stream over to the HTTP server, which sends it on the socket itself.
//!
//! An HTTP library keeps buffers and headers for as long as a connection is open: hyper keeps more than
//! 16 KB. A stream needs none of them once its head is sent. The response of a stream has a [`Handover`]
//! as an extension; whoever doesn't take the stream out of it sends the response's body, which is the same
//! stream.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use crate::connection::Connection;

/// A stream that can be taken once, by the server or by the response's body. Clones share it.
#[derive(Clone, Debug)]
pub struct Handover(Arc<Mutex<Option<Connection>>>);

impl Handover {
    /// Hands this stream over.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(Some(connection))))
    }

    /// Takes the stream; none if it was taken before.
    #[must_use]
    pub fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A body that takes the stream when it is first read.
    pub fn body(&self) -> Body {
        let handover = self.clone();
        let taken = stream::once(async move { stream::iter(handover.take()) });
        Body::from_stream(taken.flatten().flat_map(events))
    }
}

fn events(connection: Connection) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(connection, async |mut connection| {
        let mut batch = Vec::new();
        connection.next_batch(&mut batch).await;
        connection.record_sent();
        (!batch.is_empty()).then(|| (stream::iter(batch.into_iter().map(Ok)), connection))
    })
    .flatten()
}
