//! A query over events: what it matched, and the rows it tells.

use std::collections::{HashMap, HashSet};

use super::super::events::{Group, Minutes};
use super::rows::Row;
use super::syntax::{Aggregate, Command, Expression, Parse};
use super::values::{Value, holds, order, value};

/// A query tells no more rows.
pub const MOST_ROWS: usize = 10_000;

/// Messages are cut at so many characters.
const CUT: usize = 1_000;

#[derive(Default)]
pub struct Outcome {
    /// Fields and texts of each row.
    pub rows: Vec<Vec<(String, String)>>,
    pub matched: u64,
    pub scanned: u64,
    pub bytes: u64,
}

pub fn evaluate(groups: &[Group], first: i64, last: i64, commands: &[Command], most: usize) -> Outcome {
    let stats = commands.iter().position(|c| matches!(c, Command::Stats { .. }));
    // Until something looks at several events, they pass one by one.
    let single = |command: &Command| {
        matches!(
            command,
            Command::Fields(_) | Command::Filter(_) | Command::Parse { .. } | Command::Display(_)
        )
    };
    let head = commands.iter().position(|command| !single(command)).unwrap_or(commands.len());
    let (passing, rest) = commands.split_at(head);
    let newest = |command: &Command| match command {
        Command::Sort(by) => {
            matches!(by.as_slice(), [(Expression::Field(name), true)] if name == "@timestamp")
        }
        Command::Limit(_) | Command::Display(_) | Command::Fields(_) => true,
        _ => false,
    };
    // Without another order the newest come first, and then the first are enough.
    let enough = rest.iter().all(newest).then(|| {
        let limits = rest.iter().filter_map(|c| if let Command::Limit(n) = c { Some(*n) } else { None });
        limits.min().unwrap_or(most).min(most)
    });
    let mut outcome = Outcome::default();
    let mut kept: Vec<Row<'_>> = Vec::new();
    let mut sums = stats.filter(|at| *at == head).map(|_| Sums::default());
    let (mut minutes, mut some) = (Minutes::new(groups, first, last, true), Vec::new());
    while minutes.next(&mut some) {
        for (event, at) in &some {
            let group = &groups[*at];
            outcome.scanned += 1;
            outcome.bytes += group.usual_length();
            let mut row = Row::of(group, *event);
            if !passing.iter().all(|command| pass(command, &mut row)) {
                continue;
            }
            outcome.matched += 1;
            match (&mut sums, rest.first()) {
                (Some(sums), Some(Command::Stats { of, by })) => sums.add(of, by, &row),
                _ if enough.is_none_or(|enough| kept.len() < enough) => kept.push(row),
                _ => {}
            }
        }
    }
    let mut rest = rest;
    if let (Some(sums), Some((Command::Stats { of, by }, after))) = (sums, rest.split_first()) {
        (kept, rest) = (sums.rows(of, by), after);
    }
    for command in rest {
        kept = whole(command, kept);
    }
    kept.truncate(most.min(MOST_ROWS));
    let shown = shown(commands);
    outcome.rows = kept.iter().map(|row| told(row, &shown)).collect();
    outcome
}

/// What a command makes of one row; `false` where it leaves it out.
fn pass(command: &Command, row: &mut Row<'_>) -> bool {
    match command {
        Command::Filter(expression) => return holds(expression, row),
        Command::Fields(fields) => {
            for (expression, name) in fields {
                let itself = matches!(expression, Expression::Field(field) if field == name);
                if !itself {
                    let made = value(expression, row);
                    row.make(name, made);
                }
            }
        }
        Command::Parse { of, how } => {
            let text = value(of, row).text().unwrap_or_default();
            match how {
                Parse::Glob(regex, names) => {
                    if let Some(found) = regex.captures(&text) {
                        for (n, name) in names.iter().enumerate() {
                            let part = found.get(n + 1).map_or("", |m| m.as_str());
                            row.make(name, Value::Text(part.to_owned()));
                        }
                    }
                }
                Parse::Named(regex) => {
                    if let Some(found) = regex.captures(&text) {
                        for name in regex.capture_names().flatten() {
                            if let Some(part) = found.name(name) {
                                row.make(name, Value::Text(part.as_str().to_owned()));
                            }
                        }
                    }
                }
            }
        }
        _ => {}
    }
    true
}

