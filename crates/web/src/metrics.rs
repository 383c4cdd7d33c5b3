//! What `/metrics` shows. Handles are made once for each route, so that a request only adds to them.

mod certificate;
mod process;

use std::sync::OnceLock;
use std::time::Duration;

use aroeira_clinic::House;
use http::StatusCode;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static EXPOSITION: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const BATCH: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// Installs the recorder of this process; again is fine. Call it before an installation is opened or a router is made:
/// what was measured before goes nowhere.
pub fn install() {
    EXPOSITION.get_or_init(|| {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS).and_then(
                |builder| builder.set_buckets_for_metric(Matcher::Full("aroeira_commit_batch_size".into()), BATCH),
            );
        let handle = builder.and_then(PrometheusBuilder::install_recorder);
        match handle {
            Ok(handle) => {
                describe();
                Some(handle)
            }
            Err(error) => {
                tracing::warn!("no metrics: {error}");
                None
            }
        }
    });
}

fn describe() {
    metrics::describe_counter!("aroeira_http_requests_total", "Requests answered, by method, route and status");
    metrics::describe_histogram!("aroeira_http_request_seconds", "Time from request to answer, by method and route");
    metrics::describe_counter!("aroeira_limits_hit_total", "Requests refused with 429, by class of limit");
    metrics::describe_gauge!("aroeira_open_clinics", "Clinics open now");
    metrics::describe_gauge!("aroeira_queue_depth", "Writes waiting to be committed, all clinics together");
    metrics::describe_gauge!("aroeira_build_info", "Always 1; the version stands in its label");
    metrics::describe_gauge!("aroeira_ready", "1 while requests can be served, as /api/health/ready says");
    metrics::describe_gauge!("aroeira_clinics", "Clinics of the data directory, open or not");
    metrics::describe_gauge!("aroeira_data_bytes", "Bytes of all clinics' files");
    metrics::describe_gauge!("aroeira_disk_size_bytes", "Bytes of the file system that holds the data directory");
    metrics::describe_gauge!("aroeira_disk_free_bytes", "Bytes of it that may still be written");
    metrics::describe_gauge!("aroeira_certificate_end_seconds", "When the certificate in use ends, since 1970");
    aroeira_clinic::describe_metrics();
    metrics::gauge!("aroeira_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Measures what takes too long for a request: how much there is on disk, and how much room.
pub(crate) async fn measure(house: House) {
    match tokio::task::spawn_blocking(move || house.room()).await {
        Ok(Ok(room)) => {
            metrics::gauge!("aroeira_clinics").set(room.clinics as f64);
            metrics::gauge!("aroeira_data_bytes").set(room.data_bytes as f64);
            metrics::gauge!("aroeira_disk_size_bytes").set(room.disk_bytes as f64);
            metrics::gauge!("aroeira_disk_free_bytes").set(room.free_bytes as f64);
        }
        Ok(Err(error)) => tracing::warn!(error = %error, "the data directory cannot be measured"),
        Err(error) => tracing::warn!(error = %error, "the data directory was not measured"),
    }
}

/// The certificate that is served from now on.
pub(crate) fn serves_certificate(der: &[u8]) {
    if let Some(ends) = certificate::ends(der) {
        metrics::gauge!("aroeira_certificate_end_seconds").set(ends as f64);
    }
}

/// Moves what was measured out of the recorder's buffers; called every few seconds.
pub(crate) fn upkeep() {
    if let Some(Some(handle)) = EXPOSITION.get() {
        handle.run_upkeep();
    }
}

/// The exposition text; empty where no recorder was installed.
pub(crate) fn exposition(house: &House) -> String {
    let Some(Some(handle)) = EXPOSITION.get() else { return String::new() };
    let vitals = house.vitals();
    metrics::gauge!("aroeira_open_clinics").set(f64::from(u32::try_from(vitals.open_clinics).unwrap_or(u32::MAX)));
    metrics::gauge!("aroeira_queue_depth").set(f64::from(u32::try_from(vitals.queue_depth).unwrap_or(u32::MAX)));
    metrics::gauge!("aroeira_ready").set(f64::from(u8::from(house.health().ready)));
    handle.render() + &process::exposition()
}

/// There is a class of limits: its count is shown from zero.
pub(crate) fn limits(class: &'static str) {
    metrics::counter!("aroeira_limits_hit_total", "class" => class).increment(0);
}

/// A request was refused with 429.
pub(crate) fn limited(class: &'static str) {
    metrics::counter!("aroeira_limits_hit_total", "class" => class).increment(1);
}

/// Every status this server answers; another one is counted as `other`.
const STATUSES: [u16; 26] = [
    200, 201, 204, 303, 304, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 428, 429, 431, 500,
    503, 302, 301,
];

/// The meters of one route.
pub(crate) struct Meters {
    method: &'static str,
    route: &'static str,
    seconds: Histogram,
    answers: [OnceLock<Counter>; STATUSES.len() + 1],
}

impl Meters {
    pub(crate) fn new(method: &'static str, route: &'static str) -> Self {
        let seconds = metrics::histogram!("aroeira_http_request_seconds", "method" => method, "route" => route);
        Self { method, route, seconds, answers: [const { OnceLock::new() }; STATUSES.len() + 1] }
    }

    /// Counts an answer.
    pub(crate) fn count(&self, status: StatusCode, took: Duration) {
        let place = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len());
        let counter = self.answers[place].get_or_init(|| {
            let status = STATUSES.get(place).map_or_else(|| "other".to_owned(), u16::to_string);
            metrics::counter!(
                "aroeira_http_requests_total",
                "method" => self.method, "route" => self.route, "status" => status
            )
        });
        counter.increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        install();
        let meters = Meters::new("GET", "/api/test-of-meters");
        meters.count(StatusCode::OK, Duration::from_millis(3));
        meters.count(StatusCode::IM_A_TEAPOT, Duration::from_millis(3));
        let Some(Some(handle)) = EXPOSITION.get() else { panic!("no recorder") };
        let text = handle.render();
        for line in [
            r#"aroeira_http_requests_total{method="GET",route="/api/test-of-meters",status="200"} 1"#,
            r#"aroeira_http_requests_total{method="GET",route="/api/test-of-meters",status="other"} 1"#,
            r#"aroeira_http_request_seconds_bucket{method="GET",route="/api/test-of-meters",le="0.005"} 2"#,
        ] {
            assert!(text.contains(line), "{line} not in {text}");
        }
    }
}
