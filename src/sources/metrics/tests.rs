//! Units of the metric tables, answered by a reader of the test's own.

use super::*;
use crate::catalog::Catalog;
use crate::catalog::table::Table;
use crate::model::Json;
use crate::sources::api::tests::{Ask, fetch_from};
use crate::sources::reader::fake::FakeReader;

fn table(name: &str) -> Table {
    Table::clone(&Catalog::builtin().unwrap().table(name).unwrap())
}

fn points() -> Table {
    table("aws_cloudwatch_metric_data_point")
}

async fn asked(reader: Arc<FakeReader>, table: Table, ask: Ask) -> (Vec<String>, UnitOutcome, Vec<String>) {
    let source = MetricsSource::new(reader.clone(), Arc::new(crate::org::tests::settings()));
    let (rows, outcome) = fetch_from(&source, table, ask).await;
    let calls = reader.asked.lock().clone();
    (rows, outcome, calls)
}

/// `ListMetrics` with so many functions.
fn functions(many: usize) -> Json {
    let one = |n: usize| {
        Json::parse(&format!(
            r#"{{"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{{"Name": "FunctionName", "Value": "f{n}"}}]}}"#
        ))
        .unwrap()
    };
    Json::object([("Metrics", Json::Array((0..many).map(one).collect()))])
}

/// One point for every query, its value the number of the query in the call.
fn a_point_each(input: &Json) -> Json {
    let queries = input.get("MetricDataQueries").unwrap().as_array().unwrap();
    let result = |(n, query): (usize, &Json)| {
        Json::object([
            ("Id", query.get("Id").unwrap().clone()),
            ("Label", Json::string("x")),
            ("StatusCode", Json::string("Complete")),
            ("Timestamps", Json::Array(vec![Json::int(1_767_322_800)])),
            ("Values", Json::Array(vec![Json::int(n as i64)])),
        ])
    };
    Json::object([("MetricDataResults", Json::Array(queries.iter().enumerate().map(result).collect()))])
}

type Quals = &'static [(&'static str, &'static [&'static str])];

const WHEN: (&str, &[&str]) = ("timestamp", &["2026-01-02T03:00:00Z"]);
const ERRORS: [(&str, &[&str]); 4] =
    [("namespace", &["AWS/Lambda"]), ("metric_name", &["Errors"]), ("stat", &["Sum"]), WHEN];

fn lambda(many: usize) -> Arc<FakeReader> {
    FakeReader::new(move |operation, _, input| {
        Ok(if operation == "cloudwatch:ListMetrics" { functions(many) } else { a_point_each(input) })
    })
}

