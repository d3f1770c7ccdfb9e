//! A way to Postgres that can be cut.

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use db::{Endpoint, Host};

/// Passes bytes on to a cluster, both ways, until it is cut. Then it takes bytes no more and
/// closes nothing: either end can only notice that the other is silent.
pub(super) struct Link {
    endpoint: Endpoint,
    cut: CancellationToken,
    _folder: TempDir,
}

impl Link {
    pub(super) fn to(endpoint: &Endpoint) -> Self {
        let Host::Socket(there) = &endpoint.host else { panic!("tests run on a socket") };
        let file = format!(".s.PGSQL.{}", endpoint.port);
        let there = there.join(&file);
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(&file)).unwrap();
        let cut = CancellationToken::new();
        let is_cut = cut.clone();
        tokio::spawn(async move {
            loop {
                let (mut here, _) = listener.accept().await.unwrap();
                let (there, is_cut) = (there.clone(), is_cut.clone());
                tokio::spawn(async move {
                    let mut there = UnixStream::connect(there).await.unwrap();
                    let passed =
                        is_cut.run_until_cancelled(copy_bidirectional(&mut here, &mut there));
                    if passed.await.is_none() {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        let endpoint =
            Endpoint { host: Host::Socket(folder.path().to_owned()), ..endpoint.clone() };
        Self { endpoint, cut, _folder: folder }
    }

    /// The database, by this way.
    pub(super) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    pub(super) fn cut(&self) {
        self.cut.cancel();
    }
}
