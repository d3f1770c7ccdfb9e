//! A person who uses the server over HTTP, with cookies and the headers of a same-origin page.

use std::path::Path;

use contract::error::ErrorEnvelope;
use contract::{ApiError, Cursor, OrganizationRef};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use reqwest::{Client, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{StreamReader, mail};

/// The password of every person.
pub const PASSWORD: &str = "correct horse battery";

/// A person at a browser: a client with a cookie jar.
pub struct Person {
    client: Client,
    origin: String,
}

impl Person {
    /// A person who isn't signed in to the server at `origin`.
    pub fn new(origin: String) -> Self {
        Self::with_headers(origin, HeaderMap::new())
    }

    /// A person whose browser always sends exactly this cookie.
    pub fn with_cookie(origin: String, cookie: &str) -> Self {
        let cookie = HeaderValue::from_str(cookie).unwrap();
        Self::with_headers(origin, HeaderMap::from_iter([(COOKIE, cookie)]))
    }

    fn with_headers(origin: String, mut headers: HeaderMap) -> Self {
        headers.extend([
            (ORIGIN, HeaderValue::from_str(&origin).unwrap()),
            (HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("same-origin")),
        ]);
        let client = Client::builder()
            .cookie_store(true)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { client, origin }
    }

    /// The server's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The same browser, with the same cookies, at another node.
    pub fn at(&self, origin: String) -> Self {
        Self { client: self.client.clone(), origin }
    }

    /// Creates an account with the address `<name>@example.com`, by the link in `mail_folder`, and signs
    /// in. Returns the answer, which sets the cookie.
    pub async fn sign_up(&self, name: &str, mail_folder: &Path) -> Reply {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        self.sign_up_as(json!({ "name": name, "email": email }), mail_folder).await
    }

    /// Like [`Self::sign_up`], with the body of the request.
    pub async fn sign_up_as(&self, body: Value, mail_folder: &Path) -> Reply {
        let reply = self.post("/auth/sign-up", &body).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{body} is refused: {reply:?}");
        let email = body["email"].as_str().unwrap().to_lowercase();
        let link = mail::read_link(mail_folder, &email, "sign-up").await;
        let body = json!({ "token": mail::token_of(&link), "password": PASSWORD });
        let reply = self.post("/auth/sign-up/complete", body).await;
        assert!(reply.status.is_success(), "{email} can't sign up: {reply:?}");
        reply
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: impl Serialize) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: impl Serialize) -> Reply {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A request to complete with headers or a body, for [`Person::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// Opens `/me/stream`, at the cursor or at the log's head.
    pub async fn stream(&self, cursor: Option<Cursor>) -> StreamReader {
        self.open_stream("/me/stream", cursor).await
    }

    /// Opens the stream of an organization, at the cursor or at the log's head.
    pub async fn organization_stream(
        &self,
        organization: impl Into<OrganizationRef>,
        cursor: Option<Cursor>,
    ) -> StreamReader {
        let path = format!("/organizations/{}/sync/stream", organization.into());
        self.open_stream(&path, cursor).await
    }

    async fn open_stream(&self, path: &str, cursor: Option<Cursor>) -> StreamReader {
        let path = match cursor {
            Some(cursor) => format!("{path}?cursor={cursor}"),
            None => path.to_owned(),
        };
        StreamReader::new(self.request(Method::GET, &path).send().await.unwrap())
    }
}

/// A complete response.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// The body. Panics unless the response is a success.
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "not a success: {self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Panics unless the status is 204.
    #[track_caller]
    pub fn no_content(&self) {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{self:?}");
    }

    /// The error of the envelope. Panics when the response is a success.
    #[track_caller]
    pub fn error(&self) -> ApiError {
        assert!(!self.status.is_success(), "not a failure: {self:?}");
        let envelope: ErrorEnvelope =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        envelope.error
    }
}