#[tokio::test]
async fn the_metrics_of_a_name_are_found_and_read_five_hundred_a_call() {
    let ask = Ask {
        columns: &["dimensions", "stat", "unit", "timestamp", "value"],
        quals: &ERRORS,
        ..Ask::default()
    };
    let (rows, outcome, calls) = asked(lambda(1_100), points(), ask).await;
    assert_eq!((outcome.fault, rows.len(), calls.len()), (None, 1_100, 4));
    assert_eq!(rows[0], r#"{"FunctionName": "f0"}|Sum|Count|2026-01-02T03:00:00Z|0.0"#);
    assert_eq!(
        calls[0],
        r#"cloudwatch:ListMetrics eu-west-1 {"Namespace":"AWS/Lambda","MetricName":"Errors"}"#
    );
    let queries = |call: &String| call.matches(r#""Id":"#).count();
    assert_eq!(calls[1..].iter().map(queries).collect::<Vec<_>>(), [500, 500, 100]);
    assert!(
        calls[1].contains(r#""StartTime":"2026-01-02T03:00:00Z","EndTime":"2026-01-02T03:00:01Z""#),
        "{}",
        calls[1]
    );
}

#[tokio::test]
async fn a_metric_named_in_full_is_not_looked_for() {
    let quals: &'static [(&str, &[&str])] = &[
        ("namespace", &["Shop"]),
        ("metric_name", &["Orders"]),
        ("dimensions", &[r#"{"Store": "7"}"#]),
        ("period", &["300"]),
        WHEN,
    ];
    let ask = Ask { columns: &["stat", "period", "value"], quals, ..Ask::default() };
    let (rows, _, calls) = asked(lambda(0), points(), ask).await;
    assert_eq!(rows, ["Average|300|0.0"]);
    assert_eq!(calls.len(), 1, "{calls:?}");
    let unit = Ask { columns: &["value", "unit"], quals, ..Ask::default() };
    let reader = FakeReader::new(|operation, _, input| {
        Ok(match operation {
            "cloudwatch:GetMetricStatistics" => Json::parse(r#"{"Datapoints": [{"Unit": "None"}]}"#).unwrap(),
            _ => a_point_each(input),
        })
    });
    // What no guide tells is asked.
    assert_eq!(asked(reader, points(), unit).await.0, ["0.0|None"]);
}

#[tokio::test]
async fn a_few_rows_take_a_few_series() {
    let ask = Ask { columns: &["value"], quals: &ERRORS[..3], limit: Some(2), ..Ask::default() };
    let (rows, _, calls) = asked(lambda(900), points(), ask).await;
    assert_eq!(rows.len(), 2);
    assert!(calls[1].matches(r#""Id":"#).count() <= 2, "{}", calls[1]);
}

#[tokio::test]
async fn a_metric_without_data_is_empty_and_no_fault() {
    let reader = FakeReader::new(|operation, _, _| {
        let none = r#"{"MetricDataResults": [{"Id": "m1", "Label": "x", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#;
        Ok(if operation == "cloudwatch:ListMetrics" { functions(1) } else { Json::parse(none).unwrap() })
    });
    let (rows, outcome, _) =
        asked(reader, points(), Ask { columns: &["value"], quals: &ERRORS, ..Ask::default() }).await;
    assert_eq!((rows.len(), outcome.fault), (0, None));
}

#[tokio::test]
async fn pages_that_never_end_are_ended_after_what_came() {
    let reader = FakeReader::new(|operation, _, input| {
        if operation == "cloudwatch:ListMetrics" {
            return Ok(functions(1));
        }
        let Json::Object(mut page) = a_point_each(input) else { panic!("an object") };
        page.push(("NextToken".into(), Json::string("again")));
        Ok(Json::Object(page))
    });
    let (rows, outcome, calls) =
        asked(reader, points(), Ask { columns: &["value"], quals: &ERRORS, ..Ask::default() }).await;
    assert_eq!((rows.len(), calls.len()), (2, 3));
    assert!(outcome.fault.unwrap().message.contains("the pages would never end"));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_without_a_call() {
    let refused: [(Quals, &str); 4] = [
        (&[("namespace", &["AWS/EC2"]), ("stat", &["Averge"])], "'Averge' is no statistic"),
        (&[("namespace", &["AWS/EC2"]), ("dimensions", &["[1]"])], "dimensions are asked as an object"),
        (&[("id", &["a"])], "an id alone names no metric"),
        (&[("id", &["a"]), ("metric_stat", &["{"])], "metric_stat is not JSON"),
    ];
    for (quals, why) in refused {
        let (rows, outcome, calls) =
            asked(lambda(1), points(), Ask { columns: &["value"], quals, ..Ask::default() }).await;
        assert_eq!((rows.len(), calls.len()), (0, 0), "{why}");
        assert!(outcome.fault.unwrap().message.contains(why), "{why}");
    }
}

#[tokio::test]
async fn expressions_go_as_they_are_written() {
    let quals: &'static [(&str, &[&str])] = &[
        ("id", &["share"]),
        ("expression", &["errors / calls"]),
        (
            "metric_stat",
            &[
                r#"{"errors": {"Metric": {"Namespace": "N", "MetricName": "E"}, "Stat": "Sum", "Period": 60}, "calls": {"Metric": {"Namespace": "N", "MetricName": "C"}, "Stat": "Sum"}}"#,
            ],
        ),
        WHEN,
    ];
    let ask = Ask { columns: &["id", "expression", "namespace", "value"], quals, ..Ask::default() };
    let (rows, _, calls) = asked(lambda(0), points(), ask).await;
    assert_eq!(rows[0], "share|errors / calls||0.0");
    assert_eq!(calls.len(), 1);
    assert!(calls[0].contains(r#"{"Id":"share","Expression":"errors / calls"}"#), "{}", calls[0]);
    assert_eq!(calls[0].matches(r#""ReturnData":false"#).count(), 2);
}

#[tokio::test]
async fn statistics_of_many_resources_share_a_call() {
    let reader = FakeReader::new(|operation, _, input| {
        Ok(match operation {
            "ec2:DescribeInstances" => {
                let one = |n: usize| format!(r#"{{"InstanceId": "i-{n}"}}"#);
                let all: Vec<String> = (0..150).map(one).collect();
                Json::parse(&format!(r#"{{"Reservations": [{{"Instances": [{}]}}]}}"#, all.join(",")))
                    .unwrap()
            }
            _ => a_point_each(input),
        })
    });
    let daily = table("aws_ec2_instance_metric_cpu_utilization");
    let columns =
        &["instance_id", "average", "maximum", "minimum", "sample_count", "sum", "unit", "timestamp"];
    let ask = Ask { columns, quals: &[WHEN], ..Ask::default() };
    let (rows, outcome, calls) = asked(reader.clone(), daily.clone(), ask).await;
    assert_eq!((outcome.fault, rows.len(), calls.len()), (None, 150, 3));
    assert_eq!(rows[1], "i-1|5.0|6.0|7.0|8.0|9.0|Percent|2026-01-02T03:00:00Z");
    let queries = |call: &String| call.matches(r#""Id":"#).count();
    assert_eq!(calls[1..].iter().map(queries).collect::<Vec<_>>(), [500, 250]);
    // Only the statistics whose columns are wanted are asked for.
    let ask = Ask { columns: &["instance_id", "maximum"], quals: &[WHEN], ..Ask::default() };
    let (rows, _, calls) = asked(reader, daily, ask).await;
    assert_eq!((rows.len(), calls.len()), (150, 3 + 2));
    assert_eq!(queries(&calls[4]), 150);
}

#[tokio::test]
async fn a_long_time_is_asked_window_by_window() {
    let reader = FakeReader::new(|_, _, input| {
        let start = input.get("StartTime").unwrap().clone();
        let point = Json::object([("Timestamp", start), ("Average", Json::int(1))]);
        Ok(Json::object([("Label", Json::string("x")), ("Datapoints", Json::Array(vec![point]))]))
    });
    let quals: &'static [(&str, &[&str])] = &[
        ("namespace", &["AWS/EC2"]),
        ("metric_name", &["CPUUtilization"]),
        ("period", &["60"]),
        ("timestamp", &["2026-01-02T03:00:00Z", "2026-01-04T03:00:00Z"]),
    ];
    let ask = Ask { columns: &["metric_name", "period", "timestamp"], quals, ..Ask::default() };
    let (rows, _, calls) = asked(reader, table("aws_cloudwatch_metric_statistic_data_point"), ask).await;
    assert_eq!((rows.len(), calls.len()), (3, 3));
    assert_eq!(rows[1], "CPUUtilization|60|2026-01-03T03:00:00Z");
}
