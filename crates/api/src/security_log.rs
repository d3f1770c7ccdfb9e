//! The security log: one line for each sign-in, refusal, changed credential and exceeded limit, with the
//! `tracing` target `security`.
//!
//! A line names the client by its address and people by keyed hashes ([`SecurityKey`]), never by an email
//! address, a name or a token. Lines have the level `info`, because warnings that repeat are only counted.
//!
//! Handlers call [`record`] with an [`Event`] once their change is committed. [`log_refusals`] wraps all
//! requests: it tells [`record`] who sends the request, and records the failures that are refusals.

pub mod event;
pub mod key;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use contract::{Email, UserId};
use tracing::info;

pub use self::event::Event;
use self::key::Hash;
pub use self::key::SecurityKey;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;

/// The sender of the request that the current task answers.
struct Requester {
    key: SecurityKey,
    address: IpAddr,
    account: OnceLock<Hash>,
}

tokio::task_local! {
    static CURRENT: Requester;
}

/// Middleware that lets [`record`] know the client, and records refused requests. It needs the
/// [`ClientAddress`], and wraps all that refuses.
pub async fn log_refusals(
    State(key): State<SecurityKey>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(&mut parts, &()).await;
    let requester = Requester { key, address, account: OnceLock::new() };
    let request = Request::from_parts(parts, body);
    CURRENT
        .scope(requester, async {
            let response = next.run(request).await;
            let failure = response.extensions().get::<Arc<ApiFailure>>();
            if let Some(event) = failure.and_then(|failure| Event::of_failure(failure)) {
                record(event);
            }
            response
        })
        .await
}

/// Notes the account whose session sent the current request. Does nothing outside a request.
pub(crate) fn set_account(id: UserId) {
    let _ = CURRENT.try_with(|requester| requester.account.set(requester.key.hash_account(id)));
}

/// Writes a line about the current request. Does nothing outside a request.
pub fn record(event: Event<'_>) {
    let _ = CURRENT.try_with(|requester| {
        let account = match event.account() {
            Some(id) => Some(requester.key.hash_account(id)),
            None => requester.account.get().copied(),
        };
        let email = event.email().map(|email: &Email| requester.key.hash_email(email));
        info!(
            target: "security",
            event = event.name(),
            client = %requester.address,
            account = account.map(display),
            email = email.map(display),
            detail = event.detail(),
            "{}",
            event.sentence(),
        );
    });
}

/// Writes the line about a client whose connections are refused, before there is a request.
pub fn record_refused_connection(peer: IpAddr) {
    let event = Event::ConnectionRefused;
    let client = peer.to_canonical();
    info!(target: "security", event = event.name(), %client, "{}", event.sentence());
}

#[cfg(test)]
mod tests;
