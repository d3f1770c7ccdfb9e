//! A real server on a fresh database.

use std::net::SocketAddr;
use std::path::Path;

use super::{Person, TestDatabase};
use crate::config::{Config, DatabaseConfig, LogFormat};
use crate::lifecycle::Server;

/// A server on a free port of this machine, with a database of its own.
pub(crate) struct TestServer {
    // Dropped in this order: the server before its database.
    server: Server,
    pub(crate) database: TestDatabase,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(config()).await
    }

    /// One that serves the files of that folder.
    pub(crate) async fn with_site(site_root: &Path) -> Self {
        Self::start_with(Config { site_root: site_root.into(), ..config() }).await
    }

    async fn start_with(config: Config) -> Self {
        let database = TestDatabase::create().await;
        let server = Server::start_on(database.handle(), config).await.unwrap();
        Self { server, database }
    }

    /// Stops it as a signal would.
    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Somebody of that name who has just signed up, as `<name>@example.com` in lower case.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let visitor = self.visitor();
        visitor.sign_up(name).await;
        visitor
    }

    /// Somebody with a browser of their own who isn't signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(format!("http://{}", self.address()))
    }
}

fn config() -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        database: DatabaseConfig { url: None, data_dir: "/nonexistent".into(), pg_bin: None },
        public_url: None,
        demo: false,
        site_root: "/nonexistent".into(),
        log_format: LogFormat::Text,
    }
}
