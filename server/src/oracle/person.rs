//! Somebody with an account, who can talk to any node with the same session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::api::ServerTransport;
use app::contract::view::Me;
use app::contract::{ApiError, ErrorCode, UserId};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
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

/// An account and its session.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) email: String,
    session: Session,
}

#[derive(Clone, Debug)]
struct Session {
    http: reqwest::Client,
    cookie: Arc<str>,
}

impl Person {
    /// Signs up as `<name>@example.com`.
    pub(super) async fn sign_up(node: SocketAddr, name: &str) -> Self {
        // No pool: a kept connection to a dead node says nothing about a new node.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let email = format!("{name}@example.com");
        let answer = http
            .post(format!("http://{node}/auth/sign-up"))
            .header(ORIGIN, format!("http://{node}"))
            .json(&json!({ "name": name, "email": email, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = Arc::from(cookie.split(';').next().unwrap());
        let session = Session { http, cookie };
        let me = session.reading(node, app::api::me::get()).await.unwrap();
        Self { id: me.user.id, email, session }
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

    /// `GET /me`.
    pub(super) async fn me(&self, nodes: &Nodes, rng: &mut Rng) -> Me {
        self.read(nodes, rng, app::api::me::get).await.unwrap()
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
    fn request(&self, node: SocketAddr, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{node}{path}"))
            .header(ORIGIN, format!("http://{node}"))
            .header(ACCEPT, "application/json")
            .header(COOKIE, &*self.cookie)
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
