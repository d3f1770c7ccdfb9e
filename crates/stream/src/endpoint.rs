//! The endpoints: from a request to an open stream.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use contract::event::EndCode;
use contract::{Capability, Cursor, ErrorCode, OrganizationRef};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;

use super::Streams;
use super::connection::Connection;
use super::frame;
use super::scope::Scope;
use api::Api;
use api::auth::session::SignedIn;
use api::error::ApiFailure;
use api::extract::PathOf;
use api::organizations::access;

/// What the address may say.
#[derive(Debug, Deserialize)]
pub struct StreamQuery {
    cursor: Option<String>,
}

/// `GET /me/stream`: everything that concerns the signed-in user, from the cursor on.
///
/// A refusal that a client should retry is a stream too, of one `end`: for any other status a
/// browser gives up for good (WHATWG HTML, 9.2.3).
///
/// # Errors
/// 401 when nobody is signed in, 400 when the cursor is malformed.
pub async fn me_stream(
    State(streams): State<Streams>,
    State(api): State<Api>,
    reader: SignedIn,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> Result<Response, ApiFailure> {
    let cursor = cursor(&headers, query.cursor.as_deref())?;
    Ok(respond(Connection::open(streams, reader, Scope::User, cursor, api.clock.now())))
}

/// `GET /organizations/{idOrSlug}/sync/stream`: what the organization holds, from the cursor on.
///
/// # Errors
/// 401 when nobody is signed in, 400 when the cursor is malformed, 404 for outsiders.
pub async fn organization_stream(
    State(streams): State<Streams>,
    State(api): State<Api>,
    reader: SignedIn,
    PathOf(reference): PathOf<OrganizationRef>,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> Result<Response, ApiFailure> {
    let cursor = cursor(&headers, query.cursor.as_deref())?;
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let scope = Scope::Organization(access.organization.id);
    Ok(respond(Connection::open(streams, reader, scope, cursor, api.clock.now())))
}

fn respond(connection: Result<Connection, EndCode>) -> Response {
    let body = match connection {
        Ok(connection) => Body::from_stream(connection.into_body()),
        Err(code) => Body::from([frame::retry(), frame::end(code)].concat()),
    };
    (HEADERS, body).into_response()
}

/// Never stored, never changed, never buffered on the way, and for this site's pages alone
/// (ASVS 3.4.4, 3.5.8, 14.3.2).
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store, no-transform")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// The header wins: a browser's own reconnect keeps an old address but has a fresh header. An
/// empty one is what a browser sends that has seen no id yet.
fn cursor(headers: &HeaderMap, query: Option<&str>) -> Result<Option<Cursor>, ApiFailure> {
    let header = headers.get("last-event-id").map(HeaderValue::as_bytes);
    let header = header.map(String::from_utf8_lossy);
    let text = header.as_deref().filter(|text| !text.is_empty()).or(query);
    text.filter(|text| !text.is_empty())
        .map(str::parse::<Cursor>)
        .transpose()
        .map_err(|error| ApiFailure::bad_request(ErrorCode::InvalidCursor, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static("last-event-id"),
            HeaderValue::from_str(text).unwrap(),
        )])
    }

    #[test]
    fn the_header_wins_over_the_address() {
        let cursor = cursor(&header("0000000a.2"), Some("0000000a.1")).unwrap().unwrap();
        assert_eq!(cursor.to_string(), "0000000a.2");
    }

    #[test]
    fn an_empty_header_leaves_it_to_the_address() {
        let cursor = cursor(&header(""), Some("0000000a.1")).unwrap().unwrap();
        assert_eq!(cursor.to_string(), "0000000a.1");
    }

    #[test]
    fn no_cursor_means_from_now() {
        assert_eq!(cursor(&HeaderMap::new(), None).unwrap(), None);
        assert_eq!(cursor(&HeaderMap::new(), Some("")).unwrap(), None);
    }

    #[test]
    fn a_malformed_cursor_is_refused_wherever_it_comes_from() {
        assert!(cursor(&header("nonsense"), Some("0000000a.1")).is_err());
        assert!(cursor(&HeaderMap::new(), Some("nonsense")).is_err());
    }
}
