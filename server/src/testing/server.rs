//! A whole server on a new database.

use std::net::SocketAddr;
use std::path::Path;

use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, DatabaseConfig, LogFormat, OtlpConfig};
use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use api::auth::cookie::{self, InstanceId};
use api::token::Token;
use db::Database;
use stream::Settings;
use testing::{Person, TestDatabase};

/// A server on a free local port, with a database of its own.
pub(crate) struct TestServer {
    // Dropped in this order: the server before its database.
    server: Server,
    pub(crate) database: TestDatabase,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_on(TestDatabase::create().await, config(), Settings::default()).await
    }

    /// Starts a server with these limits and intervals of streams.
    pub(crate) async fn with_streams(settings: Settings) -> Self {
        Self::start_on(TestDatabase::create().await, config(), settings).await
    }

    /// Starts a server that serves the files of this folder.
    pub(crate) async fn with_site(site_root: &Path) -> Self {
        let config = Config { site_root: site_root.into(), ..config() };
        Self::start_on(TestDatabase::create().await, config, Settings::default()).await
    }

    async fn start_on(database: TestDatabase, config: Config, streams: Settings) -> Self {
        let server = Server::start_on(OpenDatabase::shared(database.handle()), config, streams)
            .await
            .unwrap();
        Self { server, database }
    }

    /// Starts another node on the same database. It must be stopped before this one.
    pub(crate) async fn another(&self) -> Node {
        let database = OpenDatabase::shared(self.database.separate_handle());
        Node(Server::start_on(database, config(), Settings::default()).await.unwrap())
    }

    /// Starts another node that can be killed: it has a runtime of its own.
    pub(crate) async fn another_killable(&self) -> KillableNode {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = self.database.endpoint.clone();
        let start = async move {
            let database = Database::connect(db::pool(&endpoint, 10), endpoint);
            let database = OpenDatabase::shared(database);
            Server::start_on(database, config(), Settings::default()).await.unwrap()
        };
        let server = runtime.spawn(start).await.unwrap();
        KillableNode { server, runtime: Some(runtime) }
    }

    /// The number of open streams.
    pub(crate) fn streams_open(&self) -> usize {
        self.server.open_streams()
    }

    /// Stops the server as a signal would. The database exists until the returned value is dropped.
    pub(crate) async fn stop(self) -> TestDatabase {
        self.server.stop().await;
        self.database
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Signs up a person with the email address `<name>@example.com` in lower case.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let visitor = self.visitor();
        visitor.sign_up(name).await;
        visitor
    }

    /// Creates `count` signed-in people, `guest1@example.com` and so on. Without passwords, because
    /// hashing takes long.
    pub(crate) async fn guests(&self, count: u32) -> Vec<Person> {
        let mut guests = Vec::new();
        let instance = InstanceId::read(&self.database.pool).await.unwrap();
        let cookie_name = cookie::name(api::Settings { secure: false, instance });
        for number in 1..=count {
            let token = Token::generate().unwrap();
            sqlx::query(
                "with guest as (
                     insert into users (id, email, name)
                     values (gen_random_uuid(), $1, $2) returning id
                 ), session as (
                     insert into sessions (id, user_id, expires_at)
                     select gen_random_uuid(), id, now() + interval '1 day' from guest returning id
                 )
                 insert into session_tokens (session_id, token_hash) select id, $3 from session",
            )
            .bind(format!("guest{number}@example.com"))
            .bind(format!("Guest {number}"))
            .bind(token.hash())
            .execute(&self.database.pool)
            .await
            .unwrap();
            let cookie = format!("{cookie_name}={}", token.reveal());
            guests.push(Person::with_cookie(format!("http://{}", self.address()), &cookie));
        }
        guests
    }

    /// A new client that isn't signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(format!("http://{}", self.address()))
    }
}

/// Another server on a [`TestServer`]'s database.
pub(crate) struct Node(Server);

impl Node {
    /// A client of this node with the session of `person`.
    pub(crate) fn person(&self, person: &Person) -> Person {
        person.at(format!("http://{}", self.0.address()))
    }

    /// Stops the node as a signal would.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// Another server, which is killed instead of stopped.
pub(crate) struct KillableNode {
    server: Server,
    /// None once the node was killed.
    runtime: Option<Runtime>,
}

impl KillableNode {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client of this node with the session of `person`.
    pub(crate) fn person(&self, person: &Person) -> Person {
        person.at(format!("http://{}", self.address()))
    }

    /// Ends the node as `kill -9` would, without closing its streams.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for KillableNode {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The configuration of a test's server. Its database settings aren't used.
pub(crate) fn config() -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        database: DatabaseConfig { url: None, data_dir: "/nonexistent".into(), pg_bin: None },
        public_url: None,
        demo: false,
        retention_days: 30,
        site_root: "/nonexistent".into(),
        log_format: LogFormat::Text,
        otlp: OtlpConfig::default(),
    }
}
