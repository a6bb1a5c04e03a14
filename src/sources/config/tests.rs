//! Scans through the router, from a reader that answers as Config and EC2 would.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use async_trait::async_trait;

use super::*;
use crate::catalog::Catalog;
use crate::catalog::table::Operator;
use crate::model::Json;
use crate::settings::{ConfigAggregator, SourceChoice};
use crate::sources::Qual;
use crate::sources::api::ApiSource;
use crate::sources::reader::fake::FakeReader;
use crate::sources::router::Router;

struct Org(Option<&'static str>);

#[async_trait]
impl Hub for Org {
    async fn account(&self) -> Option<AccountId> {
        self.0.map(|id| id.parse().unwrap())
    }
}

struct Rows(Vec<String>);

#[async_trait]
impl RowSink for Rows {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|array| array_value_to_string(array, row).unwrap());
            self.0.push(cells.collect::<Vec<_>>().join("|"));
        }
        ControlFlow::Continue(())
    }
}

const REGION: &str = "eu-west-1";

fn account(n: usize) -> String {
    format!("{:012}", 100_000_000_000usize + n)
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn results(items: &[String], token: Option<&str>) -> Json {
    let items = items.iter().map(|item| Json::string(item.as_str())).collect();
    let mut members = vec![("Results", Json::Array(items))];
    members.extend(token.map(|token| ("NextToken", Json::string(token))));
    Json::object(members)
}

fn item(n: usize, id: &str, captured: &str, status: &str) -> String {
    format!(
        r#"{{"accountId":"{}","awsRegion":"{REGION}","resourceId":"{id}","configurationItemCaptureTime":"{captured}",
        "configurationItemStatus":"{status}","configuration":{{"vpcId":"{id}","isDefault":false}}}}"#,
        account(n)
    )
}

fn recorder(n: usize, on: bool, frequency: &str, left_out: &str) -> String {
    format!(
        r#"{{"accountId":"{}","awsRegion":"{REGION}","configurationItemStatus":"OK","configuration":{{"Recording":{on},
        "RecordingGroup":{{"RecordingStrategy":{{"UseOnly":"EXCLUSION_BY_RESOURCE_TYPES"}},
        "ExclusionByResourceTypes":{{"ResourceTypes":["{left_out}"]}}}},
        "RecordingMode":{{"RecordingFrequency":"{frequency}"}}}}}}"#,
        account(n)
    )
}

type Answer = fn(&str, &Json) -> Option<Result<Json, Fault>>;

/// An organization of fifteen. Of these: 1 to 10 record everything, 11 is stopped, 12 daily, 13 leaves VPCs out, 14
/// has no recorder, and the aggregator could not update 15.
fn usual(operation: &str, input: &Json) -> Result<Json, Fault> {
    let expression = input.get("Expression").and_then(Json::as_str).unwrap_or_default();
    let counted = |n: usize| format!(r#"{{"accountId":"{}","COUNT(*)":1}}"#, account(n));
    Ok(match operation {
        "config:DescribeConfigurationAggregators" => json(
            r#"{"ConfigurationAggregators": [{"ConfigurationAggregatorName": "few", "AccountAggregationSources": []},
                {"ConfigurationAggregatorName": "all", "OrganizationAggregationSource": {"RoleArn": "r"}}]}"#,
        ),
        "config:DescribeConfigurationAggregatorSourcesStatus" => json(&format!(
            r#"{{"AggregatedSourceStatusList": [{{"SourceType": "ACCOUNT", "SourceId": "{}", "AwsRegion": "{REGION}",
                "LastUpdateStatus": "FAILED"}}]}}"#,
            account(15)
        )),
        "config:SelectAggregateResourceConfig"
            if expression.contains("Overrides") || expression.contains("ExclusionByResourceTypes") =>
        {
            results(&[], None)
        }
        "config:SelectAggregateResourceConfig" if expression.contains("UseOnly") => {
            results(&(1..=10).chain([15]).map(counted).collect::<Vec<_>>(), None)
        }
        "config:SelectAggregateResourceConfig" if expression.contains("ConfigurationRecorder") => results(
            &[
                recorder(11, false, "CONTINUOUS", "x"),
                recorder(12, true, "DAILY", "x"),
                recorder(13, true, "CONTINUOUS", "AWS::EC2::VPC"),
            ],
            None,
        ),
        "config:SelectAggregateResourceConfig" => {
            let items = (1..=15).map(|n| item(n, &format!("vpc-{n}"), "2026-01-01T00:00:00.000Z", "OK"));
            match input.get("NextToken").and_then(Json::as_str) {
                None => results(&items.take(6).collect::<Vec<_>>(), Some("second")),
                Some(_) => results(&items.skip(6).collect::<Vec<_>>(), None),
            }
        }
        "config:DescribeConfigurationRecorderStatus" => {
            json(r#"{"ConfigurationRecordersStatus": [{"Name": "default", "Recording": false}]}"#)
        }
        "config:DescribeConfigurationRecorders" => json(
            r#"{"ConfigurationRecorders": [{"Name": "default", "RecordingGroup": {"AllSupported": true}}]}"#,
        ),
        "organizations:ListDelegatedAdministrators" => json(r#"{"DelegatedAdministrators": []}"#),
        "ec2:DescribeVpcs" => json(r#"{"Vpcs": [{"VpcId": "vpc-live", "IsDefault": false}]}"#),
        other => panic!("nobody expects {other}"),
    })
}

