//! Connections as the server takes them: without delay for small frames, and not for readers that
//! have stopped reading.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tracing::debug;

/// How many connections may wait to be taken; the system allows fewer (`net.core.somaxconn`). When a
/// node is gone, its readers come to the others within seconds, and who finds no place to wait is
/// left without an answer for a minute.
const BACKLOG: u32 = 65_535;

/// Listens there.
///
/// # Errors
/// When the address is taken or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A server that was just stopped leaves connections behind that hold the address for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A listener whose connections fail when their reader takes nothing for `write_deadline`. A
/// stalled reader so holds its queue for a bounded time; it comes back with its cursor.
#[derive(Debug)]
pub struct DeadlineListener {
    /// Where connections come from.
    pub listener: TcpListener,
    /// How long a connection may take nothing of what is written to it.
    pub write_deadline: Duration,
}

/// How many unsent bytes the system buffers for a connection. By default it is megabytes, also for a
/// reader that doesn't read.
const MAX_UNSENT: u32 = 64 << 10;

fn tune(connection: &TcpStream) -> io::Result<()> {
    // Frames are small and meant to arrive now.
    connection.set_nodelay(true)?;
    limit_buffering(&SockRef::from(connection))
}

/// Bounds the unsent bytes but not those in flight (`TCP_NOTSENT_LOWAT`), and the time for which a
/// reader that lost its network keeps its connection (`TCP_USER_TIMEOUT`; the default is a quarter
/// of an hour). Both are described in tcp(7).
#[cfg(any(target_os = "linux", target_os = "android"))]
fn limit_buffering(socket: &SockRef<'_>) -> io::Result<()> {
    const MAX_UNACKNOWLEDGED: Duration = Duration::from_secs(60);
    socket.set_tcp_user_timeout(Some(MAX_UNACKNOWLEDGED))?;
    socket.set_tcp_notsent_lowat(MAX_UNSENT)
}

/// `socket2` offers the options of Linux nowhere else. The size of the send buffer bounds unsent
/// bytes together with those in flight, which is slower over long distances. The system decides
/// how long a reader that lost its network keeps its connection.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn limit_buffering(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_send_buffer_size(MAX_UNSENT as usize)
}

impl Listener for DeadlineListener {
    type Io = Pin<Box<TimeoutStream<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (connection, peer) = Listener::accept(&mut self.listener).await;
        if let Err(error) = tune(&connection) {
            debug!(%error, "A connection will be slower than it could be");
        }
        let mut connection = TimeoutStream::new(connection);
        connection.set_write_timeout(Some(self.write_deadline));
        (Box::pin(connection), peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
