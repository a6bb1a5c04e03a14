//! What a series measured: days and weeks in waves, chance by the hour, and the world's incidents.
//!
//! An hour is known as a whole, so that a year of days needs no half a million minutes; within the hour
//! values swing around its mean, so that both ways of looking agree.

use super::super::Call;
use super::incident::Incidents;
use super::series::Series;
use crate::demo::dice::Dice;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// How values behave; the number is a usual value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A share that never passes 100.
    Busy(f64),
    /// A level that is read off.
    Held(f64),
    /// Whole things counted, so many in five minutes.
    Counted(f64),
    /// A namespace's own: told of the minute that begins then.
    Own(fn(&Call<'_>, &Series, i64) -> Option<Sample>),
}

/// What was measured in a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub count: f64,
    pub sum: f64,
    pub low: f64,
    pub high: f64,
}

impl Sample {
    pub fn join(self, other: Sample) -> Sample {
        Sample {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    pub fn single(value: f64) -> Sample {
        Sample { count: 1.0, sum: value, low: value, high: value }
    }
}

/// A series over time.
pub struct Curve<'a> {
    call: &'a Call<'a>,
    series: &'a Series,
    dice: Dice,
    level: f64,
    incidents: Incidents,
    latest: i64,
}

impl<'a> Curve<'a> {
    pub fn new(call: &'a Call<'a>, series: &'a Series) -> Self {
        let named: String = series.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        let words = [call.account.id.as_str(), call.region, series.namespace, series.metric, &named];
        let dice = Dice::new(call.world.knobs.seed, &words);
        let usual = match series.shape {
            Shape::Busy(usual) | Shape::Held(usual) | Shape::Counted(usual) => usual,
            Shape::Own(_) => 0.0,
        };
        let level = usual * (0.3 + 1.4 * dice.clone().unit());
        let incidents = Incidents::of(call.place(), series.metric, &named);
        Self { call, series, dice, level, incidents, latest: super::latest(call) }
    }

    /// What the period that begins then holds; nothing where nothing was measured.
    pub fn period(&self, start: i64, length: i64) -> Option<Sample> {
        let end = (start + length).min(self.latest);
        let whole = start % HOUR == 0 && length % HOUR == 0 && !matches!(self.series.shape, Shape::Own(_));
        let mut found: Option<Sample> = None;
        let mut add = |sample: Sample| found = Some(found.map_or(sample, |known| known.join(sample)));
        let mut at = start;
        while at < end {
            if whole && at + HOUR <= end && !self.incidents.splits(self.call.world.now, at) {
                add(self.hour(at));
                at += HOUR;
                continue;
            }
            let next = at.div_euclid(self.series.every) * self.series.every;
            let next = if next < at { next + self.series.every } else { next };
            if next >= end {
                break;
            }
            if let Some(sample) = self.moment(next) {
                add(sample);
            }
            at = next + 1;
        }
        found
    }

    /// Mean of an hour, and how far it swings.
    fn mean(&self, hour: i64) -> (f64, f64) {
        let mut dice = self.dice.fork("hour", (hour / HOUR) as usize);
        let of_day = hour.rem_euclid(DAY) as f64 / DAY as f64;
        let wave = 1.0 + 0.4 * (std::f64::consts::TAU * (of_day - 0.35)).sin();
        // 1970 began on a Thursday.
        let weekend = matches!((hour.div_euclid(DAY) + 3).rem_euclid(7), 5 | 6);
        let week = if weekend { 0.6 } else { 1.0 };
        let (noise, swing) = (0.85 + 0.3 * dice.unit(), 0.05 + 0.25 * dice.unit());
        let steady = matches!(self.series.metric, "FreeStorageSpace" | "FreeableMemory");
        let usual = if steady { self.level } else { self.level * wave * week * noise };
        let incident = self.incidents.of_hour(self.call.world.today, hour);
        let mean = incident.unwrap_or(usual);
        // A limit that is reached, a disk that is full: levels that do not move.
        let swing = if steady || incident.is_some() { 0.01 } else { swing };
        match self.series.shape {
            Shape::Busy(_) => (mean.min(100.0 / (1.0 + swing)), swing),
            _ => (mean, swing),
        }
    }

    fn hour(&self, hour: i64) -> Sample {
        let (mean, swing) = self.mean(hour);
        let count = (HOUR / self.series.every) as f64;
        if let Shape::Counted(_) = self.series.shape {
            let total = (mean * 12.0).round();
            let each = total / count;
            return Sample {
                count,
                sum: total,
                low: (each * (1.0 - swing)).floor(),
                high: (each * (1.0 + swing)).ceil(),
            };
        }
        let (low, high) = (mean * (1.0 - swing), mean * (1.0 + swing));
        Sample { count, sum: mean * count, low, high }
    }

    /// One measurement.
    fn moment(&self, at: i64) -> Option<Sample> {
        if let Shape::Own(own) = self.series.shape {
            return own(self.call, self.series, at);
        }
        let hour = at.div_euclid(HOUR) * HOUR;
        if let Some(value) = self.incidents.of_minute(self.call.world.now, at) {
            let counted = matches!(self.series.shape, Shape::Counted(_));
            let share = if counted { self.series.every as f64 / 300.0 } else { 1.0 };
            return Some(Sample::single((value * share).round()));
        }
        let (mean, swing) = self.mean(hour);
        let angle = |at: i64| std::f64::consts::TAU * (at - hour) as f64 / HOUR as f64;
        Some(Sample::single(match self.series.shape {
            // What was counted until then, so that the parts make the whole.
            Shape::Counted(_) => {
                let total = (mean * 12.0).round();
                let until = |at: i64| {
                    let share = (at - hour) as f64 / HOUR as f64;
                    let swung = swing / std::f64::consts::TAU * (1.0 - angle(at).cos());
                    (total * (share + swung)).floor()
                };
                until(at + self.series.every) - until(at)
            }
            _ => mean * (1.0 + swing * angle(at).sin()),
        }))
    }
}
