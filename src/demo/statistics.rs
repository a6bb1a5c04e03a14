//! What was asked and what it cost, as a bystander counts: `/__stats` shows it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::mishaps::Mishap;
use crate::model::Json;

#[derive(Debug, Default)]
pub struct Statistics {
    counts: Mutex<Counts>,
    under_way: AtomicU64,
    peak: AtomicU64,
    connections: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    /// By service and operation; refused requests whose operation is unknown have none.
    calls: HashMap<(&'static str, &'static str), u64>,
    statuses: BTreeMap<u16, u64>,
    mishaps: BTreeMap<Mishap, u64>,
    bytes: u64,
    throttled: u64,
}

/// A request under way; over when dropped.
pub struct UnderWay<'s>(&'s Statistics);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Statistics {
    pub fn begin(&self) -> UnderWay<'_> {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(now, Ordering::Relaxed);
        UnderWay(self)
    }

    pub fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub fn asked(&self, service: &'static str, operation: &'static str, mishap: Option<Mishap>) {
        let mut counts = self.counts.lock();
        *counts.calls.entry((service, operation)).or_default() += 1;
        if let Some(mishap) = mishap {
            *counts.mishaps.entry(mishap).or_default() += 1;
        }
    }

    pub fn throttled(&self) {
        self.counts.lock().throttled += 1;
    }

    /// An answer that was sent, whole or not.
    pub fn answered(&self, status: u16, bytes: usize) {
        let mut counts = self.counts.lock();
        *counts.statuses.entry(status).or_default() += 1;
        counts.bytes += bytes as u64;
    }

    /// Everything but what is under way starts at nothing again.
    pub fn reset(&self) {
        *self.counts.lock() = Counts::default();
        self.peak.store(self.under_way.load(Ordering::Relaxed), Ordering::Relaxed);
        self.connections.store(0, Ordering::Relaxed);
    }

    pub fn show(&self) -> Json {
        let counts = self.counts.lock();
        let number = |n: u64| Json::int(i64::try_from(n).unwrap_or(i64::MAX));
        let calls: BTreeMap<String, u64> =
            counts.calls.iter().map(|((service, name), n)| (format!("{service}.{name}"), *n)).collect();
        let total = calls.values().sum();
        let assumed = calls.get("sts.AssumeRole").copied().unwrap_or_default();
        Json::object([
            ("calls", Json::object(calls.iter().map(|(name, n)| (name.as_str(), number(*n))))),
            ("total", number(total)),
            ("assume_role_calls", number(assumed)),
            ("statuses", Json::object(counts.statuses.iter().map(|(s, n)| (s.to_string(), number(*n))))),
            ("throttled", number(counts.throttled)),
            ("mishaps", Json::object(counts.mishaps.iter().map(|(m, n)| (m.as_str(), number(*n))))),
            ("peak", number(self.peak.load(Ordering::Relaxed))),
            ("bytes", number(counts.bytes)),
            ("connections", number(self.connections.load(Ordering::Relaxed))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_and_a_reset_forgets() {
        let statistics = Statistics::default();
        {
            let (_one, _two) = (statistics.begin(), statistics.begin());
            statistics.asked("sts", "AssumeRole", None);
            statistics.asked("ec2", "DescribeVpcs", Some(Mishap::Reset));
            statistics.answered(200, 10);
            statistics.connected();
        }
        assert_eq!(
            statistics.show().to_json(),
            r#"{"calls":{"ec2.DescribeVpcs":1,"sts.AssumeRole":1},"total":2,"assume_role_calls":1,"statuses":{"200":1},"throttled":0,"mishaps":{"reset":1},"peak":2,"bytes":10,"connections":1}"#
        );
        statistics.reset();
        assert_eq!(
            statistics.show().to_json(),
            r#"{"calls":{},"total":0,"assume_role_calls":0,"statuses":{},"throttled":0,"mishaps":{},"peak":0,"bytes":0,"connections":0}"#
        );
    }
}
