//! The value of a tree: numbers, series and lists of series.

use std::collections::{BTreeMap, BTreeSet};

use super::read::Tree;
use super::{Line, Metrics, Named, search};
use crate::demo::services::cloudwatch::statistic::{Statistic, rounded};

#[derive(Clone, Debug)]
pub enum Value {
    Number(f64),
    Text(String),
    One(Line),
    Many(Vec<Line>),
}

pub struct Computing<'a> {
    pub metrics: &'a dyn Metrics,
    /// Of the query, where it says one.
    pub period: Option<i64>,
    /// The queries that name a metric.
    pub stated: &'a [Line],
    pub named: &'a Named<'a>,
}

impl Computing<'_> {
    pub fn value(&self, tree: &Tree) -> Result<Value, String> {
        Ok(match tree {
            Tree::Number(number) => Value::Number(*number),
            Tree::Text(text) => Value::Text(text.clone()),
            Tree::Negated(inner) => each(self.value(inner)?, |_, value| Some(-value))?,
            Tree::Operation(sign, left, right) => operation(sign, self.value(left)?, self.value(right)?)?,
            Tree::Name(name, column) => match (self.named)(name)? {
                Some(mut lines) if lines.len() == 1 => lines.pop().map_or(Value::Number(0.0), Value::One),
                Some(lines) => Value::Many(lines),
                None if matches!(
                    name.as_str(),
                    "REPEAT" | "LINEAR" | "ASC" | "DESC" | "AVG" | "MIN" | "MAX" | "SUM"
                ) =>
                {
                    Value::Text(name.clone())
                }
                None => return Err(format!("Undefined id '{name}' at line 1, column {column}")),
            },
            Tree::Call(name, arguments, column) => self.call(name, arguments, *column)?,
        })
    }

    fn call(&self, name: &str, arguments: &[Tree], column: usize) -> Result<Value, String> {
        let place = format!("at line 1, column {column}");
        let wrong = || format!("Wrong arguments for function {name} {place}");
        if name == "METRICS" {
            return Ok(Value::Many(self.stated.to_vec()));
        }
        let values = arguments.iter().map(|tree| self.value(tree)).collect::<Result<Vec<_>, _>>()?;
        Ok(match (name, values.as_slice()) {
            ("SEARCH", [Value::Text(words), Value::Text(statistic)]) => {
                let period = self.period.ok_or_else(|| format!("SEARCH needs a period {place}"))?;
                self.search(words, statistic, period, &place)?
            }
            ("SEARCH", [Value::Text(words), Value::Text(statistic), Value::Number(period)]) => {
                self.search(words, statistic, *period as i64, &place)?
            }
            ("LIST", values) => Value::Many(values.iter().flat_map(lines).collect()),
            ("TIME_SERIES", [Value::Number(number)]) => Value::One(self.constant(*number)),
            ("SUM" | "AVG" | "MIN" | "MAX" | "STDDEV", [Value::One(line)]) => {
                Value::Number(folded(name, &line.points.values().copied().collect::<Vec<_>>()))
            }
            ("SUM" | "AVG" | "MIN" | "MAX" | "STDDEV", [Value::Many(all)]) => Value::One(across(name, all)),
            ("METRIC_COUNT", [Value::Many(all)]) => Value::Number(all.len() as f64),
            ("DATAPOINT_COUNT", [Value::One(line)]) => Value::Number(line.points.len() as f64),
            ("PERIOD", [Value::One(line)]) => Value::Number(line.period as f64),
            ("FIRST" | "LAST", [Value::Many(all)]) => {
                let line = if name == "FIRST" { all.first() } else { all.last() };
                Value::One(line.cloned().ok_or_else(wrong)?)
            }
            ("ABS", [value]) => each(value.clone(), |_, v| Some(v.abs()))?,
            ("CEIL", [value]) => each(value.clone(), |_, v| Some(v.ceil()))?,
            ("FLOOR", [value]) => each(value.clone(), |_, v| Some(v.floor()))?,
            ("LOG", [value]) => each(value.clone(), |_, v| Some(v.ln()).filter(|v| v.is_finite()))?,
            ("LOG10", [value]) => each(value.clone(), |_, v| Some(v.log10()).filter(|v| v.is_finite()))?,
            ("HOUR", [value]) => each(value.clone(), |at, _| Some((at.rem_euclid(86_400) / 3_600) as f64))?,
            ("RATE" | "DIFF" | "RUNNING_SUM", [value]) => whole(value.clone(), |line| stepped(name, line)),
            ("FILL", [value, with]) => {
                let (start, end) = self.metrics.range();
                whole(value.clone(), |line| filled(line, with, start, end))
            }
            ("IF", [condition, yes]) => choose(condition, yes, None)?,
            ("IF", [condition, yes, no]) => choose(condition, yes, Some(no))?,
            ("REMOVE_EMPTY", [Value::Many(all)]) => {
                Value::Many(all.iter().filter(|line| !line.points.is_empty()).cloned().collect())
            }
            ("SLICE", [Value::Many(all), Value::Number(from)]) => {
                Value::Many(all.iter().skip(*from as usize).cloned().collect())
            }
            ("SLICE", [Value::Many(all), Value::Number(from), Value::Number(to)]) => {
                Value::Many(all.iter().take(*to as usize).skip(*from as usize).cloned().collect())
            }
            ("SORT", [Value::Many(all), Value::Text(by), Value::Text(order), rest @ ..]) => {
                let key = |line: &Line| folded(by, &line.points.values().copied().collect::<Vec<_>>());
                let mut sorted = all.clone();
                sorted.sort_by(|a, b| key(a).total_cmp(&key(b)));
                if order == "DESC" {
                    sorted.reverse();
                }
                if let [Value::Number(most)] = rest {
                    sorted.truncate(*most as usize);
                }
                Value::Many(sorted)
            }
            (
                "SEARCH" | "TIME_SERIES" | "SUM" | "AVG" | "MIN" | "MAX" | "STDDEV" | "METRIC_COUNT"
                | "DATAPOINT_COUNT" | "PERIOD" | "FIRST" | "LAST" | "ABS" | "CEIL" | "FLOOR" | "LOG"
                | "LOG10" | "HOUR" | "RATE" | "DIFF" | "RUNNING_SUM" | "FILL" | "IF" | "REMOVE_EMPTY"
                | "SLICE" | "SORT",
                _,
            ) => return Err(wrong()),
            _ => return Err(format!("Unknown function {name} {place}")),
        })
    }

    fn search(&self, words: &str, statistic: &str, period: i64, place: &str) -> Result<Value, String> {
        let known = Statistic::parse(statistic);
        let statistic = known.ok_or_else(|| format!("Unknown statistic '{statistic}' {place}"))?;
        if period <= 0 {
            return Err(format!("Invalid period {period} {place}"));
        }
        let found = search::found(self.metrics.all(), words)?;
        let line = |series: &&crate::demo::services::cloudwatch::series::Series| {
            let mut line = self.metrics.read(series, statistic, period);
            if let Some((_, value)) = series.dimensions.first() {
                line.label = value.clone();
            }
            line
        };
        // What a search gives at most.
        Ok(Value::Many(found.iter().map(line).filter(|line| !line.points.is_empty()).take(500).collect()))
    }

    fn constant(&self, number: f64) -> Line {
        let period =
            self.period.or_else(|| self.stated.first().map(|line| line.period)).unwrap_or(300).max(1);
        let (start, end) = self.metrics.range();
        let from = start.div_euclid(period) * period;
        let points =
            (0..).map(|n| from + n * period).take_while(|at| *at < end).map(|at| (at, number)).collect();
        Line { label: number.to_string(), period, points }
    }
}

