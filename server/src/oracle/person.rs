//! A person with an account, who uses any node with the same session.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use client::api::ServerTransport;
use contract::{ApiError, Cursor, Email, ErrorCode, Name, Password, UserId};
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use reqwest::Method;
use reqwest::header::{ACCEPT, COOKIE, IF_MATCH, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::nodes::Nodes;
use super::rng::Rng;
use crate::testing::PASSWORD;
use api::auth::{account, password};
use db::actor::{self, Actor};

/// How long requests may fail while nodes stop and start.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An account and one of its sessions. Clones share the session.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) email: String,
    name: String,
    session: Session,
}

/// A session cookie, which changes when the person signs in again.
#[derive(Clone, Debug)]
struct Session {
    http: reqwest::Client,
    cookie: Arc<Mutex<Arc<str>>>,
}

impl Person {
    /// Creates the account `<name>@example.com` with a confirmed address, without a message, and signs
    /// in.
    pub(super) async fn sign_up(nodes: &Nodes, rng: &mut Rng, name: &str) -> Self {
        let email = format!("{name}@example.com");
        create_account(nodes.pool(), name, &email).await;
        let session = Session::sign_in(nodes, rng, &email).await;
        Self::with(session, nodes, rng, name, email).await
    }

    /// The same person with a new session, as in another browser.
    pub(super) async fn in_another_browser(&self, nodes: &Nodes, rng: &mut Rng) -> Self {
        let session = Session::sign_in(nodes, rng, &self.email).await;
        Self::with(session, nodes, rng, &self.name, self.email.clone()).await
    }

    async fn with(
        session: Session,
        nodes: &Nodes,
        rng: &mut Rng,
        name: &str,
        email: String,
    ) -> Self {
        let id = UserId::from_uuid(uuid::Uuid::nil());
        let mut person = Self { id, email, name: name.to_owned(), session };
        person.id = person.read(nodes, rng, client::api::me::get).await.unwrap().user.id;
        person
    }

    /// A new account for the same email address, after the account was deleted.
    pub(super) async fn sign_up_again(&self, nodes: &Nodes, rng: &mut Rng) -> Self {
        Self::sign_up(nodes, rng, &self.name).await
    }

    /// Replaces a session that is over.
    pub(super) async fn sign_in_again(&self, nodes: &Nodes, rng: &mut Rng) {
        let fresh = Session::sign_in(nodes, rng, &self.email).await;
        self.session.replace(fresh.cookie());
    }

    /// Whether the session is over.
    pub(super) async fn is_signed_out(&self, nodes: &Nodes, rng: &mut Rng) -> bool {
        let answer = self.read(nodes, rng, client::api::me::get).await;
        answer.is_err_and(|error| error.code == ErrorCode::NotSignedIn)
    }

