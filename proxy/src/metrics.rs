//! What the proxy counts and measures, for Prometheus.

mod policy;

pub use policy::PolicyMetrics;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// A fixed word as a label's value: labels never come from requests, so their number is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word(pub &'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        EncodeLabelValue::encode(&self.0, encoder)
    }
}

/// What kind of request, and how the cache answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// `config`, `index`, `crate`, `exchange` or `other`.
    pub kind: Word,
    /// `hit`, `miss`, `coalesced`, `stale` or `none`.
    pub cache: Word,
    /// The status of the answer.
    pub status: u16,
}

/// What kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    /// As in [`RequestLabels`].
    pub kind: Word,
}

/// Which registry, and what happened there. Registries are configured, so their number is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct UpstreamLabels {
    /// The registry's name.
    pub registry: String,
    /// What went wrong, or `ok`.
    pub outcome: Word,
}

/// Which registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RegistryLabels {
    /// The registry's name.
    pub registry: String,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabels {
    /// `missing`, `malformed`, `unknown`, `expired`, `revoked`, `other-team` or `other-scope`.
    pub reason: Word,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ResultLabels {
    /// `exchanged`, `issuer-away`, or why an identity token was refused.
    pub result: Word,
}

/// The proxy's metrics. Cloning gives another handle to the same ones.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Requests answered.
    pub requests: Family<RequestLabels, Counter>,
    /// Seconds until the headers of an answer were ready.
    pub latency: Family<KindLabels, Histogram, fn() -> Histogram>,
    /// Requests to upstreams.
    pub upstream: Family<UpstreamLabels, Counter>,
    /// Age of the index view served last.
    pub index_age: Family<RegistryLabels, Gauge>,
    /// Bytes of crates stored since the start.
    pub stored: Counter,
    /// Bytes of crates in the store, and how many they are; read when asked for.
    pub cache_bytes: Gauge,
    /// Crates in the store.
    pub cache_blobs: Gauge,
    /// Records that wait to be written.
    pub queue: Gauge,
    /// Times the record could not be written.
    pub record_failures: Counter,
    /// Requests refused for their token, or for want of one.
    pub refused_tokens: Family<ReasonLabels, Counter>,
    /// Identity tokens that were presented to be exchanged.
    pub exchanges: Family<ResultLabels, Counter>,
    /// The policy at the doors.
    pub policy: PolicyMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            latency: Family::new_with_constructor(|| {
                Histogram::new([
                    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0,
                ])
            }),
            upstream: Family::default(),
            index_age: Family::default(),
            stored: Counter::default(),
            cache_bytes: Gauge::default(),
            cache_blobs: Gauge::default(),
            queue: Gauge::default(),
            record_failures: Counter::default(),
            refused_tokens: Family::default(),
            exchanges: Family::default(),
            policy: PolicyMetrics::default(),
        }
    }
}

impl Metrics {
    /// Puts the metrics into `registry` under the prefix `depaudit_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("depaudit");
        registry.register(
            "requests",
            "Requests answered, by kind, cache outcome and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "Time until an answer's headers were ready",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry.register(
            "upstream_requests",
            "Requests to upstream registries, by outcome",
            self.upstream.clone(),
        );
        registry.register_with_unit(
            "index_age",
            "Age of the index view served last",
            Unit::Seconds,
            self.index_age.clone(),
        );
        registry.register_with_unit(
            "stored",
            "Crate bytes stored since the start",
            Unit::Bytes,
            self.stored.clone(),
        );
        registry.register_with_unit(
            "cache",
            "Crate bytes in the store",
            Unit::Bytes,
            self.cache_bytes.clone(),
        );
        registry.register("cache_crates", "Crates in the store", self.cache_blobs.clone());
        registry.register("event_queue", "Events waiting to be written", self.queue.clone());
        registry.register(
            "record_failures",
            "Times an event could not be written",
            self.record_failures.clone(),
        );
        registry.register(
            "refused_tokens",
            "Requests refused for their token, by reason",
            self.refused_tokens.clone(),
        );
        registry.register(
            "token_exchanges",
            "Identity tokens presented to be exchanged, by result",
            self.exchanges.clone(),
        );
        self.policy.register(registry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_what_operators_look_for() {
        let (metrics, mut registry) = (Metrics::default(), Registry::default());
        metrics.register(&mut registry);
        let labels = RequestLabels { kind: Word("index"), cache: Word("hit"), status: 200 };
        metrics.requests.get_or_create(&labels).inc();
        metrics.latency.get_or_create(&KindLabels { kind: Word("index") }).observe(0.001);
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
        assert!(
            page.contains(r#"depaudit_requests_total{kind="index",cache="hit",status="200"} 1"#),
            "{page}"
        );
        assert!(page.contains("depaudit_request_duration_seconds_bucket"), "{page}");
    }
}
