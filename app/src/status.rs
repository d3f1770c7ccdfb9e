//! The HTTP status of a page that can't show its content. In the browser there is no response, so
//! nothing happens.

use contract::ErrorCode;

/// Sets the response's status for that error.
#[cfg(feature = "ssr")]
pub fn set_status(code: ErrorCode) {
    use http::{HeaderValue, StatusCode, header};
    use leptos::prelude::use_context;

    /// In seconds. The page itself retries sooner.
    const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else { return };
    response.set_status(match code {
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::InvitationExpired | ErrorCode::InvitationRejected | ErrorCode::LinkExpired => {
            StatusCode::GONE
        }
        ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => {
            response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::NOT_FOUND,
    });
}

/// Does nothing.
#[cfg(not(feature = "ssr"))]
pub const fn set_status(_: ErrorCode) {}
