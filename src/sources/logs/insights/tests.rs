//! Queries of a service that has events at given milliseconds and tells a hundred rows of a query.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use async_trait::async_trait;
use parking_lot::Mutex;

use super::Insights;
use crate::catalog::Catalog;
use crate::catalog::table::Operator;
use crate::model::{Account, Fault, FaultKind, Json, Meter, NotAsked, Region};
use crate::sources::logs::LogsSource;
use crate::sources::reader::fake::FakeReader;
use crate::sources::{Qual, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};

const MOST: usize = 100;
const DAY: i64 = 86_400_000;

/// What a service does besides answering.
type Mood = dyn Fn(&mut Told, &str, &Json) -> Option<Result<Json, Fault>> + Send + Sync;

#[derive(Default)]
struct Told {
    queries: HashMap<String, Json>,
    /// How often a query was asked after.
    asked: HashMap<String, u32>,
    stopped: Vec<String>,
    started: usize,
}

struct Service {
    /// Of the group `/a`, sorted.
    events: Vec<i64>,
    told: Mutex<Told>,
    mood: Box<Mood>,
}

impl Service {
    fn of(mut events: Vec<i64>) -> Arc<Service> {
        events.sort_unstable();
        Self::in_a_mood(events, |_, _, _| None)
    }

    fn in_a_mood(
        events: Vec<i64>,
        mood: impl Fn(&mut Told, &str, &Json) -> Option<Result<Json, Fault>> + Send + Sync + 'static,
    ) -> Arc<Service> {
        Arc::new(Service { events, told: Mutex::default(), mood: Box::new(mood) })
    }

