use super::*;
use crate::demo::identity::{Caller, Principal};
use crate::demo::rehearsal::world;

/// The answer to a call in checkout-prod, us-east-1.
fn ask(operation: &str, input: &str) -> Result<Json, String> {
    ask_of(&world(""), operation, input)
}

fn ask_of(world: &crate::demo::world::World, operation: &str, input: &str) -> Result<Json, String> {
    let account = world.organization.account_named("checkout-prod").unwrap();
    let input = Json::parse(input).unwrap();
    let caller = Caller::new(&account.id, Principal::User("operator".to_owned()));
    let call = Call {
        world,
        account,
        region: "us-east-1",
        caller: &caller,
        operation,
        input: &input,
        now: 0,
        shapes: None,
        whole: false,
    };
    let (_, handler) = SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap();
    handler(&call).map_err(|error| error.message)
}

const DAY: &str = r#""StartTime": 1772236800, "EndTime": 1772323200"#;

fn query(id: &str, metric: &str, stat: &str, period: i64) -> String {
    format!(
        r#"{{"Id": "{id}", "MetricStat": {{"Metric": {{"Namespace": "AWS/Lambda", "MetricName": "{metric}", "Dimensions": [{{"Name": "FunctionName", "Value": "order-intake"}}]}}, "Period": {period}, "Stat": "{stat}"}}}}"#
    )
}

