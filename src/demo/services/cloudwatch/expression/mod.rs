//! Metric math, searches and Metrics Insights.
//!
//! `read` makes a tree of the text, `compute` its value; `search` finds series by words, `insight` reads
//! and answers the SQL of Metrics Insights.

mod compute;
mod insight;
mod read;
mod search;

use std::collections::BTreeMap;

use super::series::Series;
use super::statistic::Statistic;

/// One series of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub label: String,
    pub period: i64,
    pub points: BTreeMap<i64, f64>,
}

/// What expressions are computed from.
pub trait Metrics {
    fn all(&self) -> &[Series];
    fn read(&self, series: &Series, statistic: Statistic, period: i64) -> Line;
    /// The time that is asked about.
    fn range(&self) -> (i64, i64);
}

/// The lines that another query of the request makes; nothing where there is no such query.
pub type Named<'a> = dyn Fn(&str) -> Result<Option<Vec<Line>>, String> + 'a;

/// The value of an expression. The error says what is wrong, and where.
pub fn evaluate(
    metrics: &dyn Metrics,
    text: &str,
    id: &str,
    period: Option<i64>,
    stated: &[Line],
    named: &Named<'_>,
) -> Result<Vec<Line>, String> {
    if text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select")) {
        let period = period.ok_or("Period must not be null for a Metrics Insights query")?;
        return insight::answer(metrics, text, period);
    }
    let tree = read::parse(text)?;
    let value = compute::Computing { metrics, period, stated, named }.value(&tree)?;
    match value {
        compute::Value::One(mut line) => {
            line.label = id.to_owned();
            Ok(vec![line])
        }
        compute::Value::Many(lines) => Ok(lines),
        compute::Value::Number(_) | compute::Value::Text(_) => {
            Err("The expression must return a time series or an array of time series".to_owned())
        }
    }
}
