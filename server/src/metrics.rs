//! `GET /metrics`: the readiness report in the `OpenMetrics` text format.
//!
//! It contains only totals of this node, no names, ids or addresses. `crate::monitoring` decides who may
//! read it.

use std::fmt;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::event::Health;
use http::header;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::node_health::Problem;
use crate::readiness::{Readiness, Report, Status};
use activity::Distribution;
use api::error::ApiFailure;
use cdc::Role;
use stream::Streams;
use stream::metrics::StreamMetrics;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`.
///
/// # Errors
/// 500 when the text can't be encoded, which would be a bug.
pub async fn metrics(State(readiness): State<Readiness>) -> Result<Response, ApiFailure> {
    let report = readiness.report().await;
    let mut registry = Registry::with_prefix("tributary");
    register_report(&mut registry, &report, &readiness.streams);
    register_streams(&mut registry, readiness.streams.metrics());
    let commit_to_log = DistributionMetric(readiness.health.commit_to_log());
    registry.register(
        "commit_to_log_seconds",
        "Time from the commit of a change until it is in the log, where this node wrote it",
        commit_to_log,
    );
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiFailure::internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

/// Adds the report. Unknown values are left out instead of being reported as 0.
fn register_report(registry: &mut Registry, report: &Report, streams: &Streams) {
    let mut gauge = |name: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    };
    let flag = |value: bool| Some(if value { 1.0 } else { 0.0 });
    gauge("ready", "Whether this node can answer requests", flag(report.ready));
    let degraded = flag(report.status != Status::Ok);
    gauge("degraded", "Whether anything doesn't work as it should", degraded);
    let has = |problem| flag(report.reasons.contains(&problem));
    let read_only = has(Problem::DatabaseReadOnly);
    gauge("database_read_only", "Whether the database refuses changes", read_only);
    let disk_full = has(Problem::DatabaseDiskFull);
    gauge("database_disk_full", "Whether the disk of the database is full", disk_full);
    let restarted = has(Problem::TaskRestarted);
    gauge("task_restarted", "Whether a background task failed lately", restarted);
    gauge("streams_open", "Number of open streams on this node", Some(number(report.streams)));
    let size = Some(number(streams.hot_tail_size()));
    gauge("hot_tail_bytes", "Memory of the latest activities, for readers who catch up", size);
    let position = report.cursor.map(|cursor| number(cursor.position.0));
    gauge("log_position", "Latest position of the activity log", position);
    let lag = Some(number(report.lag_ms) / 1000.0);
    gauge("log_lag_seconds", "How far the log is behind the database", lag);
    let degraded = flag(report.cdc == Health::Degraded);
    gauge("cdc_degraded", "Whether changes reach the log with a delay or not at all", degraded);
    let is_active = flag(report.role == Role::Active);
    gauge("cdc_active", "Whether this node holds the replication slot", is_active);
    let standby = flag(report.role == Role::Standby);
    gauge("cdc_standby", "Whether this node is ready to take over the replication slot", standby);
    let wal = report.wal;
    let retained = wal.map(|wal| number(wal.retained_bytes));
    gauge("wal_retained_bytes", "WAL that Postgres retains for the slot", retained);
    let limit = wal.and_then(|wal| wal.limit_bytes).map(number);
    gauge("wal_limit_bytes", "Limit of the WAL that Postgres retains for the slot", limit);
    let share = wal.and_then(|wal| wal.share);
    gauge("wal_used_ratio", "Retained WAL as a share of its limit", share);
    let burn = wal.map(|wal| wal.burn_bytes_per_second);
    gauge("wal_burn_bytes_per_second", "Growth of the retained WAL over the last minute", burn);
    let left = wal.and_then(|wal| wal.exhausted_in_seconds);
    gauge(
        "wal_exhausted_in_seconds",
        "Time until the retained WAL reaches its limit at that growth",
        left,
    );
    let mut counter = |name: &str, help: &str, value: u64| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    let catch_ups = streams.catch_up_counts();
    counter("catch_ups_from_memory", "Readers who caught up from memory", catch_ups.from_memory());
    counter(
        "catch_ups_from_database",
        "Readers who caught up from the database",
        catch_ups.from_database(),
    );
}

/// Adds what the streams count.
fn register_streams(registry: &mut Registry, metrics: &StreamMetrics) {
    for (name, help, histogram) in [
        (
            "routed_to_socket_seconds",
            "Time from routing an activity until a reader's socket took it",
            &metrics.routed_to_socket,
        ),
        ("catch_up_seconds", "Duration of catch-ups", &metrics.catch_up_duration),
        ("catch_up_events", "Number of events that a catch-up sent", &metrics.catch_up_events),
    ] {
        registry.register(name, help, DistributionMetric(histogram.read()));
    }
    for (name, help, value) in [
        ("streams_opened", "Streams that were opened", metrics.opened.read()),
        ("deliveries", "Activities that were sent to readers", metrics.deliveries.read()),
        (
            "queue_overflows",
            "Readers sent back to catch-up because their queue was full",
            metrics.queue_overflows.read(),
        ),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    for (name, help, label, counts) in [
        ("stream_resets", "Catch-ups answered by a reset", "reason", metrics.resets.read()),
        ("stream_ends", "Streams that ended", "code", metrics.ends.read()),
    ] {
        let family = Family::<[(&str, String); 1], Counter>::default();
        for (code, count) in counts {
            family.get_or_create(&[(label, code)]).inc_by(count);
        }
        registry.register(name, help, family);
    }
}

/// A distribution as a histogram of the format.
#[derive(Debug)]
struct DistributionMetric(Distribution);

impl EncodeMetric for DistributionMetric {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let Self(distribution) = self;
        let (count, buckets) = (distribution.count(), distribution.buckets());
        encoder.encode_histogram::<NoLabelSet>(distribution.sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// Converts the number to the format's 64-bit float, exact up to 2^53.
fn number(value: impl TryInto<i64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the format has only floats")]
    value.try_into().map_or(f64::INFINITY, |value| value as f64)
}

#[cfg(test)]
mod tests {
    use crate::testing::TestServer;

    /// Returns the value of a metric; none when it is missing.
    fn value(text: &str, name: &str) -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")))?;
        Some(line.split(' ').nth(1).unwrap().parse().unwrap())
    }

    #[tokio::test]
    async fn metrics_report_the_state_of_the_node_without_personal_data() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let mut stream = ada.stream(None).await;
        stream.next_event().await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let text = loop {
            let reply = server.visitor().get("/metrics").await;
            assert_eq!(reply.headers["content-type"], super::CONTENT_TYPE);
            let holds = value(&reply.body, "tributary_cdc_active") == Some(1.0);
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
        assert!(value(&text, "tributary_hot_tail_bytes").is_some(), "{text}");
        assert_eq!(value(&text, "tributary_catch_ups_from_database_total"), Some(0.0), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert_eq!(value(&text, "tributary_streams_opened_total"), Some(1.0), "{text}");
        let labels = text.lines().filter_map(|line| line.split_once('{')?.1.split_once('='));
        for (label, _) in labels {
            assert!(
                ["le", "code", "reason"].contains(&label),
                "it could be personal data: {label}"
            );
        }
        drop(stream);
    }

    #[tokio::test]
    async fn distributions_and_counts_grow_with_what_happens() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let mut stream = ada.stream(None).await;
        stream.next_event().await;
        let _: serde_json::Value =
            ada.patch("/me", serde_json::json!({"name": "Ada King"})).await.ok();
        stream.next_event().await;
        let text = server.visitor().get("/metrics").await.body;
        assert!(value(&text, "tributary_commit_to_log_seconds_count") >= Some(1.0), "{text}");
        assert_eq!(value(&text, "tributary_catch_up_seconds_count"), Some(1.0), "{text}");
        assert!(value(&text, "tributary_deliveries_total") >= Some(1.0), "{text}");

        // An unknown epoch: the stream is answered by a reset.
        let cursor = "000000ff.1".parse().ok();
        ada.stream(cursor).await.next_event().await;
        drop(stream);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let text = server.visitor().get("/metrics").await.body;
            let written = value(&text, "tributary_routed_to_socket_seconds_count");
            let reset = value(&text, "tributary_stream_resets_total{reason=\"unknown_epoch\"}");
            let left = value(&text, "tributary_stream_ends_total{code=\"reader_left\"}");
            if written >= Some(1.0) && reset == Some(1.0) && left == Some(2.0) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{text}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn readyz_reports_role_and_wal_budget() {
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
