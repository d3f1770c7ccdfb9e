//! The API on a local port, for tests over HTTP. A CDC worker writes the log, because some endpoints
//! read it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::mail::{MailFolder, Mailer};
use activity::LocalFeed;
use axum::middleware;
use db::clock::Clock;
use tempfile::TempDir;
use testing::{Person, TestDatabase};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::auth::cookie::{self, InstanceId};
use crate::auth::oidc::Provider;
use crate::auth::session::loader::SessionLoader;
use crate::auth::write_limits::WriteLimits;
use crate::client_address::{TrustedProxies, set_client_address};
use crate::error::write_envelope;
use crate::fixtures::provider::TestProvider;
use crate::limits::{LimitSettings, Limits};
use crate::mail::{Mail, MailDelivery};
use crate::quotas::Quotas;
use crate::request_span::trace_request;
use crate::response_headers::{Transport, set_headers};
use crate::security_log::{SecurityKey, log_refusals};
use crate::{Api, ApiState, Settings, router};

/// Longer than any test, so that no partition of the log is dropped.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether a CDC worker writes the log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LogWriter {
    Runs,
    None,
}

/// Tests send more requests than people do.
pub(crate) fn high_limits() -> LimitSettings {
    "all=1000000/1s".parse().unwrap()
}

/// Serves the API until `stop` is cancelled.
async fn listen(api: Api, stop: &CancellationToken) -> SocketAddr {
    let key = api.security_key;
    let router = router(api)
        .layer(middleware::from_fn_with_state(key, log_refusals))
        .layer(middleware::from_fn_with_state(Transport::Http, set_headers))
        .layer(middleware::from_fn(write_envelope))
        .layer(middleware::from_fn_with_state(
            Arc::new(TrustedProxies::default()),
            set_client_address,
        ))
        .layer(middleware::from_fn(trace_request));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(stopped).into_future());
    address
}

/// The API with its own database. It stops when this is dropped.
pub(crate) struct TestServer {
    address: SocketAddr,
    /// The folder of messages.
    pub(crate) mail_folder: TempDir,
    api: Api,
    stop: CancellationToken,
    // Declared before the database, so that the server stops before the database is dropped.
    _stop: DropGuard,
    pub(crate) database: TestDatabase,
}

impl TestServer {
    /// Starts with limits that no test reaches.
    pub(crate) async fn start() -> Self {
        Self::with_limits(high_limits()).await
    }

    pub(crate) async fn with_quotas(quotas: Quotas) -> Self {
        Self::with_settings(high_limits(), quotas, LogWriter::Runs, None).await
    }

    /// Starts with an OpenID provider.
    pub(crate) async fn with_provider(provider: &TestProvider) -> Self {
        Self::with_limits_and_oidc(high_limits(), provider.client()).await
    }

    pub(crate) async fn with_limits_and_oidc(limits: LimitSettings, provider: Provider) -> Self {
        Self::with_settings(limits, Quotas::default(), LogWriter::Runs, Some(provider)).await
    }

    /// Starts without a CDC worker, so that the log stays as the test writes it.
    pub(crate) async fn without_log() -> Self {
        Self::with_settings(high_limits(), Quotas::default(), LogWriter::None, None).await
    }

    pub(crate) async fn with_limits(limits: LimitSettings) -> Self {
        Self::with_settings(limits, Quotas::default(), LogWriter::Runs, None).await
    }

    async fn with_settings(
        limits: LimitSettings,
        quotas: Quotas,
        writer: LogWriter,
        provider: Option<Provider>,
    ) -> Self {
        let database = TestDatabase::create().await;
        let stop = CancellationToken::new();
        let pool = db::pool(&database.runtime, 10);
        let clock = Clock::of_database(&pool).await.unwrap();
        if writer == LogWriter::Runs {
            cdc::ensure_slot(&database.runtime, &pool).await.unwrap();
            let (health, _) = cdc::health_channel(clock.clone());
            let (endpoint, pool) = (database.runtime.clone(), pool.clone());
            tokio::spawn(cdc::run(
                endpoint,
                pool,
                health,
                LocalFeed::default(),
                RETENTION,
                stop.clone(),
            ));
        }

        // All test databases are copies of one.
        sqlx::query("update instance set id = (random() * 2147483647)::integer")
            .execute(&database.pool)
            .await
            .unwrap();
        let instance = InstanceId::read(&database.pool).await.unwrap();
        let settings = Settings { secure: false, instance, quotas };
        let mail_folder = TempDir::new().unwrap();
        let folder = MailFolder::new(mail_folder.path().to_owned());
        let api = Api::new(ApiState {
            sessions: SessionLoader::new(pool.clone()),
            pool,
            clock,
            settings,
            security_key: SecurityKey::read(&database.pool).await.unwrap(),
            write_limits: WriteLimits::default(),
            limits: Limits::new(&limits),
            mail: Mail::new(Some(folder.clone())),
            provider,
            public_origin: None,
        });
        let delivery = MailDelivery {
            pool: api.pool.clone(),
            mailer: Mailer::Folder(folder),
            origin: "http://tributary.example".to_owned(),
            mail: api.mail.clone(),
        };
        tokio::spawn(delivery.run(stop.clone()));
        let address = listen(api.clone(), &stop).await;
        let guard = stop.clone().drop_guard();
        Self { address, mail_folder, api, stop, _stop: guard, database }
    }

    /// Starts another node on the same database, with its own knowledge of the OpenID provider. Returns its
    /// origin.
    pub(crate) async fn another_node(&self, provider: Option<Provider>) -> String {
        let api = Api::new(ApiState { provider, ..(*self.api).clone() });
        format!("http://{}", listen(api, &self.stop).await)
    }

    /// Signs a new person up with the email address `<name>@example.com` in lower case.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let visitor = self.visitor();
        visitor.sign_up(name, self.mail_folder.path()).await;
        visitor
    }

    /// Returns the origin of the server for people who open it by name.
    pub(crate) fn origin_of_localhost(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Returns a browser that isn't signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(format!("http://{}", self.address))
    }

    /// Returns the name of the session's cookie.
    pub(crate) async fn cookie_name(&self) -> String {
        let instance = InstanceId::read(&self.database.pool).await.unwrap();
        cookie::name(Settings { secure: false, instance, quotas: Quotas::default() })
    }

    /// Waits for a message to `email` with a link to the page. Returns the link's token.
    pub(crate) async fn mailed_token(&self, email: &str, page: &str) -> String {
        let link = testing::read_link(self.mail_folder.path(), email, page).await;
        testing::token_of(&link).to_owned()
    }
}
