//! Logs as lines on standard error, and traces to a collector where one is configured.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::{Config, Format};
use crate::failure::Result;

/// How long a collector may take, at shutdown too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Traces not sent yet are sent when this is closed.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

/// Logs and traces of a server, as configured.
pub(crate) fn start(config: &Config) -> Result<Telemetry> {
    let directives = || {
        let filter = EnvFilter::try_new(&config.log.level).unwrap_or_default();
        // A request's span is for the collector: where there is none it costs nothing.
        match "aroeira::trace=off".parse() {
            Ok(off) => filter.add_directive(off),
            Err(_) => filter,
        }
    };
    let lines = match config.log.format {
        Format::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .with_filter(directives())
            .boxed(),
        Format::Text => fmt::layer().with_ansi(false).with_writer(std::io::stderr).with_filter(directives()).boxed(),
    };
    let provider = match config.telemetry.otlp_endpoint.as_str() {
        "" => None,
        endpoint => Some(provider(config, endpoint)?),
    };
    let spans = provider.as_ref().map(|provider| {
        // The exporter's own client must not trace itself.
        let own = EnvFilter::new(
            "off,aroeira=info,aroeira::trace=info,aroeira_web=info,aroeira_clinic=info,aroeira_store=info",
        );
        tracing_opentelemetry::layer().with_tracer(provider.tracer("aroeira")).with_filter(own)
    });
    // A second start in one process (tests) keeps the first one's subscriber.
    let _ = tracing_subscriber::registry().with(lines).with(spans).try_init();
    Ok(Telemetry(provider))
}

/// Warnings as text: for commands that people run.
pub(crate) fn quiet() {
    let lines =
        fmt::layer().with_ansi(false).without_time().with_writer(std::io::stderr).with_filter(EnvFilter::new("warn"));
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

fn provider(config: &Config, endpoint: &str) -> Result<SdkTracerProvider> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector(agent.into()))
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(PATIENCE)
        .with_endpoint(endpoint)
        .build()
        .map_err(|e| config.wrong("telemetry.otlp_endpoint", &format!("cannot be used: {e}"), "correct the address"))?;
    let resource = Resource::builder_empty()
        .with_attribute(opentelemetry::KeyValue::new("service.name", "aroeira"))
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Telemetry {
    /// Sends what waits; blocks for [`PATIENCE`] at most.
    pub(crate) fn close(self) {
        if let Some(provider) = self.0
            && let Err(e) = provider.shutdown_with_timeout(PATIENCE)
        {
            tracing::warn!(error = %e, "the last traces were not sent");
        }
    }
}

/// The batch processor sends from a thread of its own, so a blocking client is all it takes.
#[derive(Debug)]
struct Collector(ureq::Agent);

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = answer.into_parts();
        Ok(Response::from_parts(head, Bytes::from(body.read_to_vec()?)))
    }
}
