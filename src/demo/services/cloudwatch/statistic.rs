//! What is told of a period: one of CloudWatch's statistics.

use super::curve::Sample;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// Values below this share, in percent.
    Percentile(f64),
    /// Means without the outermost values; the demo's waves have none.
    Trimmed,
    /// The share of values in percent between two bounds.
    Share(f64, f64),
}

impl Statistic {
    pub fn parse(name: &str) -> Option<Statistic> {
        Some(match name {
            "SampleCount" => Statistic::SampleCount,
            "Average" => Statistic::Average,
            "Sum" => Statistic::Sum,
            "Minimum" => Statistic::Minimum,
            "Maximum" => Statistic::Maximum,
            _ => return Self::extended(name),
        })
    }

    /// `p99`, `tm90`, `IQM`, `PR(10:50)`
    fn extended(name: &str) -> Option<Statistic> {
        let letters = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
        let (family, rest) = name.split_at(letters);
        let bounds = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')'));
        let bounds = bounds.and_then(|inside| inside.split_once(':')).map(|(low, high)| {
            let bound = |text: &str, open: f64| match text.trim_end_matches('%') {
                "" => Some(open),
                text => text.parse::<f64>().ok(),
            };
            Some((bound(low, f64::NEG_INFINITY)?, bound(high, f64::INFINITY)?))
        });
        let number = rest.parse::<f64>().ok().filter(|n| (0.0..=100.0).contains(n));
        match (family.to_ascii_lowercase().as_str(), bounds, number) {
            ("p", None, Some(share)) => Some(Statistic::Percentile(share)),
            ("pr", Some(Some((low, high))), None) => Some(Statistic::Share(low, high)),
            ("tm" | "wm", Some(Some(_)), None) | ("tm" | "wm", None, Some(_)) => Some(Statistic::Trimmed),
            ("tc", Some(Some(_)), None) | ("tc", None, Some(_)) => Some(Statistic::SampleCount),
            ("ts", Some(Some(_)), None) | ("ts", None, Some(_)) => Some(Statistic::Sum),
            ("iqm", None, None) if rest.is_empty() => Some(Statistic::Trimmed),
            _ => None,
        }
    }

    pub fn of(self, sample: Sample) -> f64 {
        let mean = sample.sum / sample.count.max(1.0);
        rounded(match self {
            Statistic::SampleCount => sample.count,
            Statistic::Average | Statistic::Trimmed => mean,
            Statistic::Sum => sample.sum,
            Statistic::Minimum => sample.low,
            Statistic::Maximum => sample.high,
            Statistic::Percentile(share) if share < 50.0 => sample.low + (mean - sample.low) * share / 50.0,
            Statistic::Percentile(share) => mean + (sample.high - mean) * (share - 50.0) / 50.0,
            Statistic::Share(low, high) => {
                let spread = (sample.high - sample.low).max(f64::EPSILON);
                100.0 * ((high.min(sample.high) - low.max(sample.low)) / spread).clamp(0.0, 1.0)
            }
        })
    }
}

pub fn rounded(value: f64) -> f64 {
    (value * 100_000.0).round() / 100_000.0
}