fn data(queries: &[String]) -> Result<Vec<Json>, String> {
    let input = format!(r#"{{{DAY}, "MetricDataQueries": [{}]}}"#, queries.join(","));
    let answer = ask("GetMetricData", &input)?;
    Ok(answer.get("MetricDataResults").unwrap().as_array().unwrap().to_vec())
}

fn values(result: &Json) -> Vec<f64> {
    let values = result.get("Values").and_then(Json::as_array).unwrap_or_default();
    values.iter().map(|value| value.to_text().unwrap().parse().unwrap()).collect()
}

fn expression(text: &str) -> Result<Vec<Json>, String> {
    let text = text.replace('"', "\\\"");
    data(&[
        query("m1", "Errors", "Sum", 3600),
        format!(r#"{{"Id": "e1", "Expression": "{text}", "Period": 3600}}"#),
    ])
    .map(|results| results[1..].to_vec())
}

#[test]
fn minutes_make_the_hours_and_hours_the_day() {
    for metric in ["Errors", "Invocations"] {
        let of = |period| values(&data(&[query("m1", metric, "Sum", period)]).unwrap()[0]);
        let sum = |period| of(period).iter().sum::<f64>();
        assert_eq!((of(60).len(), of(3600).len(), of(86_400).len()), (1440, 24, 1));
        assert_eq!(sum(60), sum(3600), "{metric}");
        assert_eq!(sum(3600), sum(86_400), "{metric}");
    }
    let of = |period| values(&data(&[query("m1", "Duration", "Average", period)]).unwrap()[0]);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!((mean(&of(60)) - mean(&of(3600))).abs() < 0.01);
}

#[test]
fn both_calls_say_the_same() {
    let input = format!(
        r#"{{{DAY}, "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{{"Name": "FunctionName", "Value": "order-intake"}}], "Period": 3600, "Statistics": ["Sum", "Maximum"]}}"#
    );
    let answer = ask("GetMetricStatistics", &input).unwrap();
    let points = answer.get("Datapoints").unwrap().as_array().unwrap();
    let of = |member: &str| -> Vec<f64> {
        points.iter().rev().map(|p| p.get(member).unwrap().to_text().unwrap().parse().unwrap()).collect()
    };
    for stat in ["Sum", "Maximum"] {
        assert_eq!(values(&data(&[query("m1", "Errors", stat, 3600)]).unwrap()[0]), of(stat));
    }
}

#[test]
fn the_burst_of_errors_is_there() {
    let hours = values(&data(&[query("m1", "Errors", "Sum", 3600)]).unwrap()[0]);
    assert_eq!(hours.iter().filter(|errors| **errors > 500.0).count(), 2, "{hours:?}");
}

#[test]
fn expressions_are_computed() {
    let one = |text: &str| values(&expression(text).unwrap()[0]);
    let errors = one("m1");
    assert_eq!(errors.len(), 24);
    assert_eq!(one("m1 * 2 + 1"), errors.iter().map(|e| e * 2.0 + 1.0).collect::<Vec<_>>());
    assert_eq!(one("-(m1 - 1)^2")[0], -(errors[0] - 1.0).powi(2));
    assert_eq!(one("IF(m1 > 500, 1, 0)").iter().sum::<f64>(), 2.0);
    assert_eq!(one("DIFF(m1)").len(), 23);
    assert_eq!(one("m1 / (m1 - m1)").len(), 0);
    assert_eq!(one("FILL(m1 / 0, 7)"), vec![7.0; 24]);
    assert_eq!(one("SUM(METRICS())"), errors);
    let search = "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 3600)";
    let all = expression(search).unwrap();
    assert!(all.len() > 1 && all.iter().any(|line| line.get("Label") == Some(&Json::string("order-intake"))));
    let total = one(&format!("SUM({search})"));
    assert!(total[0] >= errors[0]);
    let top = expression(&format!("SORT({search}, SUM, DESC, 1)")).unwrap();
    assert_eq!(values(&top[0]), errors);
    let insight = "SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) GROUP BY FunctionName ORDER BY SUM() DESC LIMIT 1";
    assert_eq!(values(&expression(insight).unwrap()[0]), errors);
    let only = "SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName = 'order-intake'";
    assert_eq!(values(&expression(only).unwrap()[0]), errors);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |text: &str| expression(text).unwrap_err();
    assert_eq!(
        wrong("m1 + "),
        "Error in expression 'e1': Unexpected end of the expression at line 1, column 6"
    );
    assert_eq!(wrong("FOO(m1)"), "Error in expression 'e1': Unknown function FOO at line 1, column 1");
    assert_eq!(wrong("m1 + m9"), "Error in expression 'e1': Undefined id 'm9' at line 1, column 6");
    assert!(wrong("SUM(m1").contains("expected ')'"));
    assert!(wrong("m1 $ 2").contains("Unexpected token '$' at line 1, column 4"));
    assert!(wrong("SELECT MEDIAN(Errors) FROM \"AWS/Lambda\"").contains("expected AVG, COUNT"));
    let many: Vec<String> = (0..501).map(|n| query(&format!("m{n}"), "Errors", "Sum", 60)).collect();
    assert!(data(&many).unwrap_err().contains("must not have a size greater than 500"));
    assert!(data(&[query("M", "Errors", "Sum", 60)]).unwrap_err().contains("must match the pattern"));
    assert!(data(&[query("m", "Errors", "Median", 60)]).unwrap_err().contains("MetricStat.Stat"));
    assert!(data(&[query("m", "Errors", "Sum", 61)]).unwrap_err().contains("Period"));
    let twice = [query("m", "Errors", "Sum", 60), query("m", "Errors", "Sum", 60)];
    assert!(data(&twice).unwrap_err().contains("is not unique"));
    let reversed =
        r#"{"StartTime": 10, "EndTime": 5, "MetricDataQueries": [{"Id": "e", "Expression": "1"}]}"#;
    assert!(ask("GetMetricData", reversed).unwrap_err().contains("must be less than"));
}

#[test]
fn points_come_in_pages_and_no_point_twice() {
    let world = world("");
    let (mut token, mut points, mut statuses) = (String::new(), Vec::new(), Vec::new());
    loop {
        let next = if token.is_empty() { String::new() } else { format!(r#", "NextToken": "{token}""#) };
        let input = format!(
            r#"{{{DAY}, "MaxDatapoints": 300, "MetricDataQueries": [{}, {}]{next}}}"#,
            query("a", "Errors", "Sum", 300),
            query("b", "Invocations", "Sum", 300)
        );
        let page = ask_of(&world, "GetMetricData", &input).unwrap();
        for result in page.get("MetricDataResults").unwrap().as_array().unwrap() {
            let id = result.get("Id").unwrap().to_text().unwrap();
            statuses.push(format!("{id} {}", result.get("StatusCode").unwrap().to_text().unwrap()));
            let times = result.get("Timestamps").unwrap().as_array().unwrap();
            points.extend(times.iter().map(|at| format!("{id} {}", at.to_text().unwrap())));
        }
        match page.get("NextToken").and_then(Json::as_str) {
            Some(more) => token = more.to_owned(),
            None => break,
        }
    }
    let distinct: std::collections::HashSet<&String> = points.iter().collect();
    assert_eq!((points.len(), distinct.len()), (2 * 288, 2 * 288));
    assert!(
        statuses.iter().any(|s| s.ends_with("PartialData")) && statuses.contains(&"b Complete".to_owned())
    );
}

#[test]
fn fine_points_are_not_kept_for_long() {
    let of = |period| {
        let input = format!(
            r#"{{"StartTime": 1767225600, "EndTime": 1772323200, "MetricDataQueries": [{}]}}"#,
            query("m1", "Errors", "Sum", period)
        );
        let answer = ask("GetMetricData", &input).unwrap();
        answer.get("MetricDataResults").unwrap().as_array().unwrap()[0]
            .get("Timestamps")
            .unwrap()
            .as_array()
            .unwrap()
            .len()
    };
    // 59 days: a minute is kept for 15 of them, five minutes for all.
    assert!((14 * 1440..15 * 1440).contains(&of(60)), "{}", of(60));
    assert_eq!(of(300), 59 * 288);
}

#[test]
fn metrics_are_listed_by_what_they_have() {
    let listed = |input: &str| {
        let answer = ask("ListMetrics", input).unwrap();
        answer.get("Metrics").unwrap().as_array().unwrap().len()
    };
    assert_eq!(
        listed(r#"{"Namespace": "AWS/SQS", "Dimensions": [{"Name": "QueueName", "Value": "orders-queue"}]}"#),
        4
    );
    assert!(listed(r#"{"Dimensions": [{"Name": "FunctionName"}]}"#) > 4);
    assert_eq!(listed(r#"{"Namespace": "AWS/Nothing"}"#), 0);
    assert!(ask("ListMetrics", r#"{"NextToken": "x"}"#).is_err());
}
