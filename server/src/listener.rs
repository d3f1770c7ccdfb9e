//! The TCP listener: sends small frames without delay, and closes connections whose client stopped
//! reading.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tracing::debug;

/// How many connections may wait to be accepted; the system caps it (`net.core.somaxconn`). When a
/// node goes away, its readers connect to the others within seconds, and a connection that doesn't
/// fit into the backlog hangs for up to a minute.
const BACKLOG: i32 = 65_535;

/// An address that is bound for this process, where nothing connects yet.
#[derive(Debug)]
pub struct BoundSocket(Socket);

impl BoundSocket {
    /// Binds the address. Needs root's privileges for ports below 1024, and no runtime.
    ///
    /// # Errors
    /// When the address is in use or not available on this machine.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        // Otherwise the connections of a server that just stopped keep the address in use for a while.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        Ok(Self(socket))
    }

    /// Accepts connections from now on.
    ///
    /// # Errors
    /// When another process listens on the address.
    pub fn listen(self) -> io::Result<(TcpListener, SocketAddr)> {
        self.0.listen(BACKLOG)?;
        let listener = TcpListener::from_std(self.0.into())?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }
}

/// Listens on the address. Returns it with the actual port.
///
/// # Errors
/// When the address is in use or not available on this machine.
pub fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    BoundSocket::bind(address)?.listen()
}

/// How many unsent bytes the system buffers for a connection. The default is megabytes, even for a
/// client that doesn't read.
const MAX_UNSENT: u32 = 64 << 10;

/// Sets the socket options of an accepted connection.
pub fn tune(connection: &TcpStream) {
    // Nagle's algorithm would delay small frames.
    let tuned =
        connection.set_nodelay(true).and_then(|()| limit_buffering(&SockRef::from(connection)));
    if let Err(error) = tuned {
        debug!(%error, "Can't set the socket options of a connection");
    }
}

/// Returns the connection, which fails when its client takes no bytes for `write_timeout`. This bounds
/// how long a stalled reader keeps its queue in memory; it resumes from its cursor.
pub fn with_write_timeout(
    connection: TcpStream,
    write_timeout: Duration,
) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut connection = TimeoutStream::new(connection);
    connection.set_write_timeout(Some(write_timeout));
    Box::pin(connection)
}

/// Bounds the unsent bytes but not those in flight (`TCP_NOTSENT_LOWAT`), and the time for which a
/// client without a network keeps its connection (`TCP_USER_TIMEOUT`; the default is about 15
/// minutes). Both are described in tcp(7).
#[cfg(any(target_os = "linux", target_os = "android"))]
fn limit_buffering(socket: &SockRef<'_>) -> io::Result<()> {
    const MAX_UNACKNOWLEDGED: Duration = Duration::from_secs(60);
    socket.set_tcp_user_timeout(Some(MAX_UNACKNOWLEDGED))?;
    socket.set_tcp_notsent_lowat(MAX_UNSENT)
}

/// Limits the send buffer: the options above exist on Linux only. It bounds unsent bytes together with
/// those in flight, which is slower over long distances. The system decides how long a client without a
/// network keeps its connection.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn limit_buffering(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_send_buffer_size(MAX_UNSENT as usize)
}
