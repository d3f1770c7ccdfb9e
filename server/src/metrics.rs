//! `GET /metrics`: what `/readyz` knows, as numbers in Prometheus' text format.
//!
//! Only totals of this node: no name, no id, no address (`docs/operations.md` says how to keep even
//! those from strangers).

use std::fmt;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::event::Health;
use http::header;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::readiness::{Readiness, Report};
use api::error::ApiFailure;
use cdc::Role;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that this node measures.
///
/// # Errors
/// Never but for a bug: the text couldn't be written.
pub async fn metrics(State(readiness): State<Readiness>) -> Result<Response, ApiFailure> {
    let text = text(&readiness.report().await).map_err(ApiFailure::internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

/// What isn't known is left out, rather than said to be 0.
fn text(report: &Report) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("tributary");
    let mut gauge = |name: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    };
    let yes = |holds: bool| Some(if holds { 1.0 } else { 0.0 });
    gauge("ready", "Whether this node can answer requests", yes(report.ready));
    gauge("streams_open", "Open streams of this node", Some(count(report.streams)));
    let position = report.cursor.map(|cursor| count(cursor.position.0));
    gauge("log_position", "The newest place of the activity log", position);
    let lag = Some(count(report.lag_ms) / 1000.0);
    gauge("log_lag_seconds", "How far the log is behind the database", lag);
    let degraded = yes(report.cdc == Health::Degraded);
    gauge("cdc_degraded", "Whether changes reach the log late or not at all", degraded);
    let holder = yes(report.role == Role::Holder);
    gauge("cdc_holder", "Whether this node holds the replication slot", holder);
    let standby = yes(report.role == Role::Standby);
    gauge("cdc_standby", "Whether this node stands by to take the slot over", standby);
    let wal = report.wal;
    let retained = wal.map(|wal| count(wal.retained_bytes));
    gauge("wal_retained_bytes", "WAL that Postgres keeps for the slot", retained);
    let limit = wal.and_then(|wal| wal.limit_bytes).map(count);
    gauge("wal_limit_bytes", "WAL that Postgres may keep for the slot", limit);
    let share = wal.and_then(|wal| wal.share);
    gauge("wal_used_ratio", "Share of the WAL budget that is used", share);
    let burn = wal.map(|wal| wal.burn_bytes_per_second);
    gauge("wal_burn_bytes_per_second", "Growth of the kept WAL over the last minute", burn);
    let left = wal.and_then(|wal| wal.exhausted_in_seconds);
    gauge("wal_exhausted_in_seconds", "When the WAL budget is used up at that rate", left);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// As the format has it: exact up to 2^53.
fn count(number: impl TryInto<i64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the format knows floats only")]
    number.try_into().map_or(f64::INFINITY, |number| number as f64)
}

#[cfg(test)]
mod tests {
    use crate::testing::TestServer;

    /// The value of a metric.
    fn value(text: &str, name: &str) -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")))?;
        Some(line.split(' ').nth(1).unwrap().parse().unwrap())
    }

    #[tokio::test]
    async fn a_node_says_how_it_is_in_numbers_and_nothing_else() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let mut stream = ada.stream(None).await;
        stream.next_event().await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let text = loop {
            let reply = server.visitor().get("/metrics").await;
            assert_eq!(reply.headers["content-type"], super::CONTENT_TYPE);
            let holds = value(&reply.body, "tributary_cdc_holder") == Some(1.0);
            if holds && value(&reply.body, "tributary_wal_retained_bytes").is_some() {
                break reply.body;
            }
            assert!(std::time::Instant::now() < deadline, "{}", reply.body);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };

        assert_eq!(value(&text, "tributary_ready"), Some(1.0), "{text}");
        assert_eq!(value(&text, "tributary_streams_open"), Some(1.0), "{text}");
        assert_eq!(value(&text, "tributary_wal_limit_bytes"), Some(2_147_483_648.0), "{text}");
        assert!(value(&text, "tributary_wal_used_ratio").unwrap() < 1.0, "{text}");
        assert!(value(&text, "tributary_log_position").is_some(), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert!(!text.contains('{'), "labels could say who or where: {text}");
        drop(stream);
    }

    #[tokio::test]
    async fn readiness_says_the_same_for_people() {
        let server = TestServer::start().await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let report: serde_json::Value = server.visitor().get("/readyz").await.ok();
            if report["role"] == "holder" && !report["wal"].is_null() {
                assert_eq!(report["wal"]["limitBytes"], 2_147_483_648_u64, "{report}");
                assert!(report["wal"]["share"].as_f64().unwrap() < 1.0, "{report}");
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{report}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}
