//! Every trap of the logs, read from folders and from buckets.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::util::display::array_value_to_string;

use super::*;
use crate::aws::ReadOperation;
use crate::catalog::Catalog;
use crate::catalog::table::Operator;
use crate::model::numeric::Numeric;
use crate::model::{Json, Meter, UnknownColumns};
use crate::sources::objects::tests::{bucket, gzip};
use crate::sources::reader::fake::FakeReader;

const ACCOUNT: &str = "100000000012";
const BASE: &str = "AWSLogs/100000000012/BedrockModelInvocationLogs/us-east-1";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

struct Collected(Vec<RecordBatch>);

#[async_trait]
impl RowSink for Collected {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.0.push(batch);
        ControlFlow::Continue(())
    }
}

struct Answered {
    rows: Vec<String>,
    fault: Option<Fault>,
    not_asked: Option<NotAsked>,
    unknown: Vec<UnknownColumns>,
}

/// A converse record; `change` replaces members of it.
fn record(id: &str, at: &str, change: &str) -> String {
    let whole = format!(
        r#"{{"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "{at}", "accountId": "{ACCOUNT}",
            "identity": {{"arn": "arn:aws:sts::{ACCOUNT}:assumed-role/chat/i-1"}}, "region": "us-east-1", "requestId": "{id}",
            "operation": "Converse", "modelId": "{HAIKU}",
            "input": {{"inputContentType": "application/json", "inputBodyJson": {{"messages": [{{"role": "user", "content": [{{"text": "hi"}}]}}]}}, "inputTokenCount": 10}},
            "output": {{"outputContentType": "application/json", "outputBodyJson": {{"output": {{"message": {{"content": [{{"text": "yes"}}]}}}},
              "stopReason": "end_turn", "metrics": {{"latencyMs": 812}}}}, "outputTokenCount": 5}}}}"#
    );
    let (whole, change) = (Json::parse(&whole).unwrap(), Json::parse(change).unwrap());
    let mut members: BTreeMap<_, _> = whole.as_object().unwrap().iter().cloned().collect();
    members.extend(change.as_object().unwrap().iter().cloned());
    Json::object(members).to_json()
}

fn source(reader: Arc<dyn Reader>, change: impl FnOnce(&mut Settings)) -> InvocationsSource {
    let mut settings = crate::org::tests::settings();
    change(&mut settings);
    InvocationsSource::new(reader, Arc::new(settings))
}

fn quals(given: &[(&str, Operator, &str)]) -> BTreeMap<String, Vec<Qual>> {
    let mut quals: BTreeMap<String, Vec<Qual>> = BTreeMap::new();
    for (column, operator, value) in given {
        let qual = Qual { operator: *operator, values: vec![Json::string(*value)] };
        quals.entry((*column).to_owned()).or_default().push(qual);
    }
    quals
}

async fn ask(source: &InvocationsSource, columns: &[&str], given: &[(&str, Operator, &str)]) -> Answered {
    ask_in(source, "us-east-1", columns, given).await
}

async fn ask_in(
    source: &InvocationsSource,
    region: &str,
    columns: &[&str],
    given: &[(&str, Operator, &str)],
) -> Answered {
    let table = Catalog::builtin().unwrap().table("aws_bedrock_invocation").unwrap();
    let request = ScanRequest {
        columns: columns.iter().map(|name| table.column_index(name).unwrap()).collect(),
        table,
        quals: quals(given),
        recorded_quals: Default::default(),
        source: Default::default(),
        tuples: Vec::new(),
        left_out: Default::default(),
        limit: None,
        first_rows: false,
        actions: Arc::default(),
    };
    let task = UnitTask {
        account: Arc::new(Account::bare(ACCOUNT.parse().unwrap())),
        region: Region::new(region),
        request: Arc::new(request),
        meter: Arc::<Meter>::default(),
    };
    let mut sink = Collected(Vec::new());
    let outcome = source.fetch(&task, &mut sink).await;
    let mut rows = Vec::new();
    for batch in &sink.0 {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|array| shown(array, row));
            rows.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    Answered { rows, fault: outcome.fault, not_asked: outcome.not_asked, unknown: task.meter.unknown() }
}

fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn nobody() -> Arc<FakeReader> {
    FakeReader::new(|operation, _, _| panic!("nobody expects {operation}"))
}

fn local(path: &Path) -> InvocationsSource {
    source(nobody(), |settings| settings.invocations.logs = vec![path.display().to_string()])
}

/// The rows of one log file.
/// As text: amounts are `numeric`, in the form that sorts.
fn shown(array: &ArrayRef, row: usize) -> String {
    match array.as_binary_opt::<i64>() {
        Some(amounts) if amounts.is_valid(row) => {
            Numeric::from_bytes(amounts.value(row)).unwrap().to_string()
        }
        Some(_) => String::new(),
        None => array_value_to_string(array, row).unwrap(),
    }
}

async fn rows_of(lines: &[String], columns: &[&str]) -> Answered {
    let logs = folder(&[(&format!("{BASE}/2026/03/01/10/log.json.gz"), gzip(lines.join("\n").as_bytes()))]);
    ask(&local(logs.path()), columns, &[]).await
}

#[tokio::test]
async fn each_body_shape_says_what_it_can() {
    let stream = r#"{"operation": "InvokeModelWithResponseStream", "output": {"outputBodyJson": [{"type": "message_delta", "delta": {"stop_reason": "max_tokens"}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"invocationLatency": 900, "firstByteLatency": 120, "inputTokenCount": 10, "outputTokenCount": 6}}], "outputTokenCount": 6}}"#;
    let invoke = r#"{"operation": "InvokeModel", "modelId": "meta.llama3-1-70b-instruct-v1:0",
        "output": {"outputBodyJson": {"generation": "x", "stop_reason": "length"}, "outputTokenCount": 3}}"#;
    let at = "2026-03-01T10:00:00Z";
    let lines = [record("a", at, "{}"), record("b", at, stream), record("c", at, invoke)];
    let answered = rows_of(
        &lines,
        &["request_id", "operation", "stop_reason", "latency_ms", "first_byte_latency_ms", "output_tokens"],
    )
    .await;
    assert_eq!(
        answered.rows,
        [
            "a|Converse|end_turn|812||5",
            "b|InvokeModelWithResponseStream|max_tokens|900|120|6",
            "c|InvokeModel|length|||3"
        ]
    );
    assert!(answered.fault.is_none() && answered.unknown.is_empty());
}

#[tokio::test]
async fn guardrails_are_seen_in_both_forms() {
    let converse = r#"{"output": {"outputBodyJson": {"stopReason": "guardrail_intervened"}}}"#;
    let native = r#"{"operation": "InvokeModel", "output": {"outputBodyJson": {"stop_reason": "end_turn", "amazon-bedrock-guardrailAction": "INTERVENED"}}}"#;
    let at = "2026-03-01T10:00:00Z";
    let lines = [record("a", at, converse), record("b", at, native), record("c", at, "{}")];
    let answered = rows_of(&lines, &["request_id", "stop_reason", "guardrail_action"]).await;
    assert_eq!(answered.rows, ["a|guardrail_intervened|INTERVENED", "b|end_turn|INTERVENED", "c|end_turn|"]);
}

#[tokio::test]
async fn cached_tokens_are_beside_the_others_and_cost_their_own() {
    let cached = r#"{"input": {"inputTokenCount": 2, "cacheReadInputTokenCount": 95500, "cacheWriteInputTokenCount": 100}}"#;
    let columns = [
        "input_tokens",
        "cache_read_input_tokens",
        "cache_write_input_tokens",
        "output_tokens",
        "total_tokens",
        "cost_usd",
    ];
    let answered = rows_of(&[record("a", "2026-03-01T10:00:00Z", cached)], &columns).await;
    // 2 x 1.1 + 95,500 x 0.11 + 100 x 1.375 + 5 x 5.5 dollars for a million.
    assert_eq!(answered.rows, ["2|95500|100|5|95607|0.0106722"]);
}

