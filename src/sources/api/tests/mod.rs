//! Whole units, fetched from a reader that answers as AWS would.

mod absent;
mod batched;
mod chains;
mod regions;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use async_trait::async_trait;

use crate::aws::{ReadFailure, ReadOperation, ReadRequest, ReadResponse};
use crate::catalog::table::*;
use crate::model::{Account, Fault, FaultKind, Json, Meter, Region};
use crate::sources::Qual;
use crate::sources::ScanRequest;
use crate::sources::api::*;
use crate::sources::budget::ByteBudget;
use crate::sources::reader::fake::FakeReader;

pub fn call(operation: &str, params: &[(&str, ParamSource)], rows: &str, not_found: &[&str]) -> Call {
    let params = params.iter().map(|(member, source)| Param {
        member: member.to_string(),
        sources: vec![source.clone()],
        ..Param::default()
    });
    Call {
        operation: operation.into(),
        params: params.collect(),
        rows: rows.into(),
        not_found: not_found.iter().map(|code| code.to_string()).collect(),
        ..Call::default()
    }
}

pub fn column(name: &str, kind: ColumnType, value: Value) -> Column {
    Column {
        name: name.into(),
        kind,
        description: String::new(),
        value,
        transforms: Vec::new(),
        fallback: None,
        default: None,
        sensitivity: Sensitivity::Plain,
    }
}

pub fn row_path(path: &str) -> Value {
    Value::Path { origin: Origin::Row, path: path.into() }
}

pub fn detail_path(id: &str, path: &str) -> Value {
    Value::Path { origin: Origin::Detail(id.into()), path: path.into() }
}

pub fn empty_table(name: &str) -> Table {
    Table {
        name: name.into(),
        description: String::new(),
        synonyms: Vec::new(),
        service: String::new(),
        source: SourceKind::Api,
        scope: TableScope::Regional,
        row_region: RowRegion::Unit,
        freshness: Freshness::Configuration,
        tier: 1,
        config_type: None,
        recorded: None,
        cloudformation_type: None,
        unavailable: None,
        list: Vec::new(),
        get: Vec::new(),
        details: Vec::new(),
        key_columns: Vec::new(),
        columns: Vec::new(),
        examples: Vec::new(),
    }
}

pub fn key(column: &str, require: Require, used_in: KeyUse) -> KeyColumn {
    KeyColumn { column: column.into(), operators: vec![Operator::Eq], require, used_in, elsewhere: false }
}

/// Roles: a list, a get by name, a detail shared by two columns, a detail that is a chain.
pub fn table() -> Table {
    let row = |path: &str| ParamSource::Row(path.into());
    let earlier =
        ParamSource::Earlier { operation: "iam:ListRolePolicies".into(), path: "PolicyNames[]".into() };
    Table {
        service: "iam".into(),
        scope: TableScope::Global,
        list: vec![call(
            "iam:ListRoles",
            &[("PathPrefix", ParamSource::Qual("path".into()))],
            "Roles[]",
            &[],
        )],
        get: vec![call(
            "iam:GetRole",
            &[("RoleName", ParamSource::Qual("name".into()))],
            "Role",
            &["NoSuchEntity"],
        )],
        details: vec![
            Detail {
                id: "role".into(),
                calls: vec![call("iam:GetRole", &[("RoleName", row("RoleName"))], "@", &["NoSuchEntity"])],
                unless: None,
                region: None,
            },
            Detail {
                id: "inline".into(),
                calls: vec![
                    call("iam:ListRolePolicies", &[("RoleName", row("RoleName"))], "PolicyNames[]", &[]),
                    call(
                        "iam:GetRolePolicy",
                        &[("RoleName", row("RoleName")), ("PolicyName", earlier)],
                        "@",
                        &[],
                    ),
                ],
                unless: None,
                region: None,
            },
        ],
        key_columns: vec![
            key("path", Require::Optional, KeyUse::List),
            key("name", Require::Required, KeyUse::Get),
        ],
        columns: vec![
            column("name", ColumnType::Text, row_path("RoleName")),
            column("path", ColumnType::Text, row_path("Path")),
            column("region", ColumnType::Text, Value::Common(Common::Region)),
            column("tags", ColumnType::Json, detail_path("role", "Role.Tags")),
            column(
                "boundary",
                ColumnType::Text,
                detail_path("role", "Role.PermissionsBoundary.PermissionsBoundaryArn"),
            ),
            column("policies", ColumnType::Json, detail_path("inline", "[].PolicyName")),
        ],
        ..empty_table("aws_test_role")
    }
}