fn refused(code: &str, kind: FaultKind) -> Option<Result<Json, Fault>> {
    Some(Err(Fault::new(kind, "no").with_code(code)))
}

struct Scan {
    table: &'static str,
    columns: &'static [&'static str],
    quals: &'static [(&'static str, &'static str)],
    source: SourceChoice,
    max_age: Option<Duration>,
    aggregator: Option<ConfigAggregator>,
    hub: Option<&'static str>,
    accounts: usize,
    answer: Answer,
    limit: Option<usize>,
}

impl Default for Scan {
    fn default() -> Self {
        Scan {
            table: "aws_vpc",
            columns: &["vpc_id"],
            quals: &[],
            source: SourceChoice::Auto,
            max_age: None,
            aggregator: None,
            hub: Some("100000000000"),
            accounts: 15,
            answer: |_, _| None,
            limit: None,
        }
    }
}

struct Done {
    /// Rows and outcome of each account.
    units: BTreeMap<usize, (Vec<String>, UnitOutcome)>,
    opened: crate::sources::Opened,
    asked: Vec<String>,
}

impl Done {
    fn rows(&self, n: usize) -> Vec<&str> {
        self.units[&n].0.iter().map(String::as_str).collect()
    }

    fn because(&self, n: usize) -> Option<&str> {
        self.units[&n].1.because.as_deref()
    }

    fn all_live(&self) -> bool {
        self.units.values().all(|(rows, outcome)| {
            rows.iter().all(|row| row == "vpc-live") && rows.len() == 1 && outcome.source == Some("api")
        })
    }

    fn asked(&self, operation: &str) -> usize {
        self.asked.iter().filter(|asked| asked.starts_with(operation)).count()
    }
}

