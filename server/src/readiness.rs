//! `GET /readyz`: whether this node can answer requests, and for monitoring the state of replication.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use contract::Cursor;
use contract::event::Health;
use http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;

use activity::log;
use cdc::{HealthReader, Role, WalBudget};
use stream::Streams;

use crate::node_health::{NodeHealth, Problem};

/// The sources of the readiness report.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// To read the head of the log.
    pub pool: PgPool,
    /// The health of the CDC worker.
    pub health: HealthReader,
    /// The open streams.
    pub streams: Streams,
    /// The problems of this node.
    pub node_health: NodeHealth,
}

/// The state of this node in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything works.
    Ok,
    /// It answers requests, but something doesn't work as it should.
    Degraded,
    /// It answers reads. Changes are refused.
    ReadOnly,
    /// It can't answer requests.
    Unavailable,
}

/// The state of this node.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether it can answer requests.
    pub ready: bool,
    /// Its state in one word.
    pub status: Status,
    /// Why the status isn't `ok`, the worst first.
    pub reasons: Vec<Problem>,
    /// The head of the log; absent while the database is unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Whether committed changes reach the log without delay.
    pub cdc: Health,
    /// The part of this node in replication.
    pub role: Role,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
    /// Why the worker doesn't get on; absent when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Arc<str>>,
    /// The number of open streams on this node.
    pub streams: usize,
    /// The WAL that the slot retains; absent while Postgres is unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wal: Option<WalBudget>,
}

/// The readiness report for everyone.
#[derive(Clone, Copy, Debug, Serialize)]
struct BareReport {
    ready: bool,
}

impl FromRef<Readiness> for NodeHealth {
    fn from_ref(readiness: &Readiness) -> Self {
        readiness.node_health.clone()
    }
}

impl Readiness {
    /// Reads the state of this node.
    pub async fn report(&self) -> Report {
        let cursor = log::head(&self.pool).await.ok();
        let health = self.health.report();
        let reasons = self.reasons(&health, cursor.is_some());
        Report {
            ready: cursor.is_some(),
            status: Status::new(&reasons, cursor.is_some()),
            reasons,
            cursor,
            cdc: health.status,
            role: health.role,
            lag_ms: health.lag_ms,
            problem: health.problem,
            streams: self.streams.open_count(),
            wal: self.health.wal_budget(),
        }
    }

    fn reasons(&self, health: &cdc::Health, is_reachable: bool) -> Vec<Problem> {
        let mut reasons = self.node_health.problems();
        // The monitor notices it a few seconds later.
        if !is_reachable {
            reasons.push(Problem::DatabaseUnreachable);
        }
        if health.status == Health::Degraded {
            reasons.push(Problem::ChangesDelayed);
        }
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }
}

impl Status {
    fn new(reasons: &[Problem], is_reachable: bool) -> Self {
        let is_read_only = |problem: &Problem| {
            matches!(problem, Problem::DatabaseReadOnly | Problem::DatabaseDiskFull)
        };
        if !is_reachable {
            Self::Unavailable
        } else if reasons.iter().any(is_read_only) {
            Self::ReadOnly
        } else if reasons.is_empty() {
            Self::Ok
        } else {
            Self::Degraded
        }
    }
}

/// Answers 200 when this node can answer requests, 503 when the database is unavailable. A disconnected
/// CDC worker doesn't make the node unready: every node would be affected, and removing them from the
/// load balancer would turn delayed updates into an outage.
pub async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report().await;
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

/// Answers the same status, and nothing but it in the body: what a proxy needs, and anyone may know.
pub async fn bare_readyz(readiness: &Readiness) -> Response {
    let ready = log::head(&readiness.pool).await.is_ok();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(BareReport { ready })).into_response()
}