struct Collected {
    batches: Vec<RecordBatch>,
    stop_after: usize,
}

#[async_trait]
impl RowSink for Collected {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.batches.push(batch);
        if self.batches.len() >= self.stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[derive(Default)]
pub struct Ask {
    pub columns: &'static [&'static str],
    pub quals: &'static [(&'static str, &'static [&'static str])],
    pub left_out: &'static [&'static str],
    pub limit: Option<usize>,
    pub first_rows: bool,
    pub stop_after: Option<usize>,
    pub meter: Arc<Meter>,
}

/// Rows as `a|b|c` lines, the outcome, and what was asked.
pub async fn fetch(
    table: Table,
    reader: Arc<FakeReader>,
    ask: Ask,
) -> (Vec<String>, UnitOutcome, Vec<String>) {
    let source = ApiSource::new(reader.clone(), Arc::new(crate::org::tests::settings()));
    let (lines, outcome) = fetch_from(&source, table, ask).await;
    let asked = reader.asked.lock().clone();
    (lines, outcome, asked)
}

pub async fn fetch_from(source: &dyn Source, table: Table, ask: Ask) -> (Vec<String>, UnitOutcome) {
    let columns = ask.columns.iter().map(|name| table.column_index(name).unwrap()).collect();
    let quals: BTreeMap<String, Vec<Qual>> = ask
        .quals
        .iter()
        .map(|(column, values)| {
            let values = values.iter().map(|v| Json::string(*v)).collect();
            (column.to_string(), vec![Qual { operator: Operator::Eq, values }])
        })
        .collect();
    let region = match table.scope {
        TableScope::Regional => Region::new("eu-west-1"),
        _ => Region::global(),
    };
    let request = ScanRequest {
        table: Arc::new(table),
        columns,
        quals,
        recorded_quals: Default::default(),
        source: Default::default(),
        tuples: Vec::new(),
        left_out: ask.left_out.iter().map(|region| Region::new(region)).collect(),
        limit: ask.limit,
        first_rows: ask.first_rows,
        actions: Arc::default(),
    };
    let account = Arc::new(Account::bare("100000000006".parse().unwrap()));
    let task = UnitTask { account, region, request: Arc::new(request), meter: ask.meter };
    let mut sink = Collected { batches: Vec::new(), stop_after: ask.stop_after.unwrap_or(usize::MAX) };
    let outcome = source.fetch(&task, &mut sink).await;
    let mut lines = Vec::new();
    for batch in &sink.batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|array| array_value_to_string(array, row).unwrap());
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    (lines, outcome)
}

const ROLES: (&str, &str) = (
    "iam:ListRoles",
    r#"{"Roles": [{"RoleName": "ops", "Path": "/"}, {"RoleName": "dev", "Path": "/team/"}], "IsTruncated": false}"#,
);