async fn run(scan: Scan) -> Done {
    let answer = scan.answer;
    let reader = FakeReader::new(move |operation, _, input| {
        answer(operation, input).unwrap_or_else(|| usual(operation, input))
    });
    let mut settings = crate::org::tests::settings();
    settings.routing.source = scan.source;
    settings.routing.aggregator = scan.aggregator.clone();
    settings.cache.max_age = scan.max_age;
    let settings = Arc::new(settings);
    let asking: Arc<dyn Reader> = reader.clone();
    let config =
        Arc::new(ConfigSource::new(Arc::clone(&asking), Arc::clone(&settings), Arc::new(Org(scan.hub))));
    let api = Arc::new(ApiSource::new(asking, Arc::clone(&settings)));
    let router = Router::new(api, Arc::clone(&config) as Arc<dyn Source>, config, settings);

    let table = Catalog::builtin().unwrap().table(scan.table).unwrap();
    let quals: BTreeMap<String, Vec<Qual>> = scan
        .quals
        .iter()
        .map(|(column, value)| {
            ((*column).to_owned(), vec![Qual { operator: Operator::Eq, values: vec![Json::string(*value)] }])
        })
        .collect();
    let request = Arc::new(ScanRequest {
        columns: scan.columns.iter().map(|name| table.column_index(name).unwrap()).collect(),
        table,
        quals: BTreeMap::new(),
        recorded_quals: quals,
        source: SourceChoice::Auto,
        tuples: Vec::new(),
        left_out: Default::default(),
        limit: scan.limit,
        first_rows: false,
        actions: Arc::default(),
    });
    let region = Region::new(REGION);
    let candidates: Vec<Candidate> = (1..=scan.accounts)
        .map(|n| Candidate {
            account: Arc::new(Account::bare(account(n).parse().unwrap())),
            asked: vec![region.clone()],
            perhaps: Vec::new(),
            enabled: vec![region.clone()],
            are_known: false,
        })
        .collect();
    let opened = router.open(&request, &candidates, &Arc::default()).await;
    let mut units = BTreeMap::new();
    for (n, candidate) in candidates.iter().enumerate() {
        let mut rows = Rows(Vec::new());
        let task = UnitTask {
            account: Arc::clone(&candidate.account),
            region: region.clone(),
            request: Arc::clone(&request),
            meter: Arc::default(),
        };
        let outcome = router.fetch(&task, &mut rows).await;
        units.insert(n + 1, (rows.0, outcome));
    }
    Done { units, opened, asked: reader.asked.lock().clone() }
}

#[tokio::test]
async fn what_the_aggregator_knows_comes_in_one_chain_and_what_it_does_not_is_asked_live() {
    let done = run(Scan { columns: &["vpc_id", "_source", "_as_of", "account_id"], ..Scan::default() }).await;
    for n in 1..=10 {
        let expected = format!("vpc-{n}|config|2026-01-01T00:00:00Z|{}", account(n));
        assert_eq!(done.rows(n), [expected.as_str()]);
        assert_eq!((done.because(n), done.units[&n].1.source), (None, Some("config")));
    }
    for (n, because) in [
        (11, "the recorder is stopped"),
        (12, "it is recorded daily"),
        (13, "the recorder leaves the type out"),
        (14, "the aggregator knows no recorder there"),
        (15, "the aggregator could not update it"),
    ] {
        assert_eq!(done.rows(n).len(), 1, "{n}");
        assert!(done.rows(n)[0].starts_with("vpc-live|api|"), "{:?}", done.rows(n));
        assert_eq!(done.because(n), Some(because), "{n}");
    }
    // Two pages of rows; recorders are counted, with what they leave out and paces of their own, and looked at.
    assert_eq!(done.asked("config:SelectAggregateResourceConfig"), 6, "{:#?}", done.asked);
    assert_eq!(done.asked("ec2:DescribeVpcs"), 5);
    // Those it knows wholly are not even asked for their regions.
    assert_eq!(done.opened.regions.len(), 10);
}

#[tokio::test]
async fn a_chain_that_breaks_off_hands_on_nothing_and_its_units_are_asked_live() {
    let breaks = |operation: &str, input: &Json| {
        let second = input.get("NextToken").is_some();
        (operation == "config:SelectAggregateResourceConfig" && second)
            .then(|| Err(Fault::new(FaultKind::BadResponse, "internal")))
    };
    let done = run(Scan { answer: breaks, ..Scan::default() }).await;
    assert!(done.all_live(), "{:?}", done.units);
    assert_eq!(done.because(1), Some("the aggregator did not answer"));
    assert_eq!(done.because(11), Some("the recorder is stopped"));
}

