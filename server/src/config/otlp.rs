//! The settings of the export of spans.

use clap::Args;
use http::Uri;

/// The collector that spans are sent to. The variables are OpenTelemetry's; the exporter reads further ones
/// itself.
#[derive(Clone, Debug, Default, Args)]
pub struct OtlpConfig {
    /// OpenTelemetry collector to send spans to, such as `http://127.0.0.1:4318`; the path `/v1/traces`
    /// is added. Without it, nothing is sent.
    #[arg(long = "otlp-endpoint", env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = parse_collector)]
    pub endpoint: Option<String>,

    /// The same with the full path, such as `http://127.0.0.1:4318/v1/traces`.
    #[arg(
        long = "otlp-traces-endpoint",
        env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        value_parser = parse_collector
    )]
    pub full_endpoint: Option<String>,

    /// Name of this service at the collector.
    #[arg(long = "otel-service-name", env = "OTEL_SERVICE_NAME", default_value = "tributary")]
    pub service_name: String,
}

impl OtlpConfig {
    /// Returns the address that spans are posted to; none when spans aren't exported.
    #[must_use]
    pub fn traces_endpoint(&self) -> Option<String> {
        let of_base =
            || Some(format!("{}/v1/traces", self.endpoint.as_deref()?.trim_end_matches('/')));
        self.full_endpoint.clone().or_else(of_base)
    }
}

fn parse_collector(text: &str) -> Result<String, &'static str> {
    let uri: Option<Uri> = text.parse().ok();
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some("http") => Ok(text.to_owned()),
        Some("https") => Err(
            "https isn't supported; run a collector beside the server, which forwards over https",
        ),
        _ => Err("enter http://, a host and a port, such as http://127.0.0.1:4318"),
    }
}