/// What a command makes of all rows.
fn whole<'g>(command: &Command, mut rows: Vec<Row<'g>>) -> Vec<Row<'g>> {
    match command {
        Command::Sort(by) => {
            let mut keyed: Vec<(Vec<Value>, Row<'g>)> =
                rows.into_iter().map(|row| (by.iter().map(|(e, _)| value(e, &row)).collect(), row)).collect();
            keyed.sort_by(|(a, _), (b, _)| {
                let one = |n: usize, descending: bool| {
                    let order = order(&a[n], &b[n]);
                    if descending { order.reverse() } else { order }
                };
                by.iter()
                    .enumerate()
                    .map(|(n, (_, down))| one(n, *down))
                    .find(|o| o.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            keyed.into_iter().map(|(_, row)| row).collect()
        }
        Command::Limit(most) => {
            rows.truncate(*most);
            rows
        }
        Command::Dedup(by) => {
            let mut seen = HashSet::new();
            rows.retain(|row| seen.insert(by.iter().map(|e| value(e, row).text()).collect::<Vec<_>>()));
            rows
        }
        Command::Stats { of, by } => {
            let mut sums = Sums::default();
            rows.iter().for_each(|row| sums.add(of, by, row));
            sums.rows(of, by)
        }
        single => {
            rows.retain_mut(|row| pass(single, row));
            rows
        }
    }
}

/// The fields that rows tell: of the last `display`, else of the last `stats` and every `fields`, else the
/// time and the message.
fn shown(commands: &[Command]) -> Vec<String> {
    if let Some(names) =
        commands.iter().rev().find_map(|c| if let Command::Display(names) = c { Some(names) } else { None })
    {
        return names.clone();
    }
    let stats = commands.iter().rposition(|c| matches!(c, Command::Stats { .. }));
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &String| {
        if !names.contains(name) {
            names.push(name.clone());
        }
    };
    if let Some(at) = stats
        && let Some(Command::Stats { of, by }) = commands.get(at)
    {
        by.iter().for_each(|(_, name)| add(name));
        of.iter().for_each(|(_, name)| add(name));
    }
    for command in commands.iter().skip(stats.map_or(0, |at| at + 1)) {
        if let Command::Fields(fields) = command {
            fields.iter().for_each(|(_, name)| add(name));
        }
    }
    if names.is_empty() { ["@timestamp", "@message"].map(str::to_owned).to_vec() } else { names }
}

fn told(row: &Row<'_>, shown: &[String]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = shown
        .iter()
        .filter_map(|name| {
            let text = row.field(name).text()?;
            let cut = if text.len() > CUT { text.chars().take(CUT).collect() } else { text };
            Some((name.clone(), cut))
        })
        .collect();
    fields.extend(row.pointer().map(|pointer| ("@ptr".to_owned(), pointer)));
    fields
}

/// Sums by group, in the order in which the groups were met.
#[derive(Default)]
struct Sums {
    at: HashMap<Vec<Option<String>>, usize>,
    groups: Vec<(Vec<Value>, Vec<Sum>)>,
}

#[derive(Default)]
struct Sum {
    count: u64,
    sum: f64,
    squares: f64,
    least: Option<Value>,
    most: Option<Value>,
    distinct: HashSet<String>,
    all: Vec<f64>,
    earliest: Option<(i64, Value)>,
    latest: Option<(i64, Value)>,
}

impl Sums {
    fn add(&mut self, of: &[(Aggregate, String)], by: &[(Expression, String)], row: &Row<'_>) {
        let keys: Vec<Value> = by.iter().map(|(expression, _)| value(expression, row)).collect();
        let named: Vec<Option<String>> = keys.iter().map(Value::text).collect();
        let at = *self.at.entry(named).or_insert_with(|| {
            self.groups.push((keys, of.iter().map(|_| Sum::default()).collect()));
            self.groups.len() - 1
        });
        for ((aggregate, _), sum) in of.iter().zip(&mut self.groups[at].1) {
            sum.add(aggregate, row);
        }
    }

    fn rows<'g>(self, of: &[(Aggregate, String)], by: &[(Expression, String)]) -> Vec<Row<'g>> {
        let rows = self.groups.into_iter().map(|(keys, sums)| {
            let keys = by.iter().zip(keys).map(|((_, name), key)| (name.clone(), key));
            let sums =
                of.iter().zip(sums).map(|((aggregate, name), sum)| (name.clone(), sum.value(aggregate)));
            Row::counted(keys.chain(sums).collect())
        });
        rows.collect()
    }
}

impl Sum {
    fn add(&mut self, aggregate: &Aggregate, row: &Row<'_>) {
        let Some(of) = aggregate.of.first() else {
            self.count += 1;
            return;
        };
        let found = value(of, row);
        if found == Value::Null {
            return;
        }
        self.count += 1;
        match aggregate.function.as_str() {
            "count" => {}
            "count_distinct" => {
                self.distinct.insert(found.text().unwrap_or_default());
            }
            "earliest" | "latest" => {
                let at = row.at();
                if self.earliest.as_ref().is_none_or(|(before, _)| at < *before) {
                    self.earliest = Some((at, found.clone()));
                }
                if self.latest.as_ref().is_none_or(|(after, _)| at >= *after) {
                    self.latest = Some((at, found));
                }
            }
            "min" | "max" | "sortsfirst" | "sortslast" => {
                if self.least.as_ref().is_none_or(|least| order(&found, least).is_lt()) {
                    self.least = Some(found.clone());
                }
                if self.most.as_ref().is_none_or(|most| order(&found, most).is_gt()) {
                    self.most = Some(found);
                }
            }
            function => {
                let Some(number) = found.number() else {
                    self.count -= 1;
                    return;
                };
                self.sum += number;
                self.squares += number * number;
                if matches!(function, "pct" | "median") {
                    self.all.push(number);
                }
            }
        }
    }

    fn value(mut self, aggregate: &Aggregate) -> Value {
        let count = self.count as f64;
        let mut share = |percent: f64| {
            self.all.sort_by(f64::total_cmp);
            let last = self.all.len().checked_sub(1)?;
            let at = ((percent / 100.0) * last as f64).round() as usize;
            self.all.get(at.min(last)).copied()
        };
        let number = match aggregate.function.as_str() {
            "count" => Some(count),
            "count_distinct" => Some(self.distinct.len() as f64),
            "sum" => Some(self.sum),
            "avg" => (count > 0.0).then(|| self.sum / count),
            "stddev" => {
                (count > 0.0).then(|| (self.squares / count - (self.sum / count).powi(2)).max(0.0).sqrt())
            }
            "median" => share(50.0),
            "pct" => match aggregate.of.get(1) {
                Some(Expression::Number(percent)) => share(*percent),
                _ => None,
            },
            "min" | "sortsfirst" => return self.least.unwrap_or(Value::Null),
            "max" | "sortslast" => return self.most.unwrap_or(Value::Null),
            "earliest" => return self.earliest.map_or(Value::Null, |(_, value)| value),
            _ => return self.latest.map_or(Value::Null, |(_, value)| value),
        };
        number.map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::events::{Kind, sample};
    use super::super::syntax::parse;
    use super::*;

    fn ask(text: &str) -> Outcome {
        let groups =
            [sample(Kind::Container("checkout".to_owned())), sample(Kind::Function("webhook".to_owned()))];
        let last = groups[0].now;
        evaluate(&groups, last - 3_600_000, last, &parse(text).unwrap(), MOST_ROWS)
    }

    fn cells(outcome: &Outcome, name: &str) -> Vec<String> {
        let cell = |row: &Vec<(String, String)>| row.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        outcome.rows.iter().filter_map(cell).collect()
    }

    #[test]
    fn events_come_newest_first_with_what_is_asked_of_them() {
        let all = ask("fields @timestamp, level | filter ispresent(level)");
        let times = cells(&all, "@timestamp");
        assert!(times.len() > 100 && times.windows(2).all(|two| two[0] >= two[1]));
        assert_eq!(all.matched, times.len() as u64);
        assert!(all.scanned > all.matched && cells(&all, "@ptr").len() == times.len());
        let some = ask("fields @timestamp, level | filter ispresent(level) | limit 7");
        assert_eq!((some.rows.len(), some.matched), (7, all.matched));
        assert_eq!(some.rows[..], all.rows[..7]);
    }

    #[test]
    fn sums_are_those_of_the_rows() {
        let rows = ask("filter level = 'info' | fields duration_ms as ms");
        let numbers: Vec<f64> = cells(&rows, "ms").iter().map(|ms| ms.parse().unwrap()).collect();
        let sums = ask(
            "filter level = 'info' | stats count(*) as n, sum(duration_ms) as s, min(duration_ms) as low, \
             max(duration_ms) as high, avg(duration_ms) as mean, pct(duration_ms, 50) as half, count_distinct(level) as l",
        );
        let of = |name: &str| cells(&sums, name)[0].parse::<f64>().unwrap();
        assert_eq!(of("n"), numbers.len() as f64);
        assert_eq!(of("s"), numbers.iter().sum::<f64>());
        assert_eq!(
            (of("low"), of("high")),
            (numbers.iter().copied().fold(1e9, f64::min), numbers.iter().copied().fold(0.0, f64::max))
        );
        assert!((of("mean") - of("s") / of("n")).abs() < 0.001 && of("half") > of("low") && of("l") == 1.0);
        let bins = ask("stats count(*) as n by bin(10m)");
        assert_eq!(cells(&bins, "n").iter().map(|n| n.parse::<u64>().unwrap()).sum::<u64>(), bins.matched);
        assert!(cells(&bins, "bin(10m)").iter().all(|t| t.ends_with("0:00.000")), "{:?}", bins.rows);
    }

    #[test]
    fn parsed_and_discovered_fields_are_there() {
        let parsed = ask(
            "filter @message like /^REPORT/ | parse @message 'Memory Size: * MB' as mb | display mb, @type, @billedDuration",
        );
        assert!(!parsed.rows.is_empty());
        assert!(
            cells(&parsed, "mb").iter().all(|mb| mb == "512")
                && cells(&parsed, "@type").iter().all(|t| t == "REPORT")
        );
        let named = ask(
            "parse @message /\"path\":\"(?<path>[^\"]+)\"/ | filter ispresent(path) | stats count(*) as n by path | sort n desc | limit 3",
        );
        assert_eq!(named.rows.len(), 3);
        let n: Vec<u64> = cells(&named, "n").iter().map(|n| n.parse().unwrap()).collect();
        assert!(n[0] >= n[1] && n[1] >= n[2]);
        let once = ask("fields http.status as s | filter ispresent(s) | dedup s");
        let seen = cells(&once, "s");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
        let long = ask("filter strlen(@message) > 1200 | fields @message");
        assert!(cells(&long, "@message").iter().all(|m| m.chars().count() == CUT));
    }
}