#[tokio::test]
async fn a_token_that_repeats_ends_the_chain() {
    let circles = |operation: &str, input: &Json| {
        let expression = input.get("Expression").and_then(Json::as_str).unwrap_or_default();
        (operation == "config:SelectAggregateResourceConfig" && !expression.contains("ConfigurationRecorder"))
            .then(|| Ok(results(&[item(1, "vpc-1", "2026-01-01T00:00:00Z", "OK")], Some("again"))))
    };
    assert!(run(Scan { answer: circles, ..Scan::default() }).await.all_live());
}

#[tokio::test]
async fn where_config_may_not_be_asked_everything_is_live_and_a_note_says_so() {
    let denied = |operation: &str, _: &Json| {
        operation
            .starts_with("config:")
            .then(|| refused("AccessDeniedException", FaultKind::IamDenied))
            .flatten()
    };
    let done = run(Scan { answer: denied, ..Scan::default() }).await;
    assert!(done.all_live() && done.because(1).is_none());
    assert!(done.opened.notes[0].starts_with("AWS Config was not used for aws_vpc: iam_denied in config:"));
}

#[tokio::test]
async fn without_an_aggregator_nothing_is_said_and_everything_is_live() {
    let none = |operation: &str, _: &Json| {
        (operation == "config:DescribeConfigurationAggregators")
            .then(|| Ok(json(r#"{"ConfigurationAggregators": []}"#)))
    };
    let done = run(Scan { answer: none, ..Scan::default() }).await;
    assert!(done.all_live() && done.because(1).is_none() && done.opened.notes.is_empty());
    let done = run(Scan { hub: None, ..Scan::default() }).await;
    assert!(done.all_live());
}

#[tokio::test]
async fn the_aggregator_of_the_settings_is_not_looked_for() {
    let aggregator = ConfigAggregator { name: "mine".into(), account: account(3).parse().ok(), region: None };
    let done = run(Scan { aggregator: Some(aggregator), hub: None, ..Scan::default() }).await;
    assert_eq!(done.rows(1), ["vpc-1"]);
    assert_eq!(done.asked("config:DescribeConfigurationAggregators "), 0);
    let select = done.asked.iter().find(|asked| asked.starts_with("config:SelectAggregate")).unwrap();
    assert!(select.contains(r#""ConfigurationAggregatorName":"mine""#), "{select}");
}

#[tokio::test]
async fn an_organization_that_could_not_be_listed_makes_the_aggregator_worth_nothing() {
    let outdated = |operation: &str, _: &Json| {
        (operation == "config:DescribeConfigurationAggregatorSourcesStatus").then(|| {
            Ok(json(
                r#"{"AggregatedSourceStatusList": [{"SourceType": "ORGANIZATION", "SourceId": "o-1",
                    "LastUpdateStatus": "FAILED", "LastErrorMessage": "role is gone"}]}"#,
            ))
        })
    };
    let done = run(Scan { answer: outdated, ..Scan::default() }).await;
    assert!(done.all_live());
    assert!(done.opened.notes[0].contains("all is outdated: role is gone"), "{:?}", done.opened.notes);
}

#[tokio::test]
async fn what_is_gone_does_not_come_back_and_of_two_captures_the_later_counts() {
    let captured = |operation: &str, input: &Json| {
        let expression = input.get("Expression").and_then(Json::as_str).unwrap_or_default();
        (operation == "config:SelectAggregateResourceConfig" && !expression.contains("ConfigurationRecorder"))
            .then(|| {
                let later = item(1, "vpc-a", "2026-01-01T00:00:00.000Z", "OK").replace("false", "true");
                Ok(results(
                    &[
                        item(1, "vpc-a", "2025-01-01T00:00:00.000Z", "OK"),
                        later,
                        item(1, "vpc-a", "2024-01-01T00:00:00.000Z", "ResourceDiscovered"),
                        item(1, "vpc-b", "2026-01-01T00:00:00.000Z", "ResourceDeleted"),
                        item(99, "vpc-c", "2026-01-01T00:00:00.000Z", "OK"),
                    ],
                    None,
                ))
            })
    };
    let scan = Scan { answer: captured, columns: &["vpc_id", "is_default"], ..Scan::default() };
    let done = run(scan).await;
    assert_eq!(done.rows(1), ["vpc-a|true"]);
    assert_eq!((done.rows(2).len(), done.units[&2].1.source), (0, Some("config")), "recorded, and empty");
}

#[tokio::test]
async fn the_age_that_is_asked_decides() {
    let day = Some(Duration::from_secs(86_400));
    let done = run(Scan { max_age: day, ..Scan::default() }).await;
    assert_eq!((done.rows(12), done.because(12)), (vec!["vpc-12"], None), "daily will do");
    assert!(run(Scan { max_age: Some(Duration::from_secs(60)), ..Scan::default() }).await.all_live());
    let instances = |operation: &str, _: &Json| {
        (operation == "ec2:DescribeInstances").then(|| Ok(json(r#"{"Reservations": []}"#)))
    };
    let scan =
        || Scan { table: "aws_ec2_instance", columns: &["vpc_id"], answer: instances, ..Scan::default() };
    assert_eq!(run(scan()).await.rows(1), ["vpc-1"]);
    let now = Some(Duration::from_secs(30));
    assert_eq!(run(Scan { max_age: now, ..scan() }).await.asked("config:"), 0);
}

#[tokio::test]
async fn few_units_first_rows_and_columns_that_are_not_recorded_are_asked_live() {
    assert_eq!(run(Scan { accounts: 8, ..Scan::default() }).await.asked("config:"), 0);
    assert_eq!(run(Scan { limit: Some(3), ..Scan::default() }).await.asked("config:"), 0);
    let done = run(Scan { columns: &["vpc_id", "state"], ..Scan::default() }).await;
    assert_eq!(done.asked("config:"), 0);
    let api = Scan { source: SourceChoice::Api, ..Scan::default() };
    assert_eq!(run(api).await.asked("config:"), 0);
}

#[tokio::test]
async fn who_insists_on_config_gets_nothing_else_and_an_unknown_is_no_empty() {
    let done = run(Scan { source: SourceChoice::Config, ..Scan::default() }).await;
    assert_eq!(
        (done.rows(1), done.rows(12)),
        (vec!["vpc-1"], vec!["vpc-12"]),
        "daily too: it was insisted on"
    );
    for n in [11, 14] {
        let (rows, outcome) = &done.units[&n];
        let fault = outcome.fault.as_ref().unwrap();
        assert!(rows.is_empty() && fault.kind == FaultKind::NotRecorded, "{fault}");
        assert_eq!(outcome.source, Some("config"));
    }
    assert_eq!(done.asked("ec2:"), 0);
    let state = Scan { source: SourceChoice::Config, columns: &["state"], ..Scan::default() };
    let fault = run(state).await.units[&1].1.fault.clone().unwrap();
    assert_eq!(fault.to_string(), "not_recorded: AWS Config does not record state");
}

#[tokio::test]
async fn what_a_limit_of_calls_ended_is_not_begun_again_elsewhere() {
    let ended = |operation: &str, input: &Json| {
        let expression = input.get("Expression").and_then(Json::as_str).unwrap_or_default();
        (operation == "config:SelectAggregateResourceConfig" && !expression.contains("ConfigurationRecorder"))
            .then(|| Err(Fault::new(FaultKind::Cancelled, "the limit of calls is reached")))
    };
    let done = run(Scan { answer: ended, ..Scan::default() }).await;
    assert_eq!(done.units[&1].1.fault.as_ref().unwrap().kind, FaultKind::Cancelled);
    assert!(done.rows(1).is_empty());
}

#[tokio::test]
async fn predicates_and_regions_travel_in_the_expression() {
    let done = run(Scan { quals: &[("vpc_id", "vpc-1")], ..Scan::default() }).await;
    let asked = done.asked.iter().find(|asked| asked.contains("resourceType = 'AWS::EC2::VPC'")).unwrap();
    for part in [
        "configuration.vpcId = 'vpc-1'",
        "awsRegion IN ('eu-west-1')",
        "accountId IN ('100000000001', ",
        r#""Limit":100"#,
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}