#[tokio::test]
async fn models_are_called_by_many_names_and_those_without_a_price_are_unknown() {
    let model =
        |id: &str, name: &str| record(id, "2026-03-01T10:00:00Z", &format!(r#"{{"modelId": "{name}"}}"#));
    let profile = "arn:aws:bedrock:us-east-1:100000000012:application-inference-profile/abc";
    let lines =
        [model("a", "acme.model-1"), model("b", profile), model("c", HAIKU), model("d", "acme.model-1")];
    let answered =
        rows_of(&lines, &["request_id", "model_id", "inference_profile", "provider", "cost_usd"]).await;
    assert_eq!(
        answered.rows,
        [
            "a|acme.model-1||acme|".to_owned(),
            format!("b|application-inference-profile/abc|{profile}||"),
            format!("c|anthropic.claude-haiku-4-5-20251001-v1:0|{HAIKU}|anthropic|0.0000385"),
            "d|acme.model-1||acme|".to_owned()
        ]
    );
    let told: Vec<_> = answered
        .unknown
        .iter()
        .map(|gap| (gap.rows, gap.columns.join(","), gap.fault.message.clone()))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().any(|(rows, columns, why)| *rows == 2
            && columns == "cost_usd"
            && why.contains("'acme.model-1'"))
    );
}

#[tokio::test]
async fn failed_calls_cost_nothing_and_dearer_ones_nobody_knows_what() {
    let failed = r#"{"errorCode": "ThrottlingException", "input": {"inputTokenCount": 0}, "output": {}}"#;
    let fast = r#"{"performanceConfig": {"latency": "optimized"}}"#;
    let at = "2026-03-01T10:00:00Z";
    let answered = rows_of(
        &[record("a", at, failed), record("b", at, fast)],
        &["request_id", "error_code", "stop_reason", "cost_usd"],
    )
    .await;
    assert_eq!(answered.rows, ["a|ThrottlingException||0", "b||end_turn|"]);
    assert!(answered.unknown[0].fault.message.contains("optimized"));
}

#[tokio::test]
async fn who_called_is_told_apart() {
    let caller = |id: &str, arn: &str| {
        record(id, "2026-03-01T10:00:00Z", &format!(r#"{{"identity": {{"arn": "{arn}"}}}}"#))
    };
    let lines = [
        caller("a", "arn:aws:sts::1:assumed-role/app/session-1"),
        caller("b", "arn:aws:iam::1:user/team/ana"),
        caller("c", "arn:aws:iam::1:root"),
        caller("d", "strange"),
    ];
    let answered = rows_of(&lines, &["request_id", "identity_name", "identity_session"]).await;
    assert_eq!(answered.rows, ["a|app|session-1", "b|ana|", "c|root|", "d||"]);
}

const MOVED: &str = r#"{"output": {"outputBodyS3Path": "s3://logs/BASE/2026/03/01/10/data/r1_output.json.gz", "outputTokenCount": 7}}"#;
const BODY: &str = r#"{"stopReason": "max_tokens", "metrics": {"latencyMs": 4000}, "output": {"message": {"content": [{"text": "long"}]}}}"#;

fn with_moved_body() -> Vec<(String, Vec<u8>)> {
    let line = record("r1", "2026-03-01T10:00:00Z", &MOVED.replace("BASE", BASE));
    vec![
        (format!("{BASE}/2026/03/01/10/log.json.gz"), gzip(line.as_bytes())),
        (format!("{BASE}/2026/03/01/10/data/r1_output.json.gz"), gzip(BODY.as_bytes())),
        (format!("{BASE}/amazon-bedrock-logs-permission-check"), Vec::new()),
    ]
}

#[tokio::test]
async fn moved_bodies_are_fetched_only_for_their_columns() {
    let files = with_moved_body();
    let objects: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let reader = bucket(&objects);
    let gets = || reader.asked.lock().iter().filter(|asked| asked.contains("GetObject")).count();
    let source = source(reader.clone(), |settings| settings.invocations.logs = vec!["s3://logs".to_owned()]);
    let plain = ask(&source, &["request_id", "output_tokens"], &[]).await;
    assert_eq!((plain.rows, gets()), (vec!["r1|7".to_owned()], 1));
    let whole = ask(&source, &["stop_reason", "latency_ms", "output_text"], &[]).await;
    assert_eq!((whole.rows, gets()), (vec!["max_tokens|4000|long".to_owned()], 3));
    assert!(whole.fault.is_none() && whole.unknown.is_empty());
}

#[tokio::test]
async fn a_moved_body_that_is_gone_makes_its_columns_unknown() {
    let files = with_moved_body();
    let borrowed: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    let logs = folder(&borrowed);
    assert_eq!(ask(&local(logs.path()), &["stop_reason"], &[]).await.rows, ["max_tokens"]);
    fs::remove_file(logs.path().join(format!("{BASE}/2026/03/01/10/data/r1_output.json.gz"))).unwrap();
    let answered = ask(&local(logs.path()), &["request_id", "stop_reason", "latency_ms"], &[]).await;
    assert_eq!(answered.rows, ["r1||"]);
    let gap = &answered.unknown[0];
    assert_eq!((gap.columns.join(","), gap.rows), ("latency_ms,stop_reason".to_owned(), 1));
    assert!(answered.fault.is_none());
}

#[tokio::test]
async fn only_the_folders_of_the_hours_asked_for_are_listed() {
    let mut files = Vec::new();
    for (day, hour) in
        [("2026/02/28", 23), ("2026/03/01", 9), ("2026/03/01", 10), ("2026/03/01", 12), ("2026/03/02", 0)]
    {
        let at = format!("{}T{hour:02}:30:00Z", day.replace('/', "-"));
        files.push((format!("{BASE}/{day}/{hour:02}/log.json.gz"), gzip(record(&at, &at, "{}").as_bytes())));
    }
    let objects: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let reader = bucket(&objects);
    let source = source(reader.clone(), |settings| settings.invocations.logs = vec!["s3://logs".to_owned()]);
    let hour = [
        ("timestamp", Operator::GtEq, "2026-03-01T10:00:00Z"),
        ("timestamp", Operator::Lt, "2026-03-01T11:00:00Z"),
    ];
    let answered = ask(&source, &["request_id"], &hour).await;
    assert_eq!(answered.rows, ["2026-03-01T10:30:00Z"]);
    let listed: Vec<String> =
        reader.asked.lock().iter().filter(|asked| asked.contains("ListObjects")).cloned().collect();
    let of = |text: &str| listed.iter().filter(|asked| asked.contains(text)).count();
    // The account's regions, the hour, and the next one with its delivery.
    assert_eq!(
        (listed.len(), of("2026/03/01/10/"), of("2026/03/01/11/"), of("2026/03/01/12/")),
        (4, 1, 1, 1),
        "{listed:#?}"
    );
    assert!(
        !reader
            .asked
            .lock()
            .iter()
            .any(|asked| asked.contains("GetObject") && !asked.contains("/10/") && !asked.contains("/12/"))
    );
    reader.asked.lock().clear();
    let since = ask(&source, &["request_id"], &[("timestamp", Operator::GtEq, "2026-03-01T11:00:00Z")]).await;
    assert_eq!(since.rows, ["2026-03-01T12:30:00Z", "2026-03-02T00:30:00Z"]);
    assert!(!reader.asked.lock().iter().any(|asked| asked.contains("2026/02")), "{:?}", reader.asked.lock());
    reader.asked.lock().clear();
    let elsewhere = ask_in(&source, "eu-west-1", &["request_id"], &[]).await;
    assert!(elsewhere.rows.is_empty() && elsewhere.fault.is_none());
    assert_eq!(reader.asked.lock().len(), 1, "the account's regions say that there is none");
}

#[tokio::test]
async fn what_is_no_record_is_counted_and_told() {
    let at = "2026-03-01T10:00:00Z";
    let lines = [
        record("a", at, "{}"),
        "{\"schemaType\": ".to_owned(),
        String::new(),
        "[1]".to_owned(),
        record("x", at, r#"{"schemaType": "Other"}"#),
        record("y", "never", "{}"),
        record("z", at, r#"{"accountId": "100000000099"}"#),
        record("b", at, "{}"),
    ];
    let answered = rows_of(&lines, &["request_id"]).await;
    assert_eq!(answered.rows, ["a", "b"]);
    let fault = answered.fault.unwrap();
    assert_eq!(fault.code.as_deref(), Some("UnreadableRecord"));
    assert!(
        fault.message.starts_with("5 lines are no records, the first ")
            && fault.message.contains("log.json.gz line 2: it is not JSON"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_damaged_file_keeps_its_beginning_and_hides_no_other() {
    let at = "2026-03-01T10:00:00Z";
    let many: Vec<String> = (0..2000).map(|n| record(&format!("a{n}"), at, "{}")).collect();
    let whole = gzip(many.join("\n").as_bytes());
    let logs = folder(&[
        (&format!("{BASE}/2026/03/01/10/a.json.gz"), whole[..whole.len() - 20].to_vec()),
        (&format!("{BASE}/2026/03/01/10/b.json.gz"), gzip(record("b", at, "{}").as_bytes())),
    ]);
    let answered = ask(&local(logs.path()), &["request_id"], &[]).await;
    assert!(answered.rows.len() > 1000 && answered.rows.last().unwrap() == "b", "{}", answered.rows.len());
    assert!(answered.fault.unwrap().message.contains("a.json.gz: the gzip file is cut short"));
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let hostile = r#"{"output": {"outputBodyJson": {"output": {"message": {"content": [{"text": "\u001b[31m'; drop table x; -- {\"stopReason\": \"end_turn\"}"}]}},
        "stopReason": "max_tokens"}, "outputTokenCount": 1}, "requestMetadata": {"a": "\u0000\n<script>"}, "modelId": "../../etc/passwd"}"#;
    let answered =
        rows_of(&[record("a", "2026-03-01T10:00:00Z", hostile)], &["stop_reason", "model_id", "output_text"])
            .await;
    assert_eq!(
        answered.rows,
        ["max_tokens|../../etc/passwd|\u{1b}[31m'; drop table x; -- {\"stopReason\": \"end_turn\"}"]
    );
    let deep = format!(r#"{{"a": {}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let answered = rows_of(&[deep, record("b", "2026-03-01T10:00:00Z", "{}")], &["request_id"]).await;
    assert_eq!(answered.rows, ["b"]);
    assert!(answered.fault.is_some());
}

#[tokio::test]
async fn files_without_folders_are_read_by_what_their_records_say() {
    let at = "2026-03-01T10:00:00Z";
    let lines = [
        record("a", at, "{}"),
        record("b", at, r#"{"region": "eu-west-1"}"#),
        record("c", at, r#"{"accountId": "100000000013"}"#),
    ];
    let logs = folder(&[
        ("one.json.gz", gzip(lines.join("\n").as_bytes())),
        ("two.jsonl", record("d", at, "{}").into_bytes()),
        ("bad.json", b"{".to_vec()),
    ]);
    let source = local(logs.path());
    let own = source.own_units(&BTreeMap::new()).await.unwrap().unwrap();
    let named: Vec<String> =
        own.iter().map(|unit| format!("{} {:?}", unit.account.id, unit.regions)).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    let answered = ask(&source, &["request_id"], &[]).await;
    assert_eq!(answered.rows, ["a", "d"]);
    // What holds no record is told once, by the first unit there is.
    let first = ask_in(&source, "eu-west-1", &["request_id"], &[]).await;
    assert_eq!(first.rows, ["b"]);
    assert!(answered.fault.is_none() && first.fault.unwrap().message.contains("bad.json line 1"));
}

#[tokio::test]
async fn a_folder_needs_no_aws_and_says_what_is_not_there() {
    let logs = folder(&[(
        &format!("down/{BASE}/2026/03/01/10/log.json.gz"),
        gzip(record("a", "2026-03-01T10:00:00Z", "{}").as_bytes()),
    )]);
    let source = local(logs.path());
    let own = source.own_units(&BTreeMap::new()).await.unwrap().unwrap();
    assert_eq!((own[0].account.id.as_str(), own[0].regions[0].as_str()), (ACCOUNT, "us-east-1"));
    assert!(source.calls_by_hand(&BTreeMap::new()).unwrap().operations.is_empty());
    let path = logs.path().join("down").join(BASE).join("2026/03");
    let text = path.display().to_string();
    let answered = ask(&source, &["request_id", "path"], &[("path", Operator::Eq, &text)]).await;
    assert_eq!(answered.rows, [format!("a|{text}")]);
    let empty = tempfile::tempdir().unwrap();
    for wrong in [empty.path().to_path_buf(), empty.path().join("nowhere")] {
        let error = local(&wrong).own_units(&BTreeMap::new()).await.unwrap_err();
        assert!(error.causes()[0].contains(&wrong.display().to_string()), "{error}");
    }
    let mixed = [("path", Operator::Eq, "ftp://x")];
    assert!(source.own_units(&quals(&mixed)).await.is_err());
}

#[tokio::test]
async fn without_a_place_each_account_says_where_it_logs() {
    let files = with_moved_body();
    let objects: Vec<(String, Vec<u8>)> =
        files.into_iter().map(|(path, bytes)| (format!("p/{path}"), bytes)).collect();
    let objects: Vec<(&str, &[u8])> =
        objects.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let asked = async |config: &'static str| {
        let inner = bucket(&objects);
        let reader = Arc::new(Configured { inner, config });
        ask(&source(reader, |_| {}), &["request_id", "path"], &[]).await
    };
    let to_s3 = asked(r#"{"LoggingConfig": {"S3Config": {"BucketName": "logs", "KeyPrefix": "p"}}}"#).await;
    assert_eq!(to_s3.rows, ["r1|s3://logs/p"]);
    let off = asked("{}").await;
    assert_eq!((off.not_asked, off.fault.is_none()), (Some(NotAsked::NotLogged), true));
    let group = asked(r#"{"LoggingConfig": {"CloudWatchConfig": {"LogGroupName": "/bedrock"}}}"#).await;
    let fault = group.fault.unwrap();
    assert_eq!(fault.kind, FaultKind::NotRecorded);
    assert!(fault.message.contains("'/bedrock'"));
}

/// A bucket, and an account that says where it logs.
struct Configured {
    inner: Arc<FakeReader>,
    config: &'static str,
}

#[async_trait]
impl Reader for Configured {
    fn read_operation(&self, id: &str) -> Option<ReadOperation> {
        self.inner.read_operation(id)
    }

    async fn read(
        &self,
        request: crate::aws::ReadRequest<'_>,
    ) -> std::result::Result<crate::aws::ReadResponse, crate::aws::ReadFailure> {
        if request.operation.operation.id() != LOGGING {
            return self.inner.read(request).await;
        }
        let output = Json::parse(self.config).unwrap();
        Ok(crate::aws::ReadResponse { output, bytes: 1, calls: 1 })
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_the_right_one_says_so() {
    let wrong = source(bucket(&[("other/file.csv", b"x")]), |settings| {
        settings.invocations.logs = vec!["s3://logs".to_owned()]
    });
    let fault = ask(&wrong, &["request_id"], &[]).await.fault.unwrap();
    assert!(fault.message.contains("holds no AWSLogs folder"), "{fault}");
    let empty = source(bucket(&[]), |settings| settings.invocations.logs = vec!["s3://logs".to_owned()]);
    assert!(ask(&empty, &["request_id"], &[]).await.fault.is_none());
    let missing = source(bucket(&[]), |settings| settings.invocations.logs = vec!["s3://gone".to_owned()]);
    assert_eq!(
        ask(&missing, &["request_id"], &[]).await.fault.unwrap().code.as_deref(),
        Some("NoSuchBucket")
    );
}

#[tokio::test]
async fn rows_of_buckets_are_kept_by_place_and_price_and_those_of_folders_never() {
    let with = |logs: &str| source(nobody(), |settings| settings.invocations.logs = vec![logs.to_owned()]);
    let variant = async |source: &InvocationsSource| {
        let table = Catalog::builtin().unwrap().table("aws_bedrock_invocation").unwrap();
        source.variant(&ScanRequest {
            table,
            columns: Vec::new(),
            quals: BTreeMap::new(),
            recorded_quals: Default::default(),
            source: Default::default(),
            tuples: Vec::new(),
            left_out: Default::default(),
            limit: None,
            first_rows: false,
            actions: Arc::default(),
        })
    };
    assert_eq!(variant(&with("/logs")).await, None);
    assert_ne!(variant(&with("s3://one")).await, variant(&with("s3://two")).await);
}
