//! A request for each route, which is served when the person may use the route.

use std::io::Cursor;
use std::time::Duration;

use api::routes::Route;
use image::{ImageFormat, RgbImage};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::cast::{Cast, Role, email};
use crate::testing::{PASSWORD, Person, Reply};

/// What the body of a request is.
enum Body {
    None,
    Json(Value),
    Picture,
}

/// A request for a route.
pub(crate) struct Sample {
    method: Method,
    /// The path with the ids of the cast.
    pub(crate) path: String,
    body: Body,
    /// The statuses besides success that show that the person was served: what the request asks for can't
    /// be had, but not because of who asks.
    served_as: &'static [u16],
}

impl Sample {
    /// The request for the route about the organization of the cast. Panics for a route without a sample.
    pub(crate) fn of(route: &Route, cast: &Cast) -> Self {
        const SUCCESS: &[u16] = &[];
        let number = cast.number;
        let new_email = format!("new{number}@example.com");
        let unknown_token = json!({"token": "unknown", "password": "a long new password"});
        let (body, served_as) = match (route.method.as_str(), route.path) {
            ("GET", "/auth/links/{purpose}/{token}") => (Body::None, [404].as_slice()),
            ("GET", _) => (Body::None, SUCCESS),
            ("POST", "/auth/sign-up") => {
                (Body::Json(json!({"name": "New", "email": new_email})), SUCCESS)
            }
            ("POST", "/auth/sign-up/complete" | "/auth/reset-password" | "/auth/confirm-email") => {
                (Body::Json(unknown_token), [404, 410].as_slice())
            }
            ("POST", "/auth/recover") => (Body::Json(json!({"email": new_email})), SUCCESS),
            ("POST", "/auth/sign-in") => {
                let email = email(Role::Outsider, number);
                (Body::Json(json!({"email": email, "password": PASSWORD})), SUCCESS)
            }
            // Nobody waits for a code.
            ("POST", "/auth/sign-in/code") => {
                (Body::Json(json!({"code": "000000"})), [401, 410].as_slice())
            }
            ("POST", "/auth/sign-out") => (Body::Json(json!({})), SUCCESS),
            ("PATCH", "/me") => (Body::Json(json!({"name": "Renamed"})), SUCCESS),
            ("DELETE", "/me") => (Body::None, SUCCESS),
            ("PUT", "/me/picture" | "/organizations/{id}/picture") => (Body::Picture, SUCCESS),
            ("DELETE", "/me/picture" | "/organizations/{id}/picture") => (Body::None, SUCCESS),
            ("POST", "/me/email") => {
                (Body::Json(json!({"email": new_email, "password": PASSWORD})), SUCCESS)
            }
            ("DELETE", "/me/email") => (Body::None, SUCCESS),
            ("POST", "/me/email/confirmation") => (Body::Json(json!({})), SUCCESS),
            ("POST", "/me/password") => {
                let body = json!({"current": PASSWORD, "new": "another long password"});
                (Body::Json(body), SUCCESS)
            }
            ("POST", "/me/proof") => (Body::Json(json!({"password": PASSWORD})), SUCCESS),
            ("POST", "/me/two-factor/setup") => (Body::Json(json!({})), SUCCESS),
            // The account has no app.
            ("POST", "/me/two-factor/confirm") => {
                (Body::Json(json!({"code": "000000"})), [409, 422].as_slice())
            }
            ("POST", "/me/two-factor/turn-off") => (Body::Json(json!({})), SUCCESS),
            ("POST", "/me/two-factor/recovery-codes") => {
                (Body::Json(json!({})), [409, 422].as_slice())
            }
            // The account isn't linked.
            ("POST", "/me/sign-in-methods/unlink") => {
                (Body::Json(json!({"identity": cast.note})), [404].as_slice())
            }
            // The server of the test has an address and no name, so it has no passkeys.
            (
                "POST",
                "/auth/passkey/challenge"
                | "/me/passkeys/challenge"
                | "/me/proof/passkey/challenge",
            ) => (Body::Json(json!({})), [404].as_slice()),
            ("POST", "/auth/passkey" | "/me/passkeys" | "/me/proof/passkey") => {
                (Body::Json(json!({"name": "Key", "credential": {}})), [404].as_slice())
            }
            ("POST", "/me/passkeys/rename" | "/me/passkeys/remove") => {
                let body = json!({"passkey": cast.note, "name": "Key"});
                (Body::Json(body), [404].as_slice())
            }
            ("DELETE", "/me/sessions" | "/me/sessions/{id}") => (Body::None, SUCCESS),
            ("POST", "/organizations") => {
                let body = json!({"name": "New", "slug": format!("new-{number}")});
                (Body::Json(body), SUCCESS)
            }
            ("PATCH", "/organizations/{id}") => (Body::Json(json!({"name": "Renamed"})), SUCCESS),
            ("DELETE", "/organizations/{id}") => (Body::None, SUCCESS),
            ("POST", "/organizations/{id}/leave") => (Body::Json(json!({})), SUCCESS),
            ("PATCH", "/memberships/{id}") => (Body::Json(json!({"role": "admin"})), SUCCESS),
            ("DELETE", "/memberships/{id}") => (Body::None, SUCCESS),
            ("POST", "/organizations/{id}/invitations") => {
                (Body::Json(json!({"emails": [new_email], "role": "member"})), SUCCESS)
            }
            ("DELETE", "/invitations/{id}") => (Body::None, SUCCESS),
            (
                "POST",
                "/invitations/{id}/resend"
                | "/invitations/{id}/accept"
                | "/invitations/{id}/reject"
                | "/invitations/token/{token}",
            ) => (Body::Json(json!({})), SUCCESS),
            ("POST", "/organizations/{id}/notes") => (Body::Json(json!({"title": "New"})), SUCCESS),
            ("PATCH", "/notes/{id}") => (Body::Json(json!({"title": "Changed"})), SUCCESS),
            ("DELETE", "/notes/{id}") => (Body::None, SUCCESS),
            (method, path) => panic!("say here how {method} {path} is asked for"),
        };
        let path = path_with_ids(route.path, cast);
        Self { method: route.method.clone(), path, body, served_as }
    }

