//! The files and sockets that only root can open. They are opened before the server gives up root's privileges.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;

use crate::config::Config;
use crate::listener::{self, BoundSocket};

/// The first port that every user may bind (`net.ipv4.ip_unprivileged_port_start`, unless an administrator has
/// changed it).
const FIRST_ORDINARY_PORT: u16 = 1024;

/// Sockets of ports that only root may bind. Other ports are bound when they are needed.
#[derive(Debug, Default)]
pub struct PrivilegedSockets(Vec<(SocketAddr, io::Result<BoundSocket>)>);

impl PrivilegedSockets {
    /// Binds the configured addresses with such ports. An error is reported by [`Self::listen`].
    #[must_use]
    pub fn bind(config: &Config) -> Self {
        let addresses = [Some(config.address), config.admin_address];
        let privileged = addresses
            .into_iter()
            .flatten()
            .filter(|address| (1..FIRST_ORDINARY_PORT).contains(&address.port()));
        Self(privileged.map(|address| (address, BoundSocket::bind(address))).collect())
    }

    /// Listens on the address, with the socket that was bound for it if there is one. Returns the address with the
    /// actual port.
    ///
    /// # Errors
    /// When the address is in use or not available on this machine.
    pub fn listen(&mut self, address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
        match self.0.iter().position(|(bound, _)| *bound == address) {
            Some(position) => self.0.swap_remove(position).1?.listen(),
            None => listener::listen(address),
        }
    }
}

/// The folder with the site. Root's own folders may be on the way to it, such as `/root`.
#[derive(Debug)]
pub struct SiteFolder(OwnedFd);

impl SiteFolder {
    /// Opens the folder. None when there is no such folder, or the system can't name open ones.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn open(site_root: &Path) -> Option<Self> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(site_root, flags, Mode::empty()).ok().map(Self)
    }

    /// Returns none: the system can't name open folders.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn open(_: &Path) -> Option<Self> {
        None
    }

    /// Returns a path of the open folder, which leads through no other one (proc(5)). It exists as long as
    /// this value.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}
