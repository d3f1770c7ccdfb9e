//! The HTTP server: accepts connections and serves the router on them.
//!
//! `axum::serve` offers neither timeouts nor a bound on connections, so this uses hyper directly. A client
//! can't hold a connection for free:
//!
//! | a connection that | ends after |
//! |---|---|
//! | sends no whole request head, or is idle between two requests | [`Settings::head_timeout`] |
//! | sends its body too slowly | the API's own limit (`api::time_limit`) |
//! | takes no bytes of the response | [`Settings::write_timeout`] |
//! | is one too many of its address | immediately |
//!
//! A stream is a response that doesn't end, so none of these ends it while its client reads. It is taken
//! over from hyper ([`stream_sender`]).

mod connection_counts;
mod stream_sender;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use api::client_address::{Network, TrustedProxies};
use api::security_log::record_refused_connection;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;
use tracing::debug;

use crate::listener;
use connection_counts::{ConnectionCounts, ConnectionGuard, Refusal};
use stream_sender::{TakeOver, TakenStream};

/// The answer to a connection too many. It may not arrive, as the request isn't read.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\n\
    Content-Type: text/plain\r\nContent-Length: 40\r\nConnection: close\r\n\r\n\
    Too many connections from your address.\n";

/// The largest head of a request. Its buffer grows up to this size, so it bounds what a connection costs.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a client may take to send the head of a request: after it has connected, or after the
    /// response before.
    pub head_timeout: Duration,
    /// How long a client may take no bytes of a response.
    pub write_timeout: Duration,
    /// How many connections may be open for an address that isn't a trusted proxy's.
    pub max_connections_per_address: usize,
    /// How long requests may go on after the server was told to stop.
    pub drain_timeout: Duration,
}

/// Serves the router until `stop` is cancelled and all connections have ended, which takes up to
/// [`Settings::drain_timeout`].
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    proxies: Arc<TrustedProxies>,
    settings: Settings,
    stop: CancellationToken,
) {
    // Builds the routes once. Otherwise each request would do it.
    let router = router.with_state(());
    let counts = ConnectionCounts::new(settings.max_connections_per_address);
    let connections = TaskTracker::new();
    loop {
        let (connection, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        listener::tune(&connection);
        let guard = match proxies.contains(peer.ip()) {
            true => None,
            false => match counts.enter(Network::of(peer.ip())) {
                Ok(guard) => Some(guard),
                Err(refusal) => {
                    refuse(connection, peer, refusal);
                    continue;
                }
            },
        };
        let (router, stop) = (router.clone(), stop.clone());
        let tasks = connections.clone();
        connections.spawn(async move {
            // hyper's buffers are for those who send something.
            if has_request(&connection, settings.head_timeout, &stop).await {
                let tracker = tasks.clone();
                let served =
                    serve_connection(connection, peer, router, guard, settings, stop, tasks);
                tracker.spawn(served);
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Waits until the client has sent something. Returns whether it has.
async fn has_request(
    connection: &TcpStream,
    head_timeout: Duration,
    stop: &CancellationToken,
) -> bool {
    // `readable` may return without anything to read; a peek waits for a byte or the end.
    let mut first = [0];
    tokio::select! {
        peeked = timeout(head_timeout, connection.peek(&mut first)) => matches!(peeked, Ok(Ok(1))),
        () = stop.cancelled() => false,
    }
}

async fn serve_connection(
    connection: TcpStream,
    peer: SocketAddr,
    router: Router,
    guard: Option<ConnectionGuard>,
    settings: Settings,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let io = TokioIo::new(listener::with_write_timeout(connection, settings.write_timeout));
    let take_over = Arc::new(TakeOver::default());
    let streams = Arc::clone(&take_over);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let line = stream_sender::request_line(&request);
        let answer = router.clone().call(request.map(Body::new));
        let take_over = Arc::clone(&take_over);
        async move { Ok::<_, Infallible>(take_over.hand_over(line, answer.await?).await) }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(io, service);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        stream = streams.take() => {
            // In a task of its own: this one has room for all of hyper's state.
            let socket = connection.into_parts().io.into_inner();
            tasks.spawn(send_stream(stream, socket, peer, guard, settings, stop));
            return;
        }
        () = stop.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            match timeout(settings.drain_timeout, &mut connection).await {
                Ok(ended) => ended,
                Err(_) => return debug!(%peer, "A connection is closed before its response has ended"),
            }
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "A connection failed");
    }
}

/// Sends a stream until it ends. A server that stops ends its streams by itself; the time for which it
/// waits is for readers that don't take the end.
async fn send_stream(
    stream: TakenStream,
    socket: Pin<Box<TimeoutStream<TcpStream>>>,
    peer: SocketAddr,
    _guard: Option<ConnectionGuard>,
    settings: Settings,
    stop: CancellationToken,
) {
    let stopped = async {
        stop.cancelled().await;
        sleep(settings.drain_timeout).await;
    };
    tokio::select! {
        sent = stream.send(socket) => if let Err(error) = sent {
            debug!(%peer, %error, "The connection of a stream failed");
        },
        () = stopped => debug!(%peer, "A stream is closed before its reader has taken its end"),
    }
}

fn refuse(mut connection: TcpStream, peer: SocketAddr, refusal: Refusal) {
    if refusal == Refusal::First {
        record_refused_connection(peer.ip());
    }
    tokio::spawn(async move {
        // The client may be gone.
        let _ = timeout(Duration::from_secs(1), connection.write_all(TOO_MANY_CONNECTIONS)).await;
    });
}

#[cfg(test)]
mod tests;