    fn answer(&self, operation: &str, input: &Json) -> Result<Json, Fault> {
        let mut told = self.told.lock();
        if let Some(answer) = (self.mood)(&mut told, operation, input) {
            return answer;
        }
        let id = input.get("QueryId").and_then(Json::as_str).unwrap_or_default().to_owned();
        match operation {
            "logs:StartQuery" => {
                let group = input.get("LogGroupNames").and_then(Json::as_array).unwrap_or_default();
                if group.iter().any(|name| name.as_str() == Some("/gone")) {
                    return Err(fault("ResourceNotFoundException"));
                }
                told.started += 1;
                let id = format!("q-{}", told.started);
                told.queries.insert(id.clone(), input.clone());
                Ok(Json::object([("QueryId", Json::string(id))]))
            }
            "logs:GetQueryResults" => {
                let asked = told.asked.entry(id.clone()).or_default();
                *asked += 1;
                match *asked {
                    1 => Ok(Json::parse(r#"{"Status": "Running", "Results": []}"#).unwrap()),
                    _ => Ok(self.results(&told.queries[&id])),
                }
            }
            "logs:StopQuery" => {
                told.stopped.push(id);
                Ok(Json::parse(r#"{"Success": true}"#).unwrap())
            }
            "logs:GetLogRecord" => Ok(Json::parse(r#"{"LogRecord": {"@message": "all of it"}}"#).unwrap()),
            "logs:DescribeLogGroups" => {
                let prefix = input.get("LogGroupNamePrefix").and_then(Json::as_str).unwrap_or_default();
                let names = ["/a", "/b", "/c/1", "/c/2"].into_iter().filter(|name| name.starts_with(prefix));
                let groups = names.map(|name| Json::object([("LogGroupName", Json::string(name))]));
                Ok(Json::object([("LogGroups", Json::Array(groups.collect()))]))
            }
            other => panic!("nobody expects {other}"),
        }
    }

    fn results(&self, query: &Json) -> Json {
        let text = query.get("QueryString").and_then(Json::as_str).unwrap_or_default();
        let number = |name: &str| query.get(name).and_then(Json::as_i64);
        let bound = |sign: &str| {
            let (_, rest) = text.split_once(&format!("toMillis(@timestamp) {sign} "))?;
            rest.split_whitespace().next()?.parse::<i64>().ok()
        };
        // As AWS does it: seconds become milliseconds as they are, both included.
        let first = (number("StartTime").unwrap() * 1000).max(bound(">=").unwrap_or(i64::MIN));
        let last = (number("EndTime").unwrap() * 1000).min(bound("<=").unwrap_or(i64::MAX));
        let within: Vec<(usize, i64)> =
            self.events.iter().copied().enumerate().filter(|(_, at)| (first..=last).contains(at)).collect();
        let cell = |field: &str, value: String| {
            Json::object([("Field", Json::string(field)), ("Value", Json::String(value))])
        };
        let time = |at: i64| {
            let at = chrono::DateTime::from_timestamp_millis(at).unwrap();
            at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
        };
        let rows: Vec<Json> = if let Some((_, bin)) = text.split_once(" by bin(") {
            let bin = bin.trim_end_matches(')');
            let (width, unit) = bin.split_at(bin.find(|c: char| !c.is_ascii_digit()).unwrap());
            let unit = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => DAY,
            };
            let width = width.parse::<i64>().unwrap() * unit;
            let mut bins: BTreeMap<i64, u64> = BTreeMap::new();
            within.iter().for_each(|(_, at)| *bins.entry(at.div_euclid(width) * width).or_default() += 1);
            let row = |(at, n): (i64, u64)| {
                let at = cell(&format!("bin({bin})"), time(at));
                Json::Array(vec![at, cell("canvass_events", n.to_string())])
            };
            bins.into_iter().map(row).collect()
        } else {
            let limit = number("Limit").map_or(MOST, |limit| (limit as usize).min(MOST));
            let row = |(n, at): &(usize, i64)| {
                let ptr = cell("@ptr", format!("p-{n}"));
                Json::Array(vec![cell("@timestamp", time(*at)), cell("n", n.to_string()), ptr])
            };
            within.iter().rev().take(limit).map(row).collect()
        };
        let statistics = Json::object([("RecordsMatched", Json::from(within.len() as f64))]);
        Json::object([
            ("Status", Json::string("Complete")),
            ("Results", Json::Array(rows)),
            ("Statistics", statistics),
        ])
    }
}

fn fault(code: &str) -> Fault {
    Fault::new(FaultKind::Rejected, "no").with_code(code)
}

struct Rows(Vec<RecordBatch>);

#[async_trait]
impl RowSink for Rows {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.0.push(batch);
        ControlFlow::Continue(())
    }
}

struct Fetched {
    rows: Vec<String>,
    outcome: UnitOutcome,
    asked: Vec<String>,
}

impl Fetched {
    fn started(&self) -> Vec<&String> {
        self.asked.iter().filter(|asked| asked.starts_with("logs:StartQuery ")).collect()
    }
}

fn source(service: &Arc<Service>) -> (LogsSource, Arc<FakeReader>) {
    let answering = Arc::clone(service);
    let reader = FakeReader::new(move |operation, _, input| answering.answer(operation, input));
    let insights = Insights::with(None, Duration::from_millis(1), MOST);
    (LogsSource::over(insights, reader.clone(), Arc::new(crate::org::tests::settings())), reader)
}

fn task(columns: &[&str], quals: &[(&str, Operator, &str)], limit: Option<usize>) -> UnitTask {
    let table = Catalog::builtin().unwrap().table("aws_cloudwatch_log_insight").unwrap();
    let mut given: BTreeMap<String, Vec<Qual>> = BTreeMap::new();
    for (column, operator, value) in quals {
        let qual = Qual { operator: *operator, values: value.split('|').map(Json::string).collect() };
        let qual =
            if *column == "query" { Qual { values: vec![Json::string(*value)], ..qual } } else { qual };
        given.entry((*column).to_owned()).or_default().push(qual);
    }
    let request = ScanRequest {
        columns: columns.iter().map(|name| table.column_index(name).unwrap()).collect(),
        table,
        quals: given,
        recorded_quals: Default::default(),
        source: Default::default(),
        tuples: Vec::new(),
        left_out: Default::default(),
        limit,
        first_rows: false,
        actions: Arc::default(),
    };
    UnitTask {
        account: Arc::new(Account::bare("100000000006".parse().unwrap())),
        region: Region::new("eu-west-1"),
        request: Arc::new(request),
        meter: Arc::<Meter>::default(),
    }
}

const ALL_DAY: [(&str, Operator, &str); 2] = [
    ("timestamp", Operator::GtEq, "1970-01-02T00:00:00Z"),
    ("timestamp", Operator::Lt, "1970-01-03T00:00:00Z"),
];

async fn fetch(
    service: &Arc<Service>,
    columns: &[&str],
    quals: &[(&str, Operator, &str)],
    limit: Option<usize>,
) -> Fetched {
    let (source, reader) = source(service);
    let mut sink = Rows(Vec::new());
    let outcome = source.fetch(&task(columns, quals, limit), &mut sink).await;
    source.finish().await;
    let mut rows = Vec::new();
    for batch in &sink.0 {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|array| array_value_to_string(array, row).unwrap());
            rows.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    let asked = reader.asked.lock().clone();
    Fetched { rows, outcome, asked }
}

async fn day(service: &Arc<Service>, query: &str) -> Fetched {
    let quals =
        [&ALL_DAY[..], &[("log_group_name", Operator::Eq, "/a"), ("query", Operator::Eq, query)]].concat();
    fetch(service, &["fields"], &quals, None).await
}

/// Every event once.
fn assert_all(fetched: &Fetched, events: usize) {
    assert!(fetched.outcome.fault.is_none(), "{:?}", fetched.outcome.fault);
    let seen: HashSet<&String> = fetched.rows.iter().collect();
    assert_eq!((seen.len(), fetched.rows.len()), (events, events));
}

/// A day with a lull at night, busy minutes, and many events of one millisecond.
fn uneven(events: usize) -> Vec<i64> {
    let mut all = Vec::with_capacity(events);
    let mut state = 7u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    while all.len() < events {
        let at = random() * 0.999;
        let busy = 0.5 - 0.45 * (std::f64::consts::TAU * (at + 0.1)).cos();
        if random() < busy {
            let at = DAY + (at * DAY as f64) as i64;
            all.push(at);
            // Now and then a crowd: within a second, or in a single millisecond.
            if random() < 0.0004 {
                let together = (random() * 0.9 * MOST as f64) as usize;
                let one = random() < 0.5;
                all.extend((0..together).map(|n| if one { at } else { at + (n % 977) as i64 }));
            }
        }
    }
    all.truncate(events);
    all
}

#[tokio::test]
async fn what_fits_is_one_query_and_its_rows_are_as_the_query_names_them() {
    let service = Service::of((0..40).map(|n| DAY + n * 1_000).collect());
    let fetched = day(&service, "fields n").await;
    assert_all(&fetched, 40);
    assert_eq!(fetched.started().len(), 1);
    assert!(fetched.rows.contains(&r#"{"n": "7"}"#.to_owned()), "{:?}", fetched.rows);
    assert!(
        fetched.started()[0].contains(
            "filter toMillis(@timestamp) <= 172799999 | fields @timestamp | fields n | sort @timestamp desc"
        ),
        "{:?}",
        fetched.started()
    );
}

#[tokio::test]
async fn an_uneven_day_behind_the_cap_is_complete_in_at_most_half_more_queries_than_ideal() {
    for events in [101, 150, 250, 1_000, 20_000] {
        let service = Service::of(uneven(events));
        let fetched = day(&service, "fields n").await;
        assert_all(&fetched, events);
        let (queries, ideal) = (fetched.started().len(), events.div_ceil(MOST));
        // The count is one query more, whatever it counts.
        let most = (ideal as f64 * 1.5).ceil() as usize + usize::from(ideal < 4);
        assert!(queries <= most, "{events} events took {queries} queries, {ideal} is ideal");
    }
}

#[tokio::test]
async fn an_order_of_the_querys_own_is_kept_and_everything_still_told_once() {
    let service = Service::of(uneven(3_000));
    let fetched = day(&service, "fields n | sort n asc").await;
    assert_all(&fetched, 3_000);
    assert!(fetched.started().iter().all(|query| !query.contains("@timestamp desc")));
}

#[tokio::test]
async fn more_of_one_millisecond_than_a_query_tells_is_said_and_the_rest_is_told() {
    let mut events: Vec<i64> = (0..300).map(|n| DAY + n * 60_000).collect();
    events.extend([DAY + 7_777_777; 150]);
    let service = Service::of(events);
    for query in ["fields n", "fields n | sort n"] {
        let fetched = day(&service, query).await;
        let fault = fetched.outcome.fault.clone().expect("some are missing");
        assert!(fault.message.contains("1970-01-02T02:09:37.777Z"), "{fault}");
        assert_eq!(fetched.rows.iter().collect::<HashSet<_>>().len(), 400, "{query}");
    }
}

#[tokio::test]
async fn an_aggregate_is_asked_whole_and_said_to_be_cut_where_it_is() {
    let service = Service::of((0..1_000).map(|n| DAY + n * 60_000).collect());
    let fetched = day(&service, "stats count(*) as canvass_events by bin(1h)").await;
    assert!(fetched.outcome.fault.is_none() && fetched.started().len() == 1);
    assert_eq!(fetched.rows.len(), 17);
    let quals = [
        &ALL_DAY[..],
        &[
            ("log_group_name", Operator::Eq, "/a|/b"),
            ("query", Operator::Eq, "stats count(*) as canvass_events by bin(1h)"),
        ],
    ]
    .concat();
    let apart = fetch(&service, &["timestamp", "log_group_name"], &quals, None).await;
    assert_eq!(apart.started().len(), 2, "each group by itself");
    assert!(apart.rows.contains(&"1970-01-02T01:00:00Z|/b".to_owned()), "{:?}", apart.rows);
    let many = day(&service, "stats count(*) as canvass_events by bin(1m)").await;
    assert!(many.outcome.fault.is_none(), "the service of this test tells every bin");
    let dedup = day(&service, "fields n | dedup n").await;
    assert!(dedup.outcome.fault.unwrap().message.contains("cut at 100 rows"));
    let limited = day(&service, "fields n | limit 100").await;
    assert!(limited.outcome.fault.is_none() && limited.rows.len() == 100 && limited.started().len() == 1);
}

#[tokio::test]
async fn whoever_has_rows_enough_causes_no_further_query() {
    let service = Service::of(uneven(1_000));
    let quals =
        [&ALL_DAY[..], &[("log_group_name", Operator::Eq, "/a"), ("query", Operator::Eq, "fields n")]]
            .concat();
    let fetched = fetch(&service, &["fields"], &quals, Some(10)).await;
    assert_eq!((fetched.rows.len(), fetched.started().len()), (10, 1));
}

#[tokio::test]
async fn log_groups_are_asked_together_by_pattern_and_those_that_are_gone_are_left_out() {
    let service = Service::of(vec![DAY + 5]);
    let ask = async |groups: (&'static str, Operator, &'static str)| {
        let quals = [&ALL_DAY[..], &[groups, ("query", Operator::Eq, "fields n")]].concat();
        fetch(&service, &["log_groups", "fields"], &quals, None).await
    };
    let fetched = ask(("log_groups", Operator::Eq, "/c/*, /a")).await;
    assert!(fetched.started()[0].contains(r#""LogGroupNames":["/a","/c/1","/c/2"]"#), "{:?}", fetched.asked);
    assert!(fetched.rows[0].starts_with("/c/*, /a|"), "{:?}", fetched.rows);
    let like = ask(("log_group_name", Operator::Like, "/c/%")).await;
    assert!(like.started()[0].contains(r#""LogGroupNames":["/c/1","/c/2"]"#), "{:?}", like.asked);
    assert!(like.started()[0].contains("fields @timestamp, @log | "), "whose an event is must be known");
    let some = ask(("log_group_name", Operator::Eq, "/gone|/b")).await;
    assert!(some.outcome.fault.is_none() && some.outcome.not_asked.is_none());
    assert!(some.started().last().unwrap().contains(r#""LogGroupNames":["/b"]"#), "{:?}", some.asked);
    let gone = ask(("log_group_name", Operator::Eq, "/gone")).await;
    assert_eq!((gone.outcome.not_asked, gone.rows.len()), (Some(NotAsked::Absent), 0));
    let none = ask(("log_group_name", Operator::Like, "/nothing%")).await;
    assert_eq!((none.outcome.not_asked, none.started().len()), (Some(NotAsked::Absent), 0));
}

#[tokio::test]
async fn a_query_that_fails_is_tried_again_and_one_that_times_out_is_halved() {
    let status = |status: &str| Some(Ok(Json::parse(&format!(r#"{{"Status": "{status}"}}"#)).unwrap()));
    let events: Vec<i64> = (0..50).map(|n| DAY + n * 60_000).collect();
    let failing = Service::in_a_mood(events.clone(), move |_, operation, input| {
        let first = input.get("QueryId").and_then(Json::as_str) == Some("q-1");
        (operation == "logs:GetQueryResults" && first).then(|| status("Failed")).flatten()
    });
    assert_all(&day(&failing, "fields n").await, 50);
    let broken = Service::in_a_mood(events.clone(), move |_, operation, _| {
        (operation == "logs:GetQueryResults").then(|| status("Failed")).flatten()
    });
    let fetched = day(&broken, "fields n").await;
    assert_eq!(fetched.started().len(), 2);
    assert_eq!(fetched.outcome.fault.unwrap().kind, FaultKind::BadResponse);
    let slow = Service::in_a_mood(events.clone(), move |_, operation, input| {
        let first = input.get("QueryId").and_then(Json::as_str) == Some("q-1");
        (operation == "logs:GetQueryResults" && first).then(|| status("Timeout")).flatten()
    });
    let fetched = day(&slow, "fields n").await;
    assert_all(&fetched, 50);
    assert_eq!(fetched.started().len(), 3);
    let hopeless = Service::in_a_mood(events, move |_, operation, _| {
        (operation == "logs:GetQueryResults").then(|| status("Timeout")).flatten()
    });
    let fetched = day(&hopeless, "stats count(*)").await;
    assert_eq!(fetched.outcome.fault.unwrap().kind, FaultKind::Timeout);
}

#[tokio::test]
async fn where_all_places_are_taken_one_is_waited_for() {
    let refused = std::sync::atomic::AtomicUsize::new(0);
    let service = Service::in_a_mood(vec![DAY + 5], move |_, operation, _| {
        let first =
            operation == "logs:StartQuery" && refused.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 3;
        first.then(|| Err(fault("LimitExceededException")))
    });
    let fetched = day(&service, "fields n").await;
    assert_all(&fetched, 1);
    assert_eq!(fetched.started().len(), 4);
}

#[tokio::test]
async fn what_nobody_waits_for_is_stopped() {
    let endless = Service::in_a_mood(vec![DAY + 5], |told, operation, input| {
        let id = input.get("QueryId").and_then(Json::as_str)?;
        if operation == "logs:GetQueryResults" {
            *told.asked.entry(id.to_owned()).or_default() += 1;
            return Some(Ok(Json::parse(r#"{"Status": "Running"}"#).unwrap()));
        }
        None
    });
    let (source, _) = source(&endless);
    let source = Arc::new(source);
    let quals =
        [&ALL_DAY[..], &[("log_group_name", Operator::Eq, "/a"), ("query", Operator::Eq, "fields n")]]
            .concat();
    let (task, asking) = (task(&["fields"], &quals, None), Arc::clone(&source));
    let unit = tokio::spawn(async move { asking.fetch(&task, &mut Rows(Vec::new())).await });
    while endless.told.lock().asked.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(endless.told.lock().stopped.is_empty());
    unit.abort();
    source.finish().await;
    assert_eq!(endless.told.lock().stopped, ["q-1"]);
}

#[tokio::test]
async fn a_message_that_looks_cut_is_read_whole_only_where_it_is_asked_for() {
    let service = Service::in_a_mood(vec![DAY + 5, DAY + 6], |told, operation, input| {
        let id = input.get("QueryId").and_then(Json::as_str)?;
        told.asked.insert(id.to_owned(), 9);
        let row = |text: String, ptr: &str| {
            format!(
                r#"[{{"Field": "@message", "Value": "{text}"}}, {{"Field": "@timestamp", "Value": "1970-01-02 00:00:00.005"}}, {{"Field": "@ptr", "Value": "{ptr}"}}]"#
            )
        };
        let rows = [row("x".repeat(1_000), "p-1"), row("short".to_owned(), "p-2")].join(",");
        let text = format!(
            r#"{{"Status": "Complete", "Results": [{rows}], "Statistics": {{"RecordsMatched": 2.0}}}}"#
        );
        (operation == "logs:GetQueryResults").then(|| Ok(Json::parse(&text).unwrap()))
    });
    let quals =
        [&ALL_DAY[..], &[("log_group_name", Operator::Eq, "/a"), ("query", Operator::Eq, "fields n")]]
            .concat();
    let fetched = fetch(&service, &["message"], &quals, None).await;
    assert_eq!(fetched.rows, ["all of it", "short"]);
    assert_eq!(fetched.asked.iter().filter(|asked| asked.starts_with("logs:GetLogRecord")).count(), 1);
    let without = fetch(&service, &["timestamp"], &quals, None).await;
    assert!(!without.asked.iter().any(|asked| asked.starts_with("logs:GetLogRecord")));
}

#[tokio::test]
async fn pages_of_results_that_go_in_circles_are_a_fault() {
    let service = Service::in_a_mood(vec![DAY + 5], |_, operation, _| {
        let circle = r#"{"Status": "Complete", "Results": [], "NextToken": "again"}"#;
        (operation == "logs:GetQueryResults").then(|| Ok(Json::parse(circle).unwrap()))
    });
    let fetched = day(&service, "fields n").await;
    assert!(fetched.outcome.fault.unwrap().message.contains("circles"));
}

#[tokio::test]
async fn what_cannot_be_asked_says_what_to_write() {
    let service = Service::of(Vec::new());
    let ask = async |quals: &[(&str, Operator, &str)]| {
        fetch(&service, &["fields"], quals, None)
            .await
            .outcome
            .fault
            .map(|fault| fault.message)
            .unwrap_or_default()
    };
    let group = ("log_group_name", Operator::Eq, "/a");
    let since = ("timestamp", Operator::Gt, "1970-01-02T00:00:00Z");
    let without = ask(&[group, since]).await;
    assert!(without.contains("add where query = '...', such as: select timestamp, message"), "{without}");
    let when = ask(&[group, ("query", Operator::Eq, "fields n")]).await;
    assert!(when.contains("timestamp > now() - interval '1 hour'"), "{when}");
    let empty = ask(&[group, since, ("query", Operator::Eq, " # nothing")]).await;
    assert!(empty.contains("the query is empty"), "{empty}");
    let source =
        ask(&[group, since, ("query", Operator::Eq, "SOURCE logGroups(namePrefix: ['/a']) | fields n")])
            .await;
    assert!(source.contains("SOURCE is not for the query"), "{source}");
}
