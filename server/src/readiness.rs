//! `GET /readyz`: whether this node can do its work, and how the way of a change is doing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::Cursor;
use contract::event::Health;
use http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;

use activity::log;
use cdc::{HealthReader, Role, WalBudget};
use stream::Streams;

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

/// How this node is doing.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether it can answer requests.
    pub ready: bool,
    /// The newest place of the log; absent while the database is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Whether changes reach the log as they are committed.
    pub cdc: Health,
    /// What this node does for it.
    pub role: Role,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
    /// How many streams are open on this node.
    pub streams: usize,
    /// How the WAL budget stands; absent while Postgres can't be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wal: Option<WalBudget>,
}

impl Readiness {
    /// How this node is doing now.
    pub async fn report(&self) -> Report {
        let cursor = log::head(&self.pool).await.ok();
        let health = self.health.report();
        Report {
            ready: cursor.is_some(),
            cursor,
            cdc: health.status,
            role: health.role,
            lag_ms: health.lag_ms,
            streams: self.streams.open(),
            wal: self.health.wal(),
        }
    }
}

/// 200 when requests can be answered, 503 when not. A worker that is away makes the streams
/// degraded, not the node unready: taking nodes away would help nobody.
pub async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report().await;
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
