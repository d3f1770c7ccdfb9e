//! The optional export of spans to an OpenTelemetry collector, by OTLP over HTTP with protobuf.
//!
//! Spans wait in a queue of at most 2,048 and are sent in batches from a thread of the exporter's own.
//! When the collector is slow or away, spans are dropped: no request waits, and memory stays bounded.
//!
//! Only spans of this program's crates are exported, with the fields that log lines have: ids, routes
//! and numbers. Log lines themselves aren't.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::trace::{SpanKind, Status, TracerProvider};
use opentelemetry::{KeyValue, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use opentelemetry_sdk::{Resource, trace};
use tracing::{Metadata, Subscriber, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::OtlpConfig;

/// How long a batch may take to send. Meanwhile spans wait in the queue.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the spans that wait may delay the end of the process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest response of a collector that is read.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

/// The crates whose spans are exported.
const CRATES: [&str; 6] = ["activity", "api", "cdc", "db", "server", "stream"];

/// A running export. It ends with [`Self::flush`].
#[derive(Debug)]
pub struct Export(SdkTracerProvider);

impl Export {
    /// Starts the export; `None` without a collector in the configuration.
    ///
    /// # Errors
    /// As [`exporter`].
    pub fn start(config: &OtlpConfig) -> Result<Option<Self>, ExporterBuildError> {
        let Some(endpoint) = config.traces_endpoint() else { return Ok(None) };
        let exporter = exporter(endpoint)?;
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(RequestNames(exporter))
            .with_resource(resource.build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// Returns the layer that gives spans to the export.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tributary"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(is_exported))
    }

    /// Sends the spans that wait, for two seconds at most, and ends the export.
    pub fn flush(self) {
        // Failures to send were logged.
        let _ = self.0.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// Returns an exporter to that address. Connects to nothing.
///
/// # Errors
/// When one of the `OTEL_EXPORTER_OTLP_*` variables asks for something that isn't supported.
pub fn exporter(traces_endpoint: String) -> Result<SpanExporter, ExporterBuildError> {
    SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces_endpoint)
        .with_http_client(CollectorClient::new())
        // A batch that can't be sent is lost. Retrying it would delay the next ones, and the end.
        .with_retry_policy(RetryPolicy::disabled())
        .build()
}

/// Whether it is a span of ours. The span of a background task isn't exported, because it never ends:
/// each batch of the CDC worker is a trace of its own.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    let origin = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && metadata.name() != "task" && CRATES.contains(&origin)
}

/// Gives the spans of requests the names and the kind that OpenTelemetry expects, and logs failures.
#[derive(Debug)]
struct RequestNames(SpanExporter);

impl trace::SpanExporter for RequestNames {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().filter(|span| span.name == "request").for_each(describe_request);
        let spans = batch.len();
        let exported = self.0.export(batch).await;
        if let Err(error) = &exported {
            warn!(%error, spans, "Spans can't be sent to the OTLP collector; they are lost");
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Follows the semantic conventions for HTTP servers: the name is method and route, and statuses from
/// 500 on are errors.
fn describe_request(span: &mut SpanData) {
    let attribute = |key| {
        let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        attribute.map(|attribute| &attribute.value)
    };
    let method = attribute("method").map_or_else(String::new, ToString::to_string);
    let name = match attribute("route") {
        Some(route) => format!("{method} {route}"),
        None => method,
    };
    if matches!(attribute("status"), Some(Value::I64(500..))) {
        span.status = Status::error("");
    }
    span.name = name.into();
    span.span_kind = SpanKind::Server;
    for KeyValue { key, .. } in &mut span.attributes {
        *key = match key.as_str() {
            "method" => "http.request.method".into(),
            "route" => "http.route".into(),
            "status" => "http.response.status_code".into(),
            _ => continue,
        };
    }
}

/// A blocking HTTP client: the exporter's thread does nothing else.
#[derive(Debug)]
struct CollectorClient(ureq::Agent);

impl CollectorClient {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(SEND_TIMEOUT))
            // Spans go only to the address that the operator has set (ASVS 15.3.2).
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build();
        Self(config.into())
    }
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut response = self.0.run(Request::from_parts(head, &body[..]))?;
        let body =
            response.body_mut().with_config().limit(MAX_RESPONSE_BYTES).read_to_vec()?.into();
        Ok(response.map(|_| body))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::trace::{SpanContext, SpanId};

    use super::*;

    fn request(attributes: Vec<KeyValue>) -> SpanData {
        let mut span = SpanData {
            span_context: SpanContext::empty_context(),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "request".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH,
            attributes,
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: Status::Unset,
            instrumentation_scope: Default::default(),
        };
        describe_request(&mut span);
        span
    }

    #[tokio::test]
    async fn redirect_of_the_collector_is_not_followed() {
        use std::io::{Read as _, Write as _};
        use std::net::TcpListener;

        let [collector, other] = [(), ()].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        let address = collector.local_addr().unwrap();
        let location = format!("http://{}/", other.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = collector.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            write!(
                stream,
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            )
            .unwrap();
        });
        let request = Request::post(format!("http://{address}/v1/traces"));
        let request = request.body(Bytes::from_static(b"spans")).unwrap();
        let answer = CollectorClient::new().send_bytes(request).await.unwrap();
        assert_eq!(answer.status(), 307);
        answering.join().unwrap();
        other.set_nonblocking(true).unwrap();
        assert!(other.accept().is_err(), "the redirect was followed");
    }

    #[test]
    fn request_is_named_after_method_and_route_and_failed_from_500_on() {
        let answered = |status: i64| {
            let (method, route) = (KeyValue::new("method", "GET"), KeyValue::new("route", "/me"));
            request(vec![method, route, KeyValue::new("status", status)])
        };
        let refused = answered(404);
        assert_eq!((&*refused.name, &refused.status), ("GET /me", &Status::Unset));
        assert_eq!(answered(503).status, Status::error(""));
        assert_eq!(request(vec![KeyValue::new("method", "GET")]).name, "GET");
    }
}
