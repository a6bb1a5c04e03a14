//! One line of the table: what was promised, what was measured, and whether it holds.

use std::fmt;

use crate::program::Run;

pub struct Figure {
    pub name: &'static str,
    pub what: String,
    /// Measured and target, in the same unit.
    value: Option<(f64, f64, &'static str)>,
    /// What else the runs cost, or why there are none.
    about: String,
}

pub enum Verdict {
    Met,
    Missed,
    NotMeasured,
}

impl Verdict {
    pub const LEGEND: &str = "ideal: calls x latency / concurrency; CPU is user and system time, memory the most at any time, \
                              of the whole process; walls are medians";
}

impl Figure {
    /// `measured` must not be more than `target`.
    pub fn at_most(
        name: &'static str,
        what: impl Into<String>,
        measured: f64,
        target: f64,
        unit: &'static str,
    ) -> Self {
        Self { name, what: what.into(), value: Some((measured, target, unit)), about: String::new() }
    }

    pub fn not_measured(name: &'static str, why: String) -> Self {
        Self { name, what: "cannot be measured".into(), value: None, about: why }
    }

    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// With the cost of the run it was taken from.
    #[must_use]
    pub fn of(self, run: &Run, more: impl fmt::Display) -> Self {
        let cost = format!(
            "{:.2} s, CPU {:.2} s, {:.0} MB; {more}",
            run.wall.as_secs_f64(),
            run.cpu.as_secs_f64(),
            run.peak_mb()
        );
        self.about(cost)
    }

    fn verdict(&self) -> Verdict {
        match self.value {
            Some((measured, target, _)) if measured <= target => Verdict::Met,
            Some(_) => Verdict::Missed,
            None => Verdict::NotMeasured,
        }
    }

    pub fn head() -> String {
        format!("{:<10} {:<46} {:>10} {:>10}  {:<12} how", "name", "figure", "target", "measured", "")
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |number: f64, unit: &str| match unit {
            "MB" | "ms" | "units" => format!("{number:.0} {unit}"),
            _ if number < 0.1 => format!("{number:.3} {unit}"),
            _ => format!("{number:.2} {unit}"),
        };
        let (target, measured) = match self.value {
            Some((measured, target, unit)) => (shown(target, unit), shown(measured, unit)),
            None => (String::new(), String::new()),
        };
        let verdict = match self.verdict() {
            Verdict::Met => "met",
            Verdict::Missed => "MISSED",
            Verdict::NotMeasured => "NOT MEASURED",
        };
        write!(
            f,
            "{:<10} {:<46} {target:>10} {measured:>10}  {verdict:<12} {}",
            self.name, self.what, self.about
        )
    }
}
