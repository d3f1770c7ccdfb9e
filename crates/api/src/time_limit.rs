//! The longest time that a request takes.
//!
//! Every statement has a limit in Postgres itself. This one holds where Postgres can't answer, when the
//! network between swallows packets. A body has to arrive at a minimum speed ([`paced_body`]).

use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiFailure;
use crate::paced_body::{self, Pace};

const LIMIT: Duration = Duration::from_secs(30);

/// The limit of an upload, which may come over a slow network.
const UPLOAD_LIMIT: Duration = Duration::from_secs(5 * 60);

#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request wasn't answered within {0:?}")]
struct TimedOut(Duration);

/// Middleware that answers 503 for a request that takes too long, and gives up on it.
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    let limit = if *request.method() == Method::PUT { UPLOAD_LIMIT } else { LIMIT };
    let request = request.map(|body| paced_body::require_pace(body, Pace::default()));
    answer_within(limit, next.run(request)).await
}

async fn answer_within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(limit, answer).await {
        Ok(response) => response,
        Err(_) => ApiFailure::overloaded(TimedOut(limit)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn request_without_an_answer_is_given_up() {
        let limit = Duration::from_millis(20);
        let late = answer_within(limit, pending()).await;
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(late.headers()["retry-after"], "2");
        let timely = answer_within(limit, ready(StatusCode::OK.into_response())).await;
        assert_eq!(timely.status(), StatusCode::OK);
    }
}
