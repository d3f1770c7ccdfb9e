//! The export of spans to a collector.

#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use std::fs::File;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use testing::{Sandbox, eventually};

use crate::program::{Program, command};
use crate::scenario::Scenario;

/// An OpenTelemetry collector that keeps what it receives.
struct Collector {
    endpoint: String,
    received: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    async fn start() -> Self {
        let received = Arc::<Mutex<Vec<Bytes>>>::default();
        let keep = {
            let received = received.clone();
            async move |body: Bytes| received.lock().unwrap().push(body)
        };
        let router = Router::new().route("/v1/traces", post(keep));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { endpoint, received }
    }

    fn exports(&self) -> Vec<ExportTraceServiceRequest> {
        let received = self.received.lock().unwrap();
        received.iter().map(|body| Message::decode(body.clone()).unwrap()).collect()
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let attribute = attributes.iter().find(|attribute| attribute.key == key);
    match attribute.and_then(|attribute| attribute.value.clone()) {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => text,
        // In contrast to a text of digits.
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => format!("number {number}"),
        other => panic!("{key} is {other:?}"),
    }
}

#[tokio::test]
async fn spans_that_wait_at_the_end_reach_the_collector_with_ids_and_nothing_personal() {
    let (sandbox, collector) = (Sandbox::new(), Collector::start().await);
    let mut command = command(&sandbox);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .env("OTEL_SERVICE_NAME", "north")
        // Longer than the test: nothing is sent before the server stops.
        .env("OTEL_BSP_SCHEDULE_DELAY", "600000");
    let mut program = Program::spawn(command.stderr(std::process::Stdio::null()));
    let scenario = Scenario::run(&program.address(), &sandbox.data_dir()).await;
    program.stop().await;

    let exports = collector.exports();
    assert!(!exports.is_empty());
    scenario.assert_no_secret_in(&format!("{exports:?}"));
    let resources: Vec<_> = exports.iter().flat_map(|export| &export.resource_spans).collect();
    for resource in &resources {
        let attributes = &resource.resource.as_ref().unwrap().attributes;
        assert_eq!(attribute(attributes, "service.name"), "north");
    }
    let scopes = resources.iter().flat_map(|resource| &resource.scope_spans);
    let spans: Vec<&Span> = scopes.flat_map(|scope| &scope.spans).collect();
    let named = |name: &str| {
        let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
        *spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {names:?}"))
    };

    let request = named("POST /organizations/{id}/notes");
    let of_request = |key| attribute(&request.attributes, key);
    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(of_request("request_id"), scenario.note_request);
    assert_eq!(of_request("user_id"), scenario.user_id);
    assert_eq!(of_request("organization_id"), scenario.organization_id);
    assert_eq!(of_request("http.response.status_code"), "number 201");
    let handler = named("create_note");
    assert_eq!(handler.parent_span_id, request.span_id);
    let batches = spans.iter().filter(|span| span.name == "cdc_batch");
    assert!(batches.clone().count() > 1);
    for batch in batches {
        assert!(attribute(&batch.attributes, "rows").starts_with("number "));
        assert!(batch.parent_span_id.is_empty(), "each batch is a trace of its own");
    }
    let stream = named("stream");
    assert_eq!(attribute(&stream.attributes, "organization_id"), scenario.organization_id);
    assert!(!named("catch_up").parent_span_id.is_empty());
}

/// A collector that closes its first five connections at once, and never answers on later ones. Returns
/// its endpoint and the number of connections.
fn start_broken_collector() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    thread::spawn(move || {
        let mut silent = Vec::new();
        for connection in listener.incoming() {
            if counter.fetch_add(1, Ordering::SeqCst) >= 5 {
                silent.push(connection);
            }
        }
    });
    (endpoint, connections)
}

#[tokio::test]
async fn collector_that_fails_is_logged_once_and_delays_neither_requests_nor_the_end() {
    let (sandbox, folder) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("log");
    let (endpoint, connections) = start_broken_collector();
    let mut command = command(&sandbox);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let mut program = Program::spawn(command.stderr(File::create(&path).unwrap()));
    let address = program.address();
    eventually("the collector is silent", async || {
        let answer = reqwest::get(format!("http://{address}/readyz"));
        let answered = tokio::time::timeout(Duration::from_secs(3), answer).await;
        assert!(answered.unwrap().unwrap().status().is_success());
        connections.load(Ordering::SeqCst) > 5
    })
    .await;
    let took = program.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let log = std::fs::read_to_string(&path).unwrap();
    let lines = log.lines().filter(|line| line.contains("can't be sent to the OTLP collector"));
    assert_eq!(lines.count(), 1, "{log}");
}
