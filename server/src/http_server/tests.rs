//! The server with a router of its own, and clients that write to the socket themselves.

#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Instant;

use axum::routing::get;
use tokio::io::AsyncReadExt;
use tokio::task::JoinHandle;

use super::*;

const SETTINGS: Settings = Settings {
    head_timeout: Duration::from_millis(300),
    write_timeout: Duration::from_secs(10),
    max_connections_per_address: 1000,
    drain_timeout: Duration::from_secs(2),
};

/// Longer than any timeout that is expected to end something.
const LONG: Duration = Duration::from_secs(20);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

struct TestServer {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl TestServer {
    async fn start(settings: Settings, trusted: &str) -> Self {
        let ticks = || async {
            let tick = tokio::time::interval(Duration::from_millis(100));
            Body::from_stream(futures::stream::unfold(tick, async |mut tick| {
                tick.tick().await;
                Some((Ok::<_, Infallible>("tick\n"), tick))
            }))
        };
        let router =
            Router::new().route("/", get(|| async { "hello" })).route("/ticks", get(ticks));
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let (listener, address) = listener::listen(local).unwrap();
        let (stop, proxies) = (CancellationToken::new(), Arc::new(trusted.parse().unwrap()));
        let task = tokio::spawn(serve(listener, router, proxies, settings, stop.clone()));
        Self { address, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn request(&self, head: &[u8]) -> TcpStream {
        let mut connection = self.connect().await;
        connection.write_all(head).await.unwrap();
        connection
    }
}

async fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut byte = [0];
        let read = timeout(LONG, connection.read(&mut byte)).await.unwrap().unwrap();
        assert_eq!(read, 1, "the connection ended after {text:?}");
        text.push(char::from(byte[0]));
    }
    text
}

/// Waits until the server closes the connection; returns what it sent before.
async fn read_to_end(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(LONG, connection.read_to_end(&mut text)).await;
    // A connection that is closed with unread bytes is reset.
    let _ = read.expect("the server closes the connection");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn connection_without_a_request_is_closed() {
    let server = TestServer::start(SETTINGS, "").await;
    for sent in [&b""[..], b"GET / HTTP/1.1\r\nhost:"] {
        let begun = Instant::now();
        let mut connection = server.request(sent).await;
        assert_eq!(read_to_end(&mut connection).await, "");
        assert!(begun.elapsed() >= SETTINGS.head_timeout, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn sending_the_head_byte_by_byte_does_not_put_its_timeout_off() {
    let server = TestServer::start(SETTINGS, "").await;
    let mut connection = server.connect().await;
    let begun = Instant::now();
    let head = b"GET / HTTP/1.1\r\nx-endless: ".iter().chain(std::iter::repeat(&b'a'));
    for byte in head {
        if connection.write_all(&[*byte]).await.is_err() || begun.elapsed() > LONG {
            break;
        }
        if timeout(Duration::from_millis(30), connection.readable()).await.is_ok() {
            break;
        }
    }
    assert_eq!(read_to_end(&mut connection).await, "");
    assert!(begun.elapsed() < LONG, "the connection is still open");
}

#[tokio::test]
async fn idle_connection_is_closed_and_a_used_one_is_kept() {
    let server = TestServer::start(SETTINGS, "").await;
    let mut connection = server.connect().await;
    let begun = Instant::now();
    while begun.elapsed() < SETTINGS.head_timeout * 3 {
        connection.write_all(REQUEST).await.unwrap();
        read_until(&mut connection, "hello").await;
        sleep(SETTINGS.head_timeout / 6).await;
    }
    assert_eq!(read_to_end(&mut connection).await, "");
}

#[tokio::test]
async fn stream_outlives_the_timeouts() {
    let server = TestServer::start(SETTINGS, "").await;
    let mut connection = server.request(b"GET /ticks HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let begun = Instant::now();
    while begun.elapsed() < SETTINGS.head_timeout * 5 {
        read_until(&mut connection, "tick\n").await;
    }
}

#[tokio::test]
async fn connection_above_the_limit_of_its_address_is_refused_until_another_one_ends() {
    let settings = Settings { max_connections_per_address: 2, head_timeout: LONG, ..SETTINGS };
    let server = TestServer::start(settings, "").await;
    let mut first = server.request(REQUEST).await;
    read_until(&mut first, "hello").await;
    let mut second = server.request(REQUEST).await;
    read_until(&mut second, "hello").await;

    let answer = read_to_end(&mut server.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("Retry-After: 10\r\n"), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{answer}");

    drop(first);
    let begun = Instant::now();
    loop {
        let mut connection = server.request(REQUEST).await;
        let mut status = [0; 15];
        let read = connection.read_exact(&mut status).await;
        if read.is_ok() && &status == b"HTTP/1.1 200 OK" {
            break;
        }
        assert!(begun.elapsed() < LONG, "the closed connection still counts");
    }
}

#[tokio::test]
async fn trusted_proxy_may_have_any_number_of_connections() {
    let settings = Settings { max_connections_per_address: 1, head_timeout: LONG, ..SETTINGS };
    let server = TestServer::start(settings, "127.0.0.0/8").await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut connection = server.request(REQUEST).await;
        read_until(&mut connection, "hello").await;
        open.push(connection);
    }
}

#[tokio::test]
async fn stop_closes_idle_connections_at_once_and_others_after_the_drain_timeout() {
    let settings = Settings { head_timeout: LONG, ..SETTINGS };
    let server = TestServer::start(settings, "").await;
    let mut unused = server.connect().await;
    let mut idle = server.request(REQUEST).await;
    read_until(&mut idle, "hello").await;
    let mut stream = server.request(b"GET /ticks HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    read_until(&mut stream, "tick\n").await;

    let begun = Instant::now();
    server.stop.cancel();
    read_to_end(&mut idle).await;
    read_to_end(&mut unused).await;
    assert!(begun.elapsed() < settings.drain_timeout, "{:?}", begun.elapsed());
    timeout(LONG, server.task).await.unwrap().unwrap();
    assert!(begun.elapsed() >= settings.drain_timeout, "the stream was still open");
    assert!(TcpStream::connect(server.address).await.is_err(), "it listens no more");
}

#[tokio::test]
async fn head_above_its_limit_is_refused() {
    let server = TestServer::start(SETTINGS, "").await;
    // One read may exceed the limit a little.
    let long = "a".repeat(4 * MAX_HEAD_BYTES);
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-long: {long}\r\n\r\n");
    let mut connection = server.connect().await;
    // The server may answer before it has read everything.
    let _ = connection.write_all(head.as_bytes()).await;
    let answer = read_to_end(&mut connection).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn handlers_get_the_address_of_the_peer() {
    let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
    let router = Router::new().route("/", get(peer));
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let (listener, address) = listener::listen(local).unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(listener, router, Arc::default(), SETTINGS, stop.clone()));
    let answer = reqwest::get(format!("http://{address}/")).await.unwrap().text().await.unwrap();
    assert_eq!(answer.parse::<IpAddr>().unwrap(), address.ip());
    stop.cancel();
    task.await.unwrap();
}
