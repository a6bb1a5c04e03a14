//! What the predicates of a statement say about metrics.

use std::collections::BTreeMap;

use crate::catalog::table::Operator;
use crate::model::{Fault, FaultKind, Json, Key, Timestamp};
use crate::sources::calls::equal_values;
use crate::sources::metrics::range::{Range, USUAL};
use crate::sources::metrics::statistic;
use crate::sources::{Qual, ScanRequest};

pub type Dimensions = BTreeMap<String, String>;

#[derive(Debug, Default)]
pub struct Asked {
    pub ids: Vec<String>,
    pub expressions: Vec<String>,
    /// Each as it was written, and as it is read.
    pub metric_stats: Vec<Json>,
    pub namespaces: Vec<String>,
    pub metrics: Vec<String>,
    /// All dimensions, as one of these says.
    pub exact: Option<Vec<Dimensions>>,
    /// Of each of these lists, a metric has all dimensions of one member.
    pub among: Vec<Vec<Dimensions>>,
    pub statistics: Vec<String>,
    pub periods: Vec<i64>,
    pub unit: Option<String>,
    /// Nothing where no instant can be meant.
    pub range: Option<Range>,
    pub besides: Vec<(Key, Json)>,
    pub source_account: Option<String>,
}

impl Asked {
    pub fn of(request: &ScanRequest, now: Timestamp) -> Result<Asked, Fault> {
        let quals = &request.quals;
        let texts = |column: &str| -> Vec<String> {
            let values = equal_values(quals, column).unwrap_or_default();
            let mut texts: Vec<String> = values.iter().filter_map(Json::to_text).collect();
            texts.dedup();
            texts
        };
        let one =
            |column: &str| Some(texts(column)).filter(|all| all.len() == 1).and_then(|mut all| all.pop());
        let statistics = match texts("stat") {
            none if none.is_empty() => vec!["Average".to_owned()],
            named => named,
        };
        if let Some(unknown) = statistics.iter().find(|name| !statistic::is_known(name)) {
            let message = format!("'{unknown}' is no statistic of CloudWatch: {}", statistic::names());
            return Err(Fault::new(FaultKind::Rejected, message));
        }
        let times = quals.get("timestamp").map(Vec::as_slice).unwrap_or_default();
        let range = Range::of(times, now, USUAL);
        let mut periods = Vec::new();
        for text in texts("period") {
            match text.parse::<i64>() {
                Ok(period) if period > 0 => periods.push(period),
                _ => {
                    return Err(Fault::new(
                        FaultKind::Rejected,
                        format!("a period of {text} seconds is none"),
                    ));
                }
            }
        }
        let mut asked = Asked {
            ids: texts("id"),
            expressions: texts("expression"),
            metric_stats: texts("metric_stat")
                .iter()
                .map(|text| parsed("metric_stat", text))
                .collect::<Result<_, _>>()?,
            namespaces: texts("namespace"),
            metrics: texts("metric_name"),
            statistics,
            periods,
            unit: one("unit"),
            range,
            source_account: one("source_account_id"),
            ..Asked::default()
        };
        for qual in quals.get("dimensions").map(Vec::as_slice).unwrap_or_default() {
            let all = dimensions(qual)?;
            match qual.operator {
                Operator::Eq if asked.exact.is_none() => asked.exact = Some(all),
                Operator::Contains => asked.among.push(all),
                _ => {}
            }
        }
        if let Some(order) = one("scan_by") {
            asked.besides.push((Key::from("ScanBy"), Json::String(order)));
        }
        if let Some(zone) = one("timezone") {
            asked.besides.push((Key::from("LabelOptions"), Json::object([("Timezone", Json::String(zone))])));
        }
        Ok(asked)
    }

    /// Whether the predicates on dimensions let a metric through.
    pub fn fits(&self, of: &Dimensions) -> bool {
        let has = |part: &Dimensions| part.iter().all(|(name, value)| of.get(name) == Some(value));
        self.exact.as_ref().is_none_or(|exact| exact.contains(of))
            && self.among.iter().all(|any| any.iter().any(has))
    }
}

fn parsed(column: &str, text: &str) -> Result<Json, Fault> {
    Json::parse(text).map_err(|e| Fault::new(FaultKind::Rejected, format!("{column} is not JSON: {e}")))
}

/// `{"InstanceId": "i-1"}`
fn dimensions(qual: &Qual) -> Result<Vec<Dimensions>, Fault> {
    let of = |value: &Json| -> Result<Dimensions, Fault> {
        let value = match value {
            Json::String(text) => parsed("dimensions", text)?,
            other => other.clone(),
        };
        let members = value.as_object().ok_or_else(|| {
            let message =
                "dimensions are asked as an object, such as {\"InstanceId\": \"i-0123456789abcdef0\"}";
            Fault::new(FaultKind::Rejected, message)
        })?;
        Ok(members.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_text()?))).collect())
    };
    qual.values.iter().map(of).collect()
}

/// As the service lists them.
pub fn listed(dimensions: &Dimensions) -> Json {
    let one = |(name, value): (&String, &String)| {
        Json::object([("Name", Json::string(name.as_str())), ("Value", Json::string(value.as_str()))])
    };
    Json::Array(dimensions.iter().map(one).collect())
}

/// What the service lists.
pub fn unlisted(list: Option<&Json>) -> Dimensions {
    let items = list.and_then(Json::as_array).unwrap_or_default();
    let pair = |item: &Json| Some((item.get("Name")?.to_text()?, item.get("Value")?.to_text()?));
    items.iter().filter_map(pair).collect()
}

pub fn object(dimensions: &Dimensions) -> Json {
    Json::object(dimensions.iter().map(|(name, value)| (name.as_str(), Json::string(value.as_str()))))
}
