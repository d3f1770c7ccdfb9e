//! What a page that can't show its content says in the status of its response. In the browser there
//! is no response any more.

use contract::ErrorCode;

/// Answers with the status that stands for that refusal.
#[cfg(feature = "ssr")]
pub fn answer_with(code: ErrorCode) {
    use http::{HeaderValue, StatusCode, header};
    use leptos::prelude::use_context;

    /// In seconds; the page itself asks sooner.
    const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else { return };
    response.set_status(match code {
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::InvitationExpired | ErrorCode::InvitationRejected => StatusCode::GONE,
        ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => {
            response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::NOT_FOUND,
    });
}

/// Nothing to say.
#[cfg(not(feature = "ssr"))]
pub const fn answer_with(_: ErrorCode) {}
