//! A proxy in front of Postgres that simulates a network failure.

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use db::{Endpoint, Host};

/// Forwards bytes to a cluster and back until [`Self::cut`]. Then it forwards nothing more and closes
/// nothing, so that either end only notices that the other is silent.
pub(super) struct CuttableProxy {
    endpoint: Endpoint,
    cut: CancellationToken,
    _folder: TempDir,
}

impl CuttableProxy {
    pub(super) fn start(endpoint: &Endpoint) -> Self {
        let Host::Socket(folder) = &endpoint.host else { panic!("tests use a socket") };
        let file = format!(".s.PGSQL.{}", endpoint.port);
        let upstream = folder.join(&file);
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(&file)).unwrap();
        let cut = CancellationToken::new();
        let is_cut = cut.clone();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (upstream, is_cut) = (upstream.clone(), is_cut.clone());
                tokio::spawn(async move {
                    let mut server = UnixStream::connect(upstream).await.unwrap();
                    let forwarded =
                        is_cut.run_until_cancelled(copy_bidirectional(&mut client, &mut server));
                    if forwarded.await.is_none() {
                        // Keeps both connections open.
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        let endpoint =
            Endpoint { host: Host::Socket(folder.path().to_owned()), ..endpoint.clone() };
        Self { endpoint, cut, _folder: folder }
    }

    /// The database through this proxy.
    pub(super) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    pub(super) fn cut(&self) {
        self.cut.cancel();
    }
}