#[tokio::test]
async fn a_plain_column_costs_the_list_and_nothing_else() {
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["name", "region"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, outcome, asked) = fetch(table(), FakeReader::fixed(&[ROLES]), ask).await;
    assert_eq!(rows, ["ops|global", "dev|global"]);
    assert_eq!(asked, [r#"iam:ListRoles us-east-1 {"MaxItems":1000}"#]);
    assert!(outcome.fault.is_none() && meter.unknown().is_empty());
    assert_eq!((outcome.rows, meter.calls()), (2, 1));
    assert!(meter.bytes() > 0);
}

#[tokio::test]
async fn columns_of_one_detail_share_its_call() {
    let get =
        ("iam:GetRole", r#"{"Role": {"Tags": [], "PermissionsBoundary": {"PermissionsBoundaryArn": "b"}}}"#);
    let ask = Ask { columns: &["name", "tags", "boundary"], ..Ask::default() };
    let (rows, _, asked) = fetch(table(), FakeReader::fixed(&[ROLES, get]).clone(), ask).await;
    assert_eq!(rows, ["ops|[]|b", "dev|[]|b"]);
    assert_eq!(
        asked[1..],
        [r#"iam:GetRole us-east-1 {"RoleName":"ops"}"#, r#"iam:GetRole us-east-1 {"RoleName":"dev"}"#]
    );
}

#[tokio::test]
async fn a_chain_of_details_gathers_every_response() {
    let reader = FakeReader::new(|operation, _, input| {
        let text = match operation {
            "iam:ListRoles" => ROLES.1.to_owned(),
            "iam:ListRolePolicies" if input.get("RoleName") == Some(&Json::string("ops")) => {
                r#"{"PolicyNames": ["a", "b"]}"#.to_owned()
            }
            "iam:ListRolePolicies" => r#"{"PolicyNames": []}"#.to_owned(),
            _ => format!(r#"{{"PolicyName": {}}}"#, input.get("PolicyName").unwrap().to_json()),
        };
        Ok(Json::parse(&text).unwrap())
    });
    let ask = Ask { columns: &["name", "policies"], ..Ask::default() };
    let (rows, _, asked) = fetch(table(), reader, ask).await;
    assert_eq!(rows, [r#"ops|["a", "b"]"#, "dev|[]"]);
    assert_eq!(asked.len(), 5);
}

#[tokio::test]
async fn a_failed_detail_makes_its_columns_unknown_and_no_such_thing_makes_them_null() {
    let reader = FakeReader::new(|operation, _, input| match operation {
        "iam:ListRoles" => Ok(Json::parse(ROLES.1).unwrap()),
        _ if input.get("RoleName") == Some(&Json::string("ops")) => {
            Err(Fault::new(FaultKind::IamDenied, "no").with_code("AccessDenied"))
        }
        _ => Err(Fault::new(FaultKind::Rejected, "gone").with_code("NoSuchEntity")),
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["name", "tags", "boundary"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, outcome, _) = fetch(table(), reader, ask).await;
    assert_eq!(rows, ["ops||", "dev||"]);
    assert!(outcome.fault.is_none());
    let unknown = meter.unknown();
    let [unknown] = unknown.as_slice() else { panic!("{unknown:?}") };
    assert_eq!((unknown.columns.join(","), unknown.rows), ("boundary,tags".to_owned(), 1));
    assert_eq!(unknown.fault.operation.as_deref(), Some("iam:GetRole"));
}

#[tokio::test]
async fn keys_that_are_given_are_got_one_call_each_and_the_missing_are_no_rows() {
    let reader = FakeReader::new(|_, _, input| match input.get("RoleName").and_then(Json::as_str) {
        Some("gone") => Err(Fault::new(FaultKind::Rejected, "gone").with_code("NoSuchEntity")),
        Some(name) => Ok(Json::object([("Role", Json::object([("RoleName", Json::string(name))]))])),
        None => panic!("no name"),
    });
    let quals = &[("name", &["ops", "gone", "dev", "ops"] as &[_])];
    let (mut rows, outcome, asked) =
        fetch(table(), reader, Ask { columns: &["name"], quals, ..Ask::default() }).await;
    rows.sort();
    assert_eq!(rows, ["dev", "ops"]);
    assert_eq!(asked.len(), 3);
    assert!(outcome.fault.is_none());
}

#[tokio::test]
async fn rows_that_no_predicate_lets_through_are_spared_their_details() {
    let get = ("iam:GetRole", r#"{"Role": {"Tags": []}}"#);
    let ask = Ask { columns: &["name", "tags"], quals: &[("path", &["/team/"])], ..Ask::default() };
    let (rows, _, asked) = fetch(table(), FakeReader::fixed(&[ROLES, get]), ask).await;
    assert_eq!(rows, ["dev|[]"]);
    assert_eq!(
        asked,
        [
            r#"iam:ListRoles us-east-1 {"PathPrefix":"/team/","MaxItems":1000}"#,
            r#"iam:GetRole us-east-1 {"RoleName":"dev"}"#
        ]
    );
}

#[tokio::test]
async fn a_limit_stops_the_pages_and_the_details() {
    let reader = FakeReader::new(|operation, _, input| {
        let marker = input.get("Marker").and_then(Json::as_str).unwrap_or("0");
        let text = match operation {
            "iam:GetRole" => r#"{"Role": {}}"#.to_owned(),
            _ => format!(
                r#"{{"Roles": [{{"RoleName": "a{marker}"}}, {{"RoleName": "b{marker}"}}], "IsTruncated": true, "Marker": "{marker}0"}}"#
            ),
        };
        Ok(Json::parse(&text).unwrap())
    });
    let ask = Ask { columns: &["name", "tags"], limit: Some(3), ..Ask::default() };
    let (rows, outcome, asked) = fetch(table(), reader, ask).await;
    assert_eq!(rows, ["a0|", "b0|", "a00|"]);
    assert_eq!(asked[0], r#"iam:ListRoles us-east-1 {"MaxItems":3}"#);
    assert_eq!(asked.len(), 5);
    assert!(outcome.fault.is_none());
}

#[tokio::test]
async fn a_consumer_that_has_enough_ends_the_unit() {
    let reader = FakeReader::new(|_, _, input| {
        let marker = input.get("Marker").and_then(Json::as_str).unwrap_or("0");
        let text =
            format!(r#"{{"Roles": [{{"RoleName": "a"}}], "IsTruncated": true, "Marker": "{marker}0"}}"#);
        Ok(Json::parse(&text).unwrap())
    });
    let ask = Ask { columns: &["name"], stop_after: Some(2), ..Ask::default() };
    let (rows, outcome, asked) = fetch(table(), reader, ask).await;
    assert_eq!(rows.len(), 2);
    assert!(asked.len() <= 3, "the third may have been fetched ahead: {asked:?}");
    assert!(outcome.fault.is_none());
}

#[tokio::test]
async fn what_arrived_before_a_failure_is_delivered_with_the_fault() {
    let reader = FakeReader::new(|_, _, input| match input.get("Marker") {
        None => {
            Ok(Json::parse(r#"{"Roles": [{"RoleName": "a"}], "IsTruncated": true, "Marker": "m"}"#).unwrap())
        }
        Some(_) => Err(Fault::new(FaultKind::Throttled, "slow down")),
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["name"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, outcome, _) = fetch(table(), reader, ask).await;
    assert_eq!(rows, ["a"]);
    assert_eq!(outcome.fault.unwrap().kind, FaultKind::Throttled);
    assert_eq!((outcome.rows, meter.calls()), (1, 2));
}

#[tokio::test]
async fn a_list_that_needs_a_key_says_which() {
    let mut table = table();
    table.list.clear();
    let (rows, outcome, asked) =
        fetch(table, FakeReader::fixed(&[]), Ask { columns: &["name"], ..Ask::default() }).await;
    assert!(rows.is_empty() && asked.is_empty());
    let fault = outcome.fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Rejected);
    assert_eq!(fault.message, "aws_test_role cannot be listed without name: add where name = '...'");
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_null_and_unknown() {
    let mut table = table();
    table.columns.push(column("size", ColumnType::Int, row_path("RoleName")));
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["size"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, ..) = fetch(table, FakeReader::fixed(&[ROLES]), ask).await;
    assert_eq!(rows, ["", ""]);
    let unknown = meter.unknown();
    assert_eq!((unknown[0].rows, unknown[0].fault.kind), (2, FaultKind::BadResponse));
}

/// Tasks of clusters: each later call runs for every row of the one before.
#[tokio::test]
async fn a_detail_asks_the_region_its_row_names_and_each_thing_once() {
    let mut table = Table {
        scope: TableScope::Global,
        list: vec![call("s3:ListBuckets", &[], "Buckets[]", &[])],
        details: vec![Detail {
            id: "acl".into(),
            calls: vec![call("s3:GetBucketAcl", &[("Bucket", ParamSource::Row("Owner".into()))], "@", &[])],
            unless: None,
            region: Some("BucketRegion".into()),
        }],
        columns: vec![column("owner", ColumnType::Text, detail_path("acl", "Owner.ID"))],
        ..empty_table("aws_test_bucket")
    };
    table.row_region = RowRegion::Row;
    let buckets = r#"{"Buckets": [{"Owner": "o", "BucketRegion": "eu-west-1"}, {"Owner": "o", "BucketRegion": "eu-west-1"}, {"Owner": "o"}, {}]}"#;
    let reader = FakeReader::new(move |operation, _, _| {
        Ok(Json::parse(if operation == "s3:ListBuckets" { buckets } else { r#"{"Owner": {"ID": "x"}}"# })
            .unwrap())
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["owner"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, _, asked) = fetch(table, reader, ask).await;
    assert_eq!(rows, ["x", "x", "x", ""]);
    assert_eq!(
        asked[1..],
        [r#"s3:GetBucketAcl eu-west-1 {"Bucket":"o"}"#, r#"s3:GetBucketAcl us-east-1 {"Bucket":"o"}"#]
    );
    assert!(meter.unknown().is_empty());
}

#[tokio::test]
async fn pages_of_a_response_that_is_the_row_make_one_row() {
    let table = Table {
        scope: TableScope::Global,
        list: vec![call("iam:ListAccountAliases", &[], "@", &[])],
        columns: vec![column("aliases", ColumnType::Json, row_path("AccountAliases"))],
        ..empty_table("aws_test_account")
    };
    let reader = FakeReader::new(|_, _, input| {
        Ok(Json::parse(match input.get("Marker") {
            None => r#"{"AccountAliases": ["a"], "IsTruncated": true, "Marker": "m"}"#,
            Some(_) => r#"{"AccountAliases": ["b"], "IsTruncated": false}"#,
        })
        .unwrap())
    });
    let (rows, ..) = fetch(table, reader, Ask { columns: &["aliases"], ..Ask::default() }).await;
    assert_eq!(rows, [r#"["a", "b"]"#]);
}

/// Lets one call through at a time, as a session does while it is being renewed.
struct OneAtATime {
    reader: Arc<FakeReader>,
    permit: tokio::sync::Semaphore,
}

#[async_trait]
impl Reader for OneAtATime {
    fn read_operation(&self, id: &str) -> Option<ReadOperation> {
        self.reader.read_operation(id)
    }

    async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure> {
        let _permit = self.permit.acquire().await.unwrap();
        tokio::task::yield_now().await;
        self.reader.read(request).await
    }
}

#[tokio::test]
async fn calls_of_other_branches_hold_nothing_that_a_detail_waits_for() {
    let mut table = chains::chained_table();
    table.details = vec![Detail {
        id: "tags".into(),
        calls: vec![call(
            "ecs:ListTagsForResource",
            &[("ResourceArn", ParamSource::Row("@".into()))],
            "@",
            &[],
        )],
        unless: None,
        region: None,
    }];
    table.columns.push(column("tags", ColumnType::Json, detail_path("tags", "Tags")));
    let reader = FakeReader::new(|operation, _, input| {
        let cluster = input.get("Cluster").and_then(Json::as_str).unwrap_or_default();
        let text = match operation {
            "ecs:ListClusters" => r#"{"ClusterArns": ["a", "b", "c", "d"]}"#.to_owned(),
            "ecs:ListTasks" => format!(r#"{{"TaskArns": ["{cluster}1", "{cluster}2"]}}"#),
            _ => r#"{"Tags": []}"#.to_owned(),
        };
        Ok(Json::parse(&text).unwrap())
    });
    let reader = Arc::new(OneAtATime { reader, permit: tokio::sync::Semaphore::new(1) });
    let source = ApiSource::new(reader, Arc::new(crate::org::tests::settings()));
    let ask = Ask { columns: &["task", "tags"], ..Ask::default() };
    let fetched =
        tokio::time::timeout(std::time::Duration::from_secs(20), fetch_from(&source, table, ask)).await;
    let (rows, outcome) = fetched.expect("the calls wait for each other");
    assert_eq!((rows.len(), outcome.fault), (8, None));
}

#[test]
fn every_table_of_the_catalog_compiles_with_every_column() {
    let catalog = crate::catalog::Catalog::builtin().unwrap();
    let reader = FakeReader::fixed(&[]);
    for name in catalog.table_names() {
        let table = catalog.table(name).unwrap();
        if table.unavailable.is_some() {
            continue;
        }
        let columns: Vec<usize> = (0..table.columns.len()).collect();
        let keyed = |used_in| {
            let keys = table.key_columns.iter().filter(move |key| key.used_in == used_in);
            keys.map(|key| {
                let values = vec![Json::string("x")];
                (key.column.clone(), vec![Qual { operator: Operator::Eq, values }])
            })
            .collect::<BTreeMap<_, _>>()
        };
        let got = if table.get.is_empty() { KeyUse::List } else { KeyUse::Get };
        for quals in [keyed(KeyUse::List), keyed(got)] {
            let request = ScanRequest {
                table: table.clone(),
                columns: columns.clone(),
                quals,
                recorded_quals: Default::default(),
                source: Default::default(),
                tuples: Vec::new(),
                left_out: Default::default(),
                limit: None,
                first_rows: false,
                actions: Arc::default(),
            };
            if let Err(fault) = scan::Scan::new(&request, &*reader, &ByteBudget::new(1 << 20)) {
                panic!("{fault}");
            }
        }
    }
}