fn lines(value: &Value) -> Vec<Line> {
    match value {
        Value::One(line) => vec![line.clone()],
        Value::Many(lines) => lines.clone(),
        Value::Number(_) | Value::Text(_) => Vec::new(),
    }
}

/// Every value on its own.
fn each(value: Value, of: impl Fn(i64, f64) -> Option<f64>) -> Result<Value, String> {
    Ok(match value {
        Value::Number(number) => Value::Number(of(0, number).unwrap_or(0.0)),
        Value::Text(text) => return Err(format!("'{text}' is not a number")),
        series => whole(series, |line| {
            let points =
                line.points.iter().filter_map(|(at, v)| Some((*at, rounded(of(*at, *v)?)))).collect();
            Line { points, ..line }
        }),
    })
}

/// Every series on its own.
fn whole(value: Value, of: impl Fn(Line) -> Line) -> Value {
    match value {
        Value::One(line) => Value::One(of(line)),
        Value::Many(lines) => Value::Many(lines.into_iter().map(of).collect()),
        other => other,
    }
}

fn folded(name: &str, values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let sum: f64 = values.iter().sum();
    match name {
        "SUM" => sum,
        "AVG" => sum / count,
        "MIN" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "STDDEV" => (values.iter().map(|v| (v - sum / count).powi(2)).sum::<f64>() / count).sqrt(),
        _ => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// At each instant the values of all that have one.
fn across(name: &str, all: &[Line]) -> Line {
    let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (instant, value) in all.iter().flat_map(|line| &line.points) {
        at.entry(*instant).or_default().push(*value);
    }
    let points = at.into_iter().map(|(at, values)| (at, rounded(folded(name, &values)))).collect();
    Line { label: name.to_owned(), period: all.first().map_or(300, |line| line.period), points }
}

fn stepped(name: &str, line: Line) -> Line {
    let mut points = BTreeMap::new();
    let mut before: Option<(i64, f64)> = None;
    for (at, value) in &line.points {
        let made = match (name, before) {
            ("RUNNING_SUM", known) => Some(value + known.map_or(0.0, |(_, sum)| sum)),
            ("DIFF", Some((_, last))) => Some(value - last),
            ("RATE", Some((then, last))) => Some((value - last) / (at - then) as f64),
            _ => None,
        };
        before = Some((*at, if name == "RUNNING_SUM" { made.unwrap_or(*value) } else { *value }));
        points.extend(made.map(|made| (*at, rounded(made))));
    }
    Line { points, ..line }
}

fn filled(line: Line, with: &Value, start: i64, end: i64) -> Line {
    let period = line.period.max(1);
    let mut points = line.points.clone();
    let mut last = line.points.values().next().copied();
    let mut at = start.div_euclid(period) * period;
    while at < end {
        match (points.get(&at).copied(), with) {
            (Some(value), _) => last = Some(value),
            (None, Value::Number(number)) => drop(points.insert(at, *number)),
            (None, _) => points.extend(last.map(|value| (at, value))),
        }
        at += period;
    }
    Line { points, ..line }
}

fn choose(condition: &Value, yes: &Value, no: Option<&Value>) -> Result<Value, String> {
    let Value::One(line) = condition else {
        return Err("The condition of IF must be a time series".to_owned());
    };
    let at = |value: &Value, instant: i64| match value {
        Value::Number(number) => Some(*number),
        Value::One(line) => line.points.get(&instant).copied(),
        _ => None,
    };
    let points = line.points.iter().filter_map(|(instant, met)| {
        let value = if *met == 0.0 { at(no?, *instant)? } else { at(yes, *instant)? };
        Some((*instant, value))
    });
    Ok(Value::One(Line { points: points.collect(), ..line.clone() }))
}

fn operation(sign: &str, left: Value, right: Value) -> Result<Value, String> {
    let truth = |is: bool| Some(f64::from(u8::from(is)));
    let of = |a: f64, b: f64| match sign {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => Some(a * b),
        // A division by nothing has no point.
        "/" => Some(a / b).filter(|v| v.is_finite()),
        "^" => Some(a.powf(b)).filter(|v| v.is_finite()),
        "<" => truth(a < b),
        ">" => truth(a > b),
        "<=" => truth(a <= b),
        ">=" => truth(a >= b),
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "AND" | "&&" => truth(a != 0.0 && b != 0.0),
        _ => truth(a != 0.0 || b != 0.0),
    };
    Ok(match (left, right) {
        (Value::Text(text), _) | (_, Value::Text(text)) => return Err(format!("'{text}' is not a number")),
        (Value::Number(a), Value::Number(b)) => Value::Number(of(a, b).unwrap_or(0.0)),
        (series, Value::Number(b)) => each(series, |_, a| of(a, b))?,
        (Value::Number(a), series) => each(series, |_, b| of(a, b))?,
        (Value::One(a), Value::One(b)) => Value::One(paired(&a, &b, of)),
        (Value::Many(all), Value::One(b)) => Value::Many(all.iter().map(|a| paired(a, &b, of)).collect()),
        (Value::One(a), Value::Many(all)) => Value::Many(all.iter().map(|b| paired(&a, b, of)).collect()),
        (Value::Many(a), Value::Many(b)) if a.len() == b.len() => {
            Value::Many(a.iter().zip(&b).map(|(a, b)| paired(a, b, of)).collect())
        }
        _ => return Err("Operators on arrays of different sizes".to_owned()),
    })
}

fn paired(a: &Line, b: &Line, of: impl Fn(f64, f64) -> Option<f64>) -> Line {
    let instants: BTreeSet<&i64> = a.points.keys().filter(|at| b.points.contains_key(at)).collect();
    let value = |at: &i64| Some((*at, rounded(of(*a.points.get(at)?, *b.points.get(at)?)?)));
    Line {
        label: a.label.clone(),
        period: a.period,
        points: instants.into_iter().filter_map(value).collect(),
    }
}