    /// Sends a request that changes something. None when the node died before it answered.
    pub(super) async fn send(
        &self,
        node: SocketAddr,
        method: Method,
        path: &str,
        body: &Value,
        version: Option<i64>,
    ) -> Option<(StatusCode, String)> {
        let mut request = self.session.request(node, method, path).json(body);
        if let Some(version) = version {
            request = request.header(IF_MATCH, format!("\"{version}\""));
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, answer.text().await.ok()?))
    }

    /// Reads with one of the app's own functions, from random nodes until one answers.
    pub(super) async fn read<T, Fetched>(
        &self,
        nodes: &Nodes,
        rng: &mut Rng,
        fetch: impl Fn() -> Fetched,
    ) -> Result<T, ApiError>
    where
        Fetched: Future<Output = Result<T, ApiError>>,
    {
        let deadline = tokio::time::Instant::now() + TIMEOUT;
        loop {
            match self.session.fetch_from(nodes.any(rng), fetch()).await {
                Err(error)
                    if is_transient(error.code) && tokio::time::Instant::now() < deadline =>
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                answer => return answer,
            }
        }
    }

    /// The log's current cursor; none when the session is over.
    pub(super) async fn cursor(&self, nodes: &Nodes, rng: &mut Rng) -> Option<Cursor> {
        match self.read(nodes, rng, client::api::me::get).await {
            Ok(me) => Some(me.cursor),
            Err(error) if error.code == ErrorCode::NotSignedIn => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Opens a stream.
    pub(super) async fn open(
        &self,
        node: SocketAddr,
        path: &str,
    ) -> Result<reqwest::Response, reqwest::Error> {
        self.session.request(node, Method::GET, path).send().await
    }
}

/// Repeated while Postgres restarts.
async fn create_account(pool: &PgPool, name: &str, email: &str) {
    let (name, email) = (Name::parse(name).unwrap(), Email::parse(email).unwrap());
    let hash = password::hash(Password::parse(PASSWORD).unwrap()).await.unwrap();
    let deadline = tokio::time::Instant::now() + TIMEOUT;
    loop {
        let id = account::new_id();
        let create = async {
            let actor = Actor { user_id: Some(id), mutation_id: None };
            let mut transaction = actor::begin_as(pool, &actor).await?;
            account::create(&mut transaction, id, &name, &email, &hash).await?;
            account::confirm_email(&mut transaction, id, &email).await?;
            transaction.commit().await
        };
        match create.await {
            Ok(()) => return,
            // The answer to an earlier attempt was lost.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return,
            Err(error) => {
                assert!(tokio::time::Instant::now() < deadline, "no account: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Whether the error is about the node and not about the request.
const fn is_transient(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::Internal)
}

impl Session {
    async fn sign_in(nodes: &Nodes, rng: &mut Rng, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        Self::begin(nodes, rng, "/auth/sign-in", &body).await
    }

    /// Signs in, on random nodes until one answers.
    async fn begin(nodes: &Nodes, rng: &mut Rng, path: &str, body: &Value) -> Self {
        // No connection pool, because a pooled connection may lead to a node that was replaced.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let session = Self { http, cookie: Arc::new(Mutex::new("".into())) };
        let deadline = tokio::time::Instant::now() + TIMEOUT;
        loop {
            let request = session.request(nodes.any(rng), Method::POST, path).json(body);
            let refusal = match request.send().await {
                Ok(answer) if answer.status().is_success() => {
                    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
                    session.replace(cookie.split(';').next().unwrap().into());
                    return session;
                }
                Ok(answer) => format!("{:?}", answer.text().await),
                Err(error) => error.to_string(),
            };
            assert!(tokio::time::Instant::now() < deadline, "{path}: {refusal}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn cookie(&self) -> Arc<str> {
        Arc::clone(&self.cookie.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, cookie: Arc<str>) {
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = cookie;
    }

    fn request(&self, node: SocketAddr, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{node}{path}"))
            .header(ORIGIN, format!("http://{node}"))
            .header(ACCEPT, "application/json")
            .header(COOKIE, &*self.cookie())
    }

    /// Runs one of the app's functions as server rendering does, but with requests to a node over the
    /// network instead of the router.
    async fn fetch_from<T>(
        &self,
        node: SocketAddr,
        fetch: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let session = self.clone();
        let ask = move |request: Request| async move {
            let path = request.uri().path_and_query().unwrap().as_str();
            match session.request(node, Method::GET, path).send().await {
                Ok(answer) => {
                    let status = answer.status();
                    match answer.bytes().await {
                        Ok(body) => (status, body).into_response(),
                        Err(_) => unreachable(),
                    }
                }
                Err(_) => unreachable(),
            }
        };
        let router = Router::new().fallback(ask);
        let owner = Owner::new();
        let reading = owner.with(|| {
            provide_context(ServerTransport {
                router,
                cookie: None,
                extensions: http::Extensions::new(),
                reader_gone: CancellationToken::new(),
            });
            ScopedFuture::new(fetch)
        });
        reading.await
    }
}

fn unreachable() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
