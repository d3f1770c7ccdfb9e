//! The API on a local port, for tests over HTTP. A CDC worker writes the log, because some endpoints
//! read it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::middleware;
use db::clock::Clock;
use testing::{Person, TestDatabase};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::auth::cookie::{self, InstanceId};
use crate::auth::write_limits::WriteLimits;
use crate::error::write_envelope;
use crate::request_span::trace_request;
use crate::response_headers::{Transport, set_headers};
use crate::{Api, Settings, router};

/// Longer than any test, so that no partition of the log is dropped.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The API with its own database. It stops when this is dropped.
pub(crate) struct TestServer {
    address: SocketAddr,
    // Declared before the database, so that the server stops before the database is dropped.
    _stop: DropGuard,
    pub(crate) database: TestDatabase,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        let database = TestDatabase::create().await;
        let stop = CancellationToken::new();
        cdc::ensure_slot(&database.endpoint, &database.pool).await.unwrap();
        let clock = Clock::of_database(&database.pool).await.unwrap();
        let (health, _) = cdc::health_channel(clock.clone());
        let (endpoint, pool) = (database.endpoint.clone(), database.pool.clone());
        tokio::spawn(cdc::run(endpoint, pool, health, RETENTION, stop.clone()));

        // All test databases are copies of one.
        sqlx::query("update instance set id = (random() * 2147483647)::integer")
            .execute(&database.pool)
            .await
            .unwrap();
        let instance = InstanceId::read(&database.pool).await.unwrap();
        let settings = Settings { secure: false, instance };
        let api = Api {
            pool: database.pool.clone(),
            clock,
            settings,
            write_limits: WriteLimits::default(),
        };
        let router = router(api, None)
            .layer(middleware::from_fn_with_state(Transport::Http, set_headers))
            .layer(middleware::from_fn(write_envelope))
            .layer(middleware::from_fn(trace_request));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(stopped).into_future());
        Self { address, _stop: stop.drop_guard(), database }
    }

    /// Signs a new person up with the email address `<name>@example.com` in lower case.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let visitor = self.visitor();
        visitor.sign_up(name).await;
        visitor
    }

    /// A browser that isn't signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(format!("http://{}", self.address))
    }

    /// The name of the session's cookie.
    pub(crate) async fn cookie_name(&self) -> String {
        let instance = InstanceId::read(&self.database.pool).await.unwrap();
        cookie::name(Settings { secure: false, instance })
    }
}