    /// The JSON of the body, if it is one.
    pub(crate) fn json(&self) -> Option<&Value> {
        if let Body::Json(body) = &self.body { Some(body) } else { None }
    }

    /// The request without its body.
    pub(crate) fn request_without_body(&self, person: &Person) -> RequestBuilder {
        person.request(self.method.clone(), &self.path).header("if-match", "\"1\"")
    }

    /// The request with another body.
    pub(crate) fn request_with(&self, person: &Person, body: &Value) -> RequestBuilder {
        self.request_without_body(person).json(body)
    }

    /// The request, to add headers.
    pub(crate) fn request_as(&self, person: &Person) -> RequestBuilder {
        let request = self.request_without_body(person);
        match &self.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Picture => request.body(small_picture()),
        }
    }

    /// The answer. A stream's is empty, since it doesn't end.
    pub(crate) async fn send_as(&self, person: &Person) -> Reply {
        let response =
            self.request_as(person).timeout(Duration::from_secs(30)).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let is_stream = headers
            .get("content-type")
            .is_some_and(|it| it.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream { String::new() } else { response.text().await.unwrap() };
        Reply { status, headers, body }
    }

    /// Whether an answer with that status shows that the person may use the route.
    pub(crate) fn is_served(&self, status: StatusCode) -> bool {
        match self.served_as {
            [] => status.is_success() || status.is_redirection(),
            statuses => statuses.contains(&status.as_u16()),
        }
    }
}

/// The path of a route with the ids of the cast.
fn path_with_ids(path: &str, cast: &Cast) -> String {
    let id = match path.split('/').nth(1) {
        Some("organizations") => cast.organization,
        Some("notes") => cast.note,
        Some("memberships") => cast.membership,
        Some("invitations") => cast.invitation,
        Some("me") => cast.session,
        _ => cast.picture,
    };
    path.replace("{id}", &id.to_string())
        .replace("{slug}", &format!("cast-{}", cast.number))
        .replace("{purpose}", "sign-up")
        .replace("/auth/links/sign-up/{token}", "/auth/links/sign-up/unknown")
        .replace("{token}", &cast.invitation_token)
}

fn small_picture() -> Vec<u8> {
    let mut file = Vec::new();
    RgbImage::new(9, 9).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).unwrap();
    file
}
