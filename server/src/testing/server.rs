//! A real server on a fresh database.

use std::net::SocketAddr;
use std::path::Path;

use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, DatabaseConfig, LogFormat};
use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use api::token::Token;
use db::Database;
use stream::Settings;
use testing::{Person, TestDatabase};

/// A server on a free port of this machine, with a database of its own.
pub(crate) struct TestServer {
    // Dropped in this order: the server before its database.
    server: Server,
    pub(crate) database: TestDatabase,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_on(TestDatabase::create().await, config(), Settings::default()).await
    }

    /// One whose streams have those limits and intervals.
    pub(crate) async fn with_streams(settings: Settings) -> Self {
        Self::start_on(TestDatabase::create().await, config(), settings).await
    }

    /// One that serves the files of that folder.
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

    /// Another node on the same database. It is to be stopped before this one.
    pub(crate) async fn another(&self) -> Node {
        let database = OpenDatabase::shared(self.database.separate_handle());
        Node(Server::start_on(database, config(), Settings::default()).await.unwrap())
    }

    /// Another node that can be killed. As a process of its own, it has its own runtime.
    pub(crate) async fn another_to_be_killed(&self) -> DoomedNode {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = self.database.endpoint.clone();
        let start = async move {
            let database = Database::connect(db::pool(&endpoint, 10), endpoint);
            let database = OpenDatabase::shared(database);
            Server::start_on(database, config(), Settings::default()).await.unwrap()
        };
        let server = runtime.spawn(start).await.unwrap();
        DoomedNode { server, runtime: Some(runtime) }
    }

    /// How many streams are open.
    pub(crate) fn streams_open(&self) -> usize {
        self.server.open_streams()
    }

    /// Stops it as a signal would. The database stays while what is given is held.
    pub(crate) async fn stop(self) -> TestDatabase {
        self.server.stop().await;
        self.database
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

    /// So many people who are signed in, as `guest1@example.com` and so on. Without passwords, which
    /// take their time.
    pub(crate) async fn guests(&self, count: u32) -> Vec<Person> {
        let mut guests = Vec::new();
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
            let cookie = format!("tributary_session={}", token.reveal());
            guests.push(Person::with_cookie(format!("http://{}", self.address()), &cookie));
        }
        guests
    }

    /// Somebody with a browser of their own who isn't signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(format!("http://{}", self.address()))
    }
}

/// One more server on a [`TestServer`]'s database.
pub(crate) struct Node(Server);

impl Node {
    /// Somebody who is signed in elsewhere, with the same session, at this node.
    pub(crate) fn person(&self, person: &Person) -> Person {
        person.at(format!("http://{}", self.0.address()))
    }

    /// Stops it as a signal would.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// One more server, that doesn't live to stop.
pub(crate) struct DoomedNode {
    server: Server,
    /// Gone once it was killed.
    runtime: Option<Runtime>,
}

impl DoomedNode {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Somebody who is signed in elsewhere, with the same session, at this node.
    pub(crate) fn person(&self, person: &Person) -> Person {
        person.at(format!("http://{}", self.address()))
    }

    /// Ends it as `kill -9` would: its sockets and tasks are gone.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for DoomedNode {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a server of a test needs to know beside its database.
pub(crate) fn config() -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        database: DatabaseConfig { url: None, data_dir: "/nonexistent".into(), pg_bin: None },
        public_url: None,
        demo: false,
        retention_days: 30,
        site_root: "/nonexistent".into(),
        log_format: LogFormat::Text,
    }
}
