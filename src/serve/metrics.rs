//! What the endpoint counts, as Prometheus reads it.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use super::outputs;
use crate::{
    output::Store,
    service,
    wire::{call::Call, dialect::Service},
};

/// Upper bounds of the buckets of latency, in seconds.
const BOUNDS: [f64; 14] =
    [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 20.0];

/// What has been counted since the start.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: BTreeMap<(Service, &'static str, u16), u64>,
    latencies: BTreeMap<Service, Latency>,
    /// Open connections.
    pub connections: u64,
    /// Requests that were none, or were too large.
    pub refused: u64,
    /// Messages that were handed on for delivery outside.
    pub sent: u64,
    /// Messages that arrived outside.
    pub delivered: u64,
    /// Messages that were given up.
    pub buried: u64,
    /// Outputs for stores outside, by store and what became of them.
    outputs: BTreeMap<(Store, outputs::Fate), u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Latency {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// What is measured when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauges {
    /// Simulated seconds since the start.
    pub simulated_seconds: f64,
    /// The speed; none for `max`.
    pub speed: Option<f64>,
    /// Whether time stands still.
    pub is_paused: bool,
    /// Invocations that are not at their end.
    pub live_invocations: u64,
    /// How often the journal waited for the disk, if there is one.
    pub journal_syncs: Option<u64>,
}

/// Whether there is such an operation.
pub fn is_known(call: &Call) -> bool {
    service::operations(call.dialect.service).contains(&call.operation.as_str())
}

/// The name of an operation as it is known here; all others are one.
pub fn known(call: &Call) -> &'static str {
    let operations = service::operations(call.dialect.service);
    operations.iter().find(|known| **known == call.operation).copied().unwrap_or("unknown")
}

impl Metrics {
    /// Counts a call that was answered with `status` after `taken`.
    pub fn note(&mut self, service: Service, operation: &'static str, status: u16, taken: Duration) {
        *self.requests.entry((service, operation, status)).or_default() += 1;
        let latency = self.latencies.entry(service).or_default();
        let seconds = taken.as_secs_f64();
        if let Some(at) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            latency.buckets[at] += 1;
        }
        latency.count += 1;
        latency.sum += seconds;
    }

    /// Counts an output for a store outside.
    pub fn note_output(&mut self, store: Store, result: outputs::Fate) {
        *self.outputs.entry((store, result)).or_default() += 1;
    }

    /// The text format of Prometheus, version 0.0.4.
    pub fn to_text(&self, gauges: &Gauges) -> String {
        let mut page = Page(String::new());
        page.head("requests_total", "counter", "Calls answered, by operation and HTTP status.");
        for ((service, operation, status), count) in &self.requests {
            let service = service.signing_name();
            page.line(
                "requests_total",
                &format!("service=\"{service}\",operation=\"{operation}\",status=\"{status}\""),
                *count as f64,
            );
        }
        page.head("request_seconds", "histogram", "From the whole request to its answer.");
        for (service, latency) in &self.latencies {
            page.histogram(service.signing_name(), latency);
        }
        page.one("connections", "gauge", "Open connections.", self.connections as f64);
        page.one("refused_requests_total", "counter", "Requests that called nothing.", self.refused as f64);
        page.one(
            "messages_sent_total",
            "counter",
            "Messages handed on for delivery outside.",
            self.sent as f64,
        );
        page.one(
            "messages_delivered_total",
            "counter",
            "Messages that arrived outside.",
            self.delivered as f64,
        );
        page.one("messages_buried_total", "counter", "Messages given up.", self.buried as f64);
        self.outputs_to(&mut page);
        page.one("simulated_seconds", "gauge", "Simulated time.", gauges.simulated_seconds);
        page.one(
            "speed",
            "gauge",
            "Simulated seconds in a second; +Inf for max.",
            gauges.speed.unwrap_or(f64::INFINITY),
        );
        page.one("paused", "gauge", "1 while time stands still.", f64::from(u8::from(gauges.is_paused)));
        page.one(
            "live_invocations",
            "gauge",
            "Invocations not at their end.",
            gauges.live_invocations as f64,
        );
        if let Some(syncs) = gauges.journal_syncs {
            page.one(
                "journal_syncs_total",
                "counter",
                "How often the journal waited for the disk.",
                syncs as f64,
            );
        }
        page.0
    }

    fn outputs_to(&self, page: &mut Page) {
        page.head("outputs_total", "counter", "Outputs for stores outside, by what became of them.");
        for (store, name) in [(Store::S3, "s3"), (Store::Logs, "logs")] {
            for result in outputs::Fate::ALL {
                let count = self.outputs.get(&(store, result)).copied().unwrap_or_default();
                let labels = format!("store=\"{name}\",result=\"{}\"", result.name());
                page.line("outputs_total", &labels, count as f64);
            }
        }
    }
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP fleetsim_{name} {help}\n# TYPE fleetsim_{name} {kind}")
            .expect("a string takes it");
    }

    fn line(&mut self, name: &str, labels: &str, value: f64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let value = if value == f64::INFINITY { "+Inf".into() } else { value.to_string() };
        writeln!(self.0, "fleetsim_{name}{labels} {value}").expect("a string takes it");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }

    fn histogram(&mut self, service: &str, latency: &Latency) {
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(latency.buckets) {
            below += count;
            self.line(
                "request_seconds_bucket",
                &format!("service=\"{service}\",le=\"{bound}\""),
                below as f64,
            );
        }
        self.line(
            "request_seconds_bucket",
            &format!("service=\"{service}\",le=\"+Inf\""),
            latency.count as f64,
        );
        self.line("request_seconds_sum", &format!("service=\"{service}\""), latency.sum);
        self.line("request_seconds_count", &format!("service=\"{service}\""), latency.count as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_is_below_their_bounds() {
        let mut metrics = Metrics::default();
        for micros in [50, 51, 99, 30_000_000] {
            metrics.note(Service::Ssm, "SendCommand", 200, Duration::from_micros(micros));
        }
        metrics.note(Service::Ssm, "SendCommand", 400, Duration::ZERO);
        let text = metrics.to_text(&Gauges { speed: None, journal_syncs: Some(7), ..Gauges::default() });
        for line in [
            "fleetsim_requests_total{service=\"ssm\",operation=\"SendCommand\",status=\"200\"} 4",
            "fleetsim_requests_total{service=\"ssm\",operation=\"SendCommand\",status=\"400\"} 1",
            "fleetsim_request_seconds_bucket{service=\"ssm\",le=\"0.00005\"} 2",
            "fleetsim_request_seconds_bucket{service=\"ssm\",le=\"0.0001\"} 4",
            "fleetsim_request_seconds_bucket{service=\"ssm\",le=\"20\"} 4",
            "fleetsim_request_seconds_bucket{service=\"ssm\",le=\"+Inf\"} 5",
            "fleetsim_request_seconds_count{service=\"ssm\"} 5",
            "fleetsim_speed +Inf",
            "fleetsim_journal_syncs_total 7",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }
}
