//! Sends streams on sockets that were taken over from hyper.
//!
//! hyper has read the request, and the router has answered it. From there on a stream needs a socket and
//! its own state, and nothing of what hyper keeps for a connection.

use std::fmt::Write;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::{Buf, Bytes};
use http::response::Parts;
use http::{Method, Request, Response, Version};
use stream::connection::Connection;
use stream::handover::Handover;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;

/// A stream and the head of its response.
#[derive(Debug)]
pub struct TakenStream {
    head: Parts,
    connection: Connection,
}

/// Passes a stream from the service of one connection to the task that owns its socket.
#[derive(Debug, Default)]
pub struct TakeOver {
    stream: Mutex<Option<TakenStream>>,
    is_there: Notify,
}

impl TakeOver {
    /// Hands the response's stream over to the owner of the socket, if it has one. In that case this never returns: the owner of the socket
    /// drops hyper's connection with this future in it.
    ///
    /// A request of HTTP/1.0 can't be answered in chunks, so its stream stays with hyper.
    pub async fn hand_over<B>(
        self: Arc<Self>,
        (method, version): (Method, Version),
        response: Response<B>,
    ) -> Response<B> {
        let handover = response.extensions().get::<Handover>();
        if method != Method::GET || version != Version::HTTP_11 {
            return response;
        }
        let Some(connection) = handover.and_then(Handover::take) else { return response };
        let (head, _) = response.into_parts();
        *self.lock() = Some(TakenStream { head, connection });
        self.is_there.notify_one();
        std::future::pending().await
    }

    /// Waits for a stream. Never returns on a connection whose requests have other responses.
    pub async fn take(&self) -> TakenStream {
        loop {
            self.is_there.notified().await;
            if let Some(stream) = self.lock().take() {
                return stream;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<TakenStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the method and version of a request, which decide whether its response can be taken over.
pub fn request_line<B>(request: &Request<B>) -> (Method, Version) {
    (request.method().clone(), request.version())
}

impl TakenStream {
    /// Sends the head and then the events, until the stream ends or the reader leaves.
    ///
    /// # Errors
    /// When the socket fails, or takes no bytes for its write timeout.
    pub async fn send(self, mut socket: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let Self { head, mut connection } = self;
        #[expect(clippy::disallowed_methods, reason = "it is for caches, and nothing stores it")]
        let now = SystemTime::now();
        socket.write_all(&encode_head(&head, now)).await?;
        drop(head);
        let mut batch = Vec::new();
        while next_batch(&mut connection, &mut batch, &mut socket).await? {
            write_chunk(&mut socket, &mut batch).await?;
            connection.record_sent();
            // An idle stream keeps no buffer.
            batch = Vec::new();
        }
        socket.write_all(b"0\r\n\r\n").await?;
        socket.shutdown().await
    }
}

/// Waits for events. Returns whether there are any: none follow when the stream has ended or the reader
/// has left.
async fn next_batch(
    connection: &mut Connection,
    batch: &mut Vec<Bytes>,
    socket: &mut (impl AsyncRead + Unpin),
) -> io::Result<bool> {
    let ended = {
        let events = connection.next_batch(batch);
        tokio::select! {
            biased;
            () = events => false,
            left = reader_left(socket) => {
                left?;
                true
            }
        }
    };
    Ok(!ended && !batch.is_empty())
}

/// Waits until the reader closes the connection. What it sends instead isn't read any further: nothing may
/// follow the request of a stream.
async fn reader_left(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    match socket.read(&mut [0; 16]).await? {
        0 => Ok(()),
        _ => std::future::pending().await,
    }
}

/// Encodes the status line and the header fields (RFC 9112, 3 and 5). Nothing else is sent on the
/// connection after the stream, so it is announced to be closed.
fn encode_head(head: &Parts, now: SystemTime) -> Vec<u8> {
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_u16()).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let date = httpdate::HttpDate::from(now);
    let rest = format!("date: {date}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Writes the events as one chunk (RFC 9112, 7.1), if possible by one call of the system.
async fn write_chunk(
    socket: &mut (impl AsyncWrite + Unpin),
    events: &mut Vec<Bytes>,
) -> io::Result<()> {
    let size: usize = events.iter().map(Bytes::len).sum();
    let mut line = String::with_capacity(10);
    write!(line, "{size:x}\r\n").expect("a string can be written");
    events.insert(0, Bytes::from(line));
    events.push(Bytes::from_static(b"\r\n"));
    let mut first = 0;
    while first < events.len() {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let count = slices.len().min(events.len() - first);
        for (slice, bytes) in slices.iter_mut().zip(&events[first..]) {
            *slice = IoSlice::new(bytes);
        }
        let mut written = socket.write_vectored(&slices[..count]).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        while first < events.len() && written >= events[first].len() {
            written -= events[first].len();
            first += 1;
        }
        if written > 0 {
            events[first].advance(written);
        }
    }
    Ok(())
}

/// How many events one call of the system writes at most.
const MAX_SLICES: usize = 32;

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn events_are_one_chunk_also_when_the_socket_takes_little() {
        for buffer in [1, 7, 1000] {
            let (mut socket, mut reader) = duplex(buffer);
            let events: Vec<_> = (0..40).map(|n| Bytes::from(format!("data: {n}\n\n"))).collect();
            let expected = events.concat();
            let write = async {
                write_chunk(&mut socket, &mut events.clone()).await.unwrap();
                drop(socket);
            };
            let mut received = Vec::new();
            let (_, read) = tokio::join!(write, reader.read_to_end(&mut received));
            read.unwrap();
            let head = format!("{:x}\r\n", expected.len());
            assert_eq!(received, [head.as_bytes(), &expected, b"\r\n"].concat(), "buffer {buffer}");
        }
    }

    #[test]
    fn head_has_status_headers_and_framing() {
        let response = Response::builder().header("content-type", "text/event-stream").body(());
        let (parts, ()) = response.unwrap().into_parts();
        let head = String::from_utf8(encode_head(&parts, SystemTime::UNIX_EPOCH)).unwrap();
        assert_eq!(
            head,
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
             date: Thu, 01 Jan 1970 00:00:00 GMT\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n"
        );
    }
}
