//! A whole server on a new database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::runtime::{Builder, Runtime};

use crate::config::limits::{HeaderName, LimitsConfig};
use crate::config::{Config, DatabaseConfig, LogFormat, MailConfig, OidcConfig, OtlpConfig};
use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use api::auth::cookie::{self, InstanceId};
use api::client_address::TrustedProxies;
use api::quotas::Quotas;
use api::token::Token;
use db::Database;
use stream::{Settings, Streams};
use tempfile::TempDir;
use testing::{Person, TestDatabase};

/// A server on a free local port, with a database of its own.
pub(crate) struct TestServer {
    // Dropped in this order: the server before its database.
    server: Server,
    pub(crate) database: TestDatabase,
    mail: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|config| config, Settings::default()).await
    }

    /// Starts a server with these limits and intervals of streams.
    pub(crate) async fn with_streams(settings: Settings) -> Self {
        Self::start_with(|config| config, settings).await
    }

    /// Starts a server with these limits of clients and intervals of streams.
    pub(crate) async fn with_limits(limits: &str, streams: Settings) -> Self {
        let limits = LimitsConfig { limits: limits.parse().unwrap(), ..high_limits() };
        Self::start_with(|config| Config { limits, ..config }, streams).await
    }

    /// Starts a server that serves the files of this folder.
    pub(crate) async fn with_site(site_root: &Path) -> Self {
        let with_site = |config| Config { site_root: site_root.into(), ..config };
        Self::start_with(with_site, Settings::default()).await
    }

    /// Starts a server with another configuration.
    pub(crate) async fn with_config(change: impl FnOnce(Config) -> Config) -> Self {
        Self::start_with(change, Settings::default()).await
    }

    async fn start_with(change: impl FnOnce(Config) -> Config, streams: Settings) -> Self {
        let mail = TempDir::new().unwrap();
        let (database, config) = (TestDatabase::create().await, change(config(mail.path())));
        let server = Server::start_on(OpenDatabase::shared(database.handle()), config, streams)
            .await
            .unwrap();
        Self { server, database, mail }
    }

    /// The streams of this node.
    pub(crate) const fn streams(&self) -> &Streams {
        self.server.streams()
    }

    /// Starts another node on the same database. It must be stopped before this one.
    pub(crate) async fn another(&self) -> Node {
        self.another_with(Settings::default()).await
    }

    /// Starts another node with these limits and intervals of streams.
    pub(crate) async fn another_with(&self, streams: Settings) -> Node {
        let database = OpenDatabase::shared(self.database.handle());
        let config = config(self.mail.path());
        Node(Server::start_on(database, config, streams).await.unwrap())
    }

    /// Starts another node that can be killed: it has a runtime of its own.
    pub(crate) async fn another_killable(&self) -> KillableNode {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = self.database.runtime.clone();
        let config = config(self.mail.path());
        let start = async move {
            // Its connections belong to the runtime that is killed.
            let database = Database::connect(db::pool(&endpoint, 10), endpoint);
            let database = OpenDatabase::shared(database);
            Server::start_on(database, config, Settings::default()).await.unwrap()
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

    /// The folder of messages.
    pub(crate) fn mail_folder(&self) -> &Path {
        self.mail.path()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Signs up a person with the email address `<name>@example.com` in lower case.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let visitor = self.visitor();
        visitor.sign_up(name, self.mail_folder()).await;
        visitor
    }

    /// Creates `count` signed-in people, `guest1@example.com` and so on. Without passwords, because
    /// hashing takes long.
    pub(crate) async fn guests(&self, count: u32) -> Vec<Person> {
        let mut guests = Vec::new();
        for number in 1..=count {
            let email = format!("guest{number}@example.com");
            guests.push(self.guest(&format!("Guest {number}"), &email).await);
        }
        guests
    }

    /// Creates a person who is signed in and has no password.
    pub(crate) async fn guest(&self, name: &str, email: &str) -> Person {
        let instance = InstanceId::read(&self.database.pool).await.unwrap();
        let cookie_name =
            cookie::name(api::Settings { secure: false, instance, quotas: Quotas::default() });
        let token = Token::generate().unwrap();
        sqlx::query(
            "with guest as (
                 insert into users (id, email, name)
                 values (gen_random_uuid(), $1, $2) returning id
             ), confirmed as (
                 insert into confirmed_emails (user_id, email) select id, $1 from guest
             ), session as (
                 insert into sessions (id, user_id, expires_at)
                 select gen_random_uuid(), id, now() + interval '1 day' from guest returning id
             )
             insert into session_tokens (session_id, token_hash) select id, $3 from session",
        )
        .bind(email)
        .bind(name)
        .bind(token.hash())
        .execute(&self.database.pool)
        .await
        .unwrap();
        let cookie = format!("{cookie_name}={}", token.reveal());
        Person::with_cookie(format!("http://{}", self.address()), &cookie)
    }

    /// A client of the listener for monitoring.
    pub(crate) fn monitor(&self) -> Person {
        let address = self.server.admin_address().expect("the test has set ADMIN_ADDRESS");
        Person::new(format!("http://{address}"))
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

    /// The streams of this node.
    pub(crate) const fn streams(&self) -> &Streams {
        self.0.streams()
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
pub(crate) fn config(mail_folder: impl Into<PathBuf>) -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        admin_address: None,
        database: DatabaseConfig {
            url: None,
            owner_url: None,
            data_dir: "/nonexistent".into(),
            pg_bin: None,
        },
        public_url: None,
        run_as_user: None,
        limits: high_limits(),
        allow_plain_http: false,
        mail: MailConfig { mail_folder: Some(mail_folder.into()), ..MailConfig::default() },
        oidc: OidcConfig::default(),
        demo: false,
        retention_days: 30,
        hot_tail_megabytes: 64,
        site_root: "/nonexistent".into(),
        log_format: LogFormat::Text,
        otlp: OtlpConfig::default(),
    }
}

/// Tests send more requests from one address than people do.
fn high_limits() -> LimitsConfig {
    LimitsConfig {
        trusted_proxies: TrustedProxies::default(),
        forwarded_header: HeaderName::XForwardedFor,
        limits: "all=1000000/1s".parse().unwrap(),
        max_connections_per_address: 100_000,
    }
}
