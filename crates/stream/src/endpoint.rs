//! The endpoints of the streams.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::event::EndCode;
use contract::{Capability, Cursor, ErrorCode, OrganizationRef, UserId};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use tracing::{debug, instrument};

use super::Streams;
use super::connection::Connection;
use super::frame;
use super::handover::Handover;
use super::scope::Scope;
use api::Api;
use api::auth::session::SignedIn;
use api::error::ApiFailure;
use api::extract::{ApiPath, ApiQuery};
use api::organizations::access;
use api::request_span::RequestId;
use api::wire;

/// The query parameters.
#[derive(Debug, Deserialize)]
pub struct StreamQuery {
    cursor: Option<String>,
    /// For whom the page was rendered, as `EventSource` can't send the header for it.
    user: Option<UserId>,
}

impl StreamQuery {
    fn require_expected(&self, reader: &SignedIn) -> Result<(), ApiFailure> {
        match self.user {
            Some(expected) if expected != reader.user_id => Err(ApiFailure::OtherAccount),
            _ => Ok(()),
        }
    }
}

/// `GET /me/stream`: everything that concerns the signed-in user, from the cursor on.
///
/// A refusal that the client should retry is answered with a stream of one `end` event: after any
/// status other than 200 a browser's `EventSource` doesn't reconnect (WHATWG HTML, 9.2.2).
///
/// # Errors
/// 401 when nobody is signed in, 409 when somebody else is, 400 when the cursor is malformed.
#[instrument(skip_all)]
pub async fn me_stream(
    State(streams): State<Streams>,
    State(api): State<Api>,
    reader: SignedIn,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<StreamQuery>,
) -> Result<Response, ApiFailure> {
    query.require_expected(&reader)?;
    let cursor = requested_cursor(&headers, query.cursor.as_deref())?;
    Ok(open(streams, &api, reader, Scope::User, cursor, request_id))
}

/// `GET /organizations/{idOrSlug}/sync/stream`: the organization's resources, from the cursor on.
///
/// # Errors
/// 401 when nobody is signed in, 409 when somebody else is, 400 when the cursor is malformed, 404 for
/// users who aren't members.
#[instrument(skip_all)]
pub async fn organization_stream(
    State(streams): State<Streams>,
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<StreamQuery>,
) -> Result<Response, ApiFailure> {
    query.require_expected(&reader)?;
    let cursor = requested_cursor(&headers, query.cursor.as_deref())?;
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let scope = Scope::Organization(access.organization.id);
    Ok(open(streams, &api, reader, scope, cursor, request_id))
}

fn open(
    streams: Streams,
    api: &Api,
    reader: SignedIn,
    scope: Scope,
    cursor: Option<Cursor>,
    request_id: RequestId,
) -> Response {
    let now = api.clock.now();
    let opened = match api.limits.count_stream(reader.user_id) {
        Err(exceeded) => Err((EndCode::Overloaded, exceeded.retry_after)),
        Ok(()) => Connection::open(streams, reader, scope, cursor, request_id, now)
            .map_err(|code| (code, Duration::ZERO)),
    };
    match opened {
        Ok(connection) => {
            let handover = Handover::new(connection);
            (HEADERS, Extension(handover.clone()), handover.body()).into_response()
        }
        Err((code, min_wait)) => {
            debug!(refused = wire::to_text(&code), "A stream wasn't opened");
            let body = Body::from([frame::retry(), frame::end_for(code, min_wait)].concat());
            (HEADERS, body).into_response()
        }
    }
}

/// Proxies must not buffer the stream. `api::response_headers` adds the headers of every answer.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

/// The cursor from the `last-event-id` header or the `cursor` parameter.
///
/// The header wins: when a browser reconnects by itself, it repeats the address with its old cursor
/// but sends a new header. Before the first event the header is empty.
fn requested_cursor(
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Option<Cursor>, ApiFailure> {
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
    fn header_wins_over_the_parameter() {
        let cursor = requested_cursor(&header("0000000a.2"), Some("0000000a.1")).unwrap().unwrap();
        assert_eq!(cursor.to_string(), "0000000a.2");
    }

    #[test]
    fn empty_header_falls_back_to_the_parameter() {
        let cursor = requested_cursor(&header(""), Some("0000000a.1")).unwrap().unwrap();
        assert_eq!(cursor.to_string(), "0000000a.1");
    }

    #[test]
    fn missing_cursor_is_none() {
        assert_eq!(requested_cursor(&HeaderMap::new(), None).unwrap(), None);
        assert_eq!(requested_cursor(&HeaderMap::new(), Some("")).unwrap(), None);
    }

    #[test]
    fn malformed_cursor_is_refused_in_header_and_parameter() {
        assert!(requested_cursor(&header("nonsense"), Some("0000000a.1")).is_err());
        assert!(requested_cursor(&HeaderMap::new(), Some("nonsense")).is_err());
    }
}
