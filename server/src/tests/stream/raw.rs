//! A stream as bytes over a TCP socket, for tests of what a client library would hide.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::*;

/// Signs up; returns the person and their session cookie.
pub(super) async fn sign_up(server: &TestServer, name: &str) -> (Person, String) {
    let visitor = server.visitor();
    let reply = visitor.sign_up(name, server.mail_folder()).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    (visitor, cookie.split(';').next().unwrap().to_owned())
}

/// Requests a stream without reading from it, with the smallest receive buffer that the system allows.
pub(super) async fn open_stream(server: &TestServer, cookie: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    let mut connection = socket.connect(server.address()).await.unwrap();
    let request = format!(
        "GET /me/stream HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n",
        server.address()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

/// Reads up to the event that contains `last`; returns everything read.
pub(super) async fn read_until(connection: &mut TcpStream, last: &str) -> String {
    let mut bytes = Vec::new();
    let has_last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.split_once(last).is_some_and(|(_, rest)| rest.contains("\n\n\r\n"))
    };
    let read = async {
        while !has_last(&bytes) {
            assert_ne!(connection.read_buf(&mut bytes).await.unwrap(), 0, "the stream ended");
        }
    };
    // A long timeout, because a small receive buffer is slow.
    tokio::time::timeout(std::time::Duration::from_secs(60), read).await.expect(last);
    String::from_utf8(bytes).expect("the stream is UTF-8")
}

/// Reads up to the first event, which says where the stream begins; returns everything read. What
/// is committed after it is sent, while a stream may begin after a change that was made when it was
/// merely open.
pub(super) async fn read_until_live(connection: &mut TcpStream) -> String {
    read_until(connection, "event: offset").await
}

/// Waits until that many streams are open.
pub(super) async fn wait_until_open(server: &TestServer, count: usize) {
    while server.streams_open() < count {
        tokio::task::yield_now().await;
    }
}

/// Decodes a chunked body (RFC 9112, 7.1).
pub(super) fn without_chunk_sizes(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        let Some(chunk) = rest.get(..size) else { break };
        body.push_str(chunk);
        chunks = rest[size..].trim_start_matches("\r\n");
    }
    body
}
