//! `GET /readyz`: whether this node can do its work, and how the way of a change is doing.

use app::contract::Cursor;
use app::contract::event::Health;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;

use crate::activity::log;
use crate::cdc::HealthReader;
use crate::stream::Streams;

/// What readiness looks at.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// The database.
    pub pool: PgPool,
    /// The CDC worker.
    pub health: HealthReader,
    /// The open streams.
    pub streams: Streams,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    ready: bool,
    /// The newest place of the log; absent while the database is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    /// Whether changes reach the log as they are committed.
    cdc: Health,
    /// How far the log is behind the database, in milliseconds.
    lag_ms: u64,
    /// How many streams are open on this node.
    streams: usize,
}

/// 200 when requests can be answered, 503 when not. A worker that is away makes the streams
/// degraded, not the node unready: taking nodes away would help nobody.
pub async fn readyz(State(readiness): State<Readiness>) -> Response {
    let cursor = log::head(&readiness.pool).await.ok();
    let health = readiness.health.report();
    let report = Report {
        ready: cursor.is_some(),
        cursor,
        cdc: health.status,
        lag_ms: health.lag_ms,
        streams: readiness.streams.open(),
    };
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
