//! Somebody with an account, who can talk to any node with the same session.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use client::api::ServerTransport;
use contract::{ApiError, Cursor, ErrorCode, UserId};
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use reqwest::Method;
use reqwest::header::{ACCEPT, COOKIE, IF_MATCH, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use super::nodes::Nodes;
use super::rng::Rng;
use crate::testing::PASSWORD;

/// How long a read may be refused while nodes come and go.
const PATIENCE: Duration = Duration::from_secs(30);

/// An account and one of its sessions. Clones share the session.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) email: String,
    name: String,
    session: Session,
}

/// A cookie, which changes when the person signs in again.
#[derive(Clone, Debug)]
struct Session {
    http: reqwest::Client,
    cookie: Arc<Mutex<Arc<str>>>,
}

impl Person {
    /// Signs up as `<name>@example.com`.
    pub(super) async fn sign_up(nodes: &Nodes, rng: &mut Rng, name: &str) -> Self {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let session = match Session::begin(nodes, rng, "/auth/sign-up", &body).await {
            Some(session) => session,
            // A node that died before it answered had made the account.
            None => Session::sign_in(nodes, rng, &email).await,
        };
        Self::with(session, nodes, rng, name, email).await
    }

    /// The same person with a session of its own, as in another browser.
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

    /// The same account, made anew after it was deleted.
    pub(super) async fn sign_up_again(&self, nodes: &Nodes, rng: &mut Rng) -> Self {
        Self::sign_up(nodes, rng, &self.name).await
    }

    /// Takes another session in the place of the one that is over.
    pub(super) async fn sign_in_again(&self, nodes: &Nodes, rng: &mut Rng) {
        let fresh = Session::sign_in(nodes, rng, &self.email).await;
        self.session.replace(fresh.cookie());
    }

    /// Whether the session is over, as a node says that answers.
    pub(super) async fn is_signed_out(&self, nodes: &Nodes, rng: &mut Rng) -> bool {
        let answer = self.read(nodes, rng, client::api::me::get).await;
        answer.is_err_and(|error| error.code == ErrorCode::NotSignedIn)
    }

    /// A request that changes something. None when the node went away meanwhile.
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

    /// Reads with one of the app's own functions, from whichever node answers.
    pub(super) async fn read<T, Fetched>(
        &self,
        nodes: &Nodes,
        rng: &mut Rng,
        fetch: impl Fn() -> Fetched,
    ) -> Result<T, ApiError>
    where
        Fetched: Future<Output = Result<T, ApiError>>,
    {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.session.reading(nodes.any(rng), fetch()).await {
                Err(error) if passes(error.code) && tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                answer => return answer,
            }
        }
    }

    /// Where the log stands now; none when the session is over.
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

/// Whether the refusal tells of the node and not of what was asked for.
const fn passes(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::Internal)
}

impl Session {
    async fn sign_in(nodes: &Nodes, rng: &mut Rng, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        Self::begin(nodes, rng, "/auth/sign-in", &body)
            .await
            .expect("only names that are taken are refused")
    }

    /// Asks for one until a node gives it; none when there is such an account.
    async fn begin(nodes: &Nodes, rng: &mut Rng, path: &str, body: &Value) -> Option<Self> {
        // No pool: a kept connection to a dead node says nothing about a new node.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let session = Self { http, cookie: Arc::new(Mutex::new("".into())) };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let asked = session.request(nodes.any(rng), Method::POST, path).json(body);
            let told = match asked.send().await {
                Ok(answer) if answer.status().is_success() => {
                    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
                    session.replace(cookie.split(';').next().unwrap().into());
                    return Some(session);
                }
                Ok(answer) if answer.status() == StatusCode::UNPROCESSABLE_ENTITY => return None,
                Ok(answer) => format!("{:?}", answer.text().await),
                Err(error) => error.to_string(),
            };
            assert!(tokio::time::Instant::now() < deadline, "{path}: {told}");
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

    /// Runs one of the app's functions as the rendering of a page does, but asks a node over the
    /// network in the place of the router.
    async fn reading<T>(
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
            provide_context(ServerTransport { router, cookie: None });
            ScopedFuture::new(fetch)
        });
        reading.await
    }
}

fn unreachable() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
