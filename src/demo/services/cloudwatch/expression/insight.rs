//! Metrics Insights: `SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE .. GROUP BY ..
//! ORDER BY SUM() DESC LIMIT 10`.

use std::collections::BTreeMap;

use super::{Line, Metrics};
use crate::demo::services::cloudwatch::series::Series;
use crate::demo::services::cloudwatch::statistic::{Statistic, rounded};

#[derive(Debug, Default, PartialEq)]
struct Insight {
    function: String,
    metric: String,
    namespace: String,
    /// The dimensions that a series must have, no others, where a schema says so.
    schema: Option<Vec<String>>,
    /// Dimension, whether it must equal, value.
    conditions: Vec<(String, bool, String)>,
    by: Vec<String>,
    order: Option<(String, bool)>,
    limit: usize,
}

/// What a query gives at most.
const MOST: usize = 500;

pub fn answer(metrics: &dyn Metrics, text: &str, period: i64) -> Result<Vec<Line>, String> {
    let insight = Reader::new(text)?.insight()?;
    let mut groups: BTreeMap<Vec<String>, Vec<&Series>> = BTreeMap::new();
    for series in metrics.all().iter().filter(|series| insight.takes(series)) {
        let group =
            insight.by.iter().map(|name| series.dimension(name).unwrap_or("Other").to_owned()).collect();
        groups.entry(group).or_default().push(series);
    }
    let mut lines: Vec<Line> =
        groups.iter().map(|(group, all)| insight.line(metrics, group, all, period)).collect();
    lines.retain(|line| !line.points.is_empty());
    if let Some((by, descending)) = &insight.order {
        lines.sort_by(|a, b| {
            folded(by, a.points.values().copied()).total_cmp(&folded(by, b.points.values().copied()))
        });
        if *descending {
            lines.reverse();
        }
    }
    lines.truncate(insight.limit);
    Ok(lines)
}

fn folded(function: &str, values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    match function {
        "SUM" | "COUNT" => values.iter().sum(),
        "AVG" => values.iter().sum::<f64>() / values.len().max(1) as f64,
        "MIN" => values.iter().copied().fold(f64::INFINITY, f64::min),
        _ => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

impl Insight {
    fn takes(&self, series: &Series) -> bool {
        let in_schema = self.schema.as_ref().is_none_or(|names| {
            names.len() == series.dimensions.len()
                && names.iter().all(|name| series.dimension(name).is_some())
        });
        series.namespace == self.namespace
            && series.metric == self.metric
            && in_schema
            && self.conditions.iter().all(|(name, equal, value)| {
                series.dimension(name).is_some_and(|own| (own == value) == *equal)
            })
    }

    fn line(&self, metrics: &dyn Metrics, group: &[String], all: &[&Series], period: i64) -> Line {
        let statistic = match self.function.as_str() {
            "SUM" => Statistic::Sum,
            "MIN" => Statistic::Minimum,
            "MAX" => Statistic::Maximum,
            "COUNT" => Statistic::SampleCount,
            _ => Statistic::Average,
        };
        let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for series in all {
            for (instant, value) in metrics.read(series, statistic, period).points {
                at.entry(instant).or_default().push(value);
            }
        }
        let points =
            at.into_iter().map(|(at, values)| (at, rounded(folded(&self.function, values.into_iter()))));
        let label = if group.is_empty() { self.metric.clone() } else { group.join(" ") };
        Line { label, period, points: points.collect() }
    }
}

struct Reader {
    words: Vec<(String, usize)>,
    at: usize,
}

impl Reader {
    /// Words, quoted texts (with their quotes) and signs, each with its column.
    fn new(text: &str) -> Result<Reader, String> {
        let letters: Vec<char> = text.chars().collect();
        let (mut words, mut i) = (Vec::new(), 0);
        while let Some(&c) = letters.get(i) {
            let from = i;
            i += 1;
            if c.is_whitespace() {
                continue;
            }
            let plain = |c: &char| c.is_ascii_alphanumeric() || "_/.-:#".contains(*c);
            if c == '"' || c == '\'' {
                while letters.get(i).is_some_and(|other| *other != c) {
                    i += 1;
                }
                if letters.get(i).is_none() {
                    return Err(format!("Unterminated string at line 1, column {}", from + 1));
                }
                i += 1;
            } else if plain(&c) {
                while letters.get(i).is_some_and(plain) {
                    i += 1;
                }
            } else if c == '!' && letters.get(i) == Some(&'=') {
                i += 1;
            }
            words.push((letters.get(from..i).unwrap_or_default().iter().collect(), from + 1));
        }
        Ok(Reader { words, at: 0 })
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.words.get(self.at).is_some_and(|(known, _)| known.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) { Ok(()) } else { Err(self.wrong(&format!("expected {word}"))) }
    }

    fn wrong(&self, why: &str) -> String {
        match self.words.get(self.at) {
            Some((word, column)) => format!("Unexpected '{word}' at line 1, column {column}: {why}"),
            None => format!("Unexpected end of the query: {why}"),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let (word, _) = self.words.get(self.at).cloned().ok_or_else(|| self.wrong("expected a name"))?;
        if word.len() == 1 && !word.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(self.wrong("expected a name"));
        }
        self.at += 1;
        Ok(word.trim_matches(['"', '\'']).to_owned())
    }

    fn insight(mut self) -> Result<Insight, String> {
        let mut insight = Insight { limit: MOST, ..Insight::default() };
        self.expect("SELECT")?;
        insight.function = self.function()?;
        self.expect("(")?;
        insight.metric = self.word()?;
        self.expect(")")?;
        self.expect("FROM")?;
        if self.takes("SCHEMA") {
            self.expect("(")?;
            insight.namespace = self.word()?;
            let mut names = Vec::new();
            while self.takes(",") {
                names.push(self.word()?);
            }
            self.expect(")")?;
            insight.schema = Some(names);
        } else {
            insight.namespace = self.word()?;
        }
        if self.takes("WHERE") {
            loop {
                let name = self.word()?;
                let equal = !self.takes("!=");
                if equal {
                    self.expect("=")?;
                }
                insight.conditions.push((name, equal, self.word()?));
                if !self.takes("AND") {
                    break;
                }
            }
        }
        if self.takes("GROUP") {
            self.expect("BY")?;
            insight.by.push(self.word()?);
            while self.takes(",") {
                insight.by.push(self.word()?);
            }
        }
        if self.takes("ORDER") {
            self.expect("BY")?;
            let function = self.function()?;
            self.expect("(")?;
            self.expect(")")?;
            let descending = self.takes("DESC");
            let _ = !descending && self.takes("ASC");
            insight.order = Some((function, descending));
        }
        if self.takes("LIMIT") {
            let most = self.word()?;
            insight.limit = most.parse().map_err(|_| format!("'{most}' is no number for LIMIT"))?;
        }
        if self.at < self.words.len() {
            return Err(self.wrong("expected the end of the query"));
        }
        Ok(insight)
    }

    fn function(&mut self) -> Result<String, String> {
        let place = self.at;
        let name = self.word()?.to_ascii_uppercase();
        if ["AVG", "COUNT", "MAX", "MIN", "SUM"].contains(&name.as_str()) {
            return Ok(name);
        }
        self.at = place;
        Err(self.wrong("expected AVG, COUNT, MAX, MIN or SUM"))
    }
}
