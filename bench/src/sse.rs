//! A client of a stream that costs little: one connection, one small buffer.
//!
//! It reads chunked transfer coding (RFC 9112, 7.1), if there is one, and the event stream format (WHATWG
//! HTML, 9.2.6).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::BenchError;

/// An open stream.
pub struct EventSource {
    connection: TcpStream,
    /// Whether the body has chunks. Otherwise it lasts until the connection is closed.
    is_chunked: bool,
    /// Received, and not yet decoded.
    raw: Vec<u8>,
    /// Bytes of the present chunk that are still to come, its line end included.
    chunk_left: usize,
    /// Decoded, and not yet an event.
    text: Vec<u8>,
}

/// An event: its name and its data.
#[derive(Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Such as `change`.
    pub name: &'a str,
    /// One line of JSON.
    pub data: &'a str,
}

/// Whether a client reads on after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Read on.
    Continue,
    /// Stop reading.
    Stop,
}

impl EventSource {
    /// Opens `/me/stream`.
    ///
    /// # Errors
    /// When the connection fails, or the status isn't 200.
    pub async fn open(
        address: SocketAddr,
        cookie: &str,
        cursor: Option<&str>,
    ) -> Result<Self, BenchError> {
        let query = cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
        Self::open_path(address, &format!("/me/stream{query}"), cookie).await
    }

    /// Opens the stream at a path of any server.
    ///
    /// # Errors
    /// When the connection fails, or the status isn't 200.
    pub async fn open_path(
        address: SocketAddr,
        path: &str,
        cookie: &str,
    ) -> Result<Self, BenchError> {
        let mut connection = TcpStream::connect(address).await?;
        connection.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\
             Cookie: {cookie}\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await?;
        let mut raw = Vec::with_capacity(1024);
        let head_end = loop {
            if connection.read_buf(&mut raw).await? == 0 {
                return Err(BenchError::StreamEnded("no answer".to_owned()));
            }
            if let Some(end) = find(&raw, b"\r\n\r\n") {
                break end + 4;
            }
        };
        if !raw.starts_with(b"HTTP/1.1 200") {
            return Err(BenchError::StreamEnded(String::from_utf8_lossy(&raw).into_owned()));
        }
        let head = String::from_utf8_lossy(&raw[..head_end]).to_ascii_lowercase();
        let is_chunked = head.contains("\r\ntransfer-encoding: chunked\r\n");
        raw.drain(..head_end);
        Ok(Self { connection, is_chunked, raw, chunk_left: 0, text: Vec::new() })
    }

    /// Reads events until `handle` stops.
    ///
    /// # Errors
    /// When the stream ends before, or `handle` fails.
    pub async fn read(
        &mut self,
        mut handle: impl FnMut(Event<'_>) -> Result<Next, BenchError>,
    ) -> Result<(), BenchError> {
        loop {
            if self.is_chunked {
                self.decode_chunks()?;
            } else {
                self.text.append(&mut self.raw);
            }
            while let Some(end) = find(&self.text, b"\n\n") {
                let next = parse(&self.text[..end]).map_or(Ok(Next::Continue), &mut handle)?;
                self.text.drain(..end + 2);
                if next == Next::Stop {
                    return Ok(());
                }
            }
            if self.connection.read_buf(&mut self.raw).await? == 0 {
                return Err(BenchError::StreamEnded("the connection was closed".to_owned()));
            }
        }
    }

    fn decode_chunks(&mut self) -> Result<(), BenchError> {
        let mut read = 0;
        loop {
            if self.chunk_left > 0 {
                let take = self.chunk_left.min(self.raw.len() - read);
                // The last two bytes of a chunk are its line end.
                let data = take.min(self.chunk_left.saturating_sub(2));
                self.text.extend_from_slice(&self.raw[read..read + data]);
                self.chunk_left -= take;
                read += take;
                if self.chunk_left > 0 {
                    break;
                }
            }
            let Some(line) = find(&self.raw[read..], b"\r\n") else { break };
            let size = std::str::from_utf8(&self.raw[read..read + line])
                .ok()
                .and_then(|text| usize::from_str_radix(text, 16).ok())
                .ok_or_else(|| BenchError::StreamEnded("a chunk without a size".to_owned()))?;
            if size == 0 {
                return Err(BenchError::StreamEnded("the last chunk".to_owned()));
            }
            read += line + 2;
            self.chunk_left = size + 2;
        }
        self.raw.drain(..read);
        Ok(())
    }
}

/// The name and the data of one event. `None` for comments and `retry`.
fn parse(block: &[u8]) -> Option<Event<'_>> {
    let text = std::str::from_utf8(block).ok()?;
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some(Event { name: field("event")?, data: field("data")? })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
