//! Model invocation logs: in the demo's buckets, in folders, and as boto3, plain Python and moto have them.

use std::path::Path;

use serde_json::Value;

use crate::engine_on_demo::{ask, demo, scope};
use crate::support::canvass::Canvass;
use crate::support::demo_server::DemoServer;
use crate::support::moto::Moto;
use crate::support::venv;

/// ml-prod, on a day of the frozen clock's week.
const ML_PROD: &str = "100000000012";
const DAY: &str = "2026/11/17";
const OF_DAY: &str = "timestamp >= '2026-11-17' and timestamp < '2026-11-18'";

const SUMS: &str = "select count(*) as calls, count(error_code) as failed, sum(input_tokens)::bigint as input, \
    sum(output_tokens)::bigint as output, sum(cache_read_input_tokens)::bigint as cached, \
    sum(latency_ms) filter (where operation like 'Converse%')::bigint as latency, \
    count(*) filter (where stop_reason = 'max_tokens' and operation like 'Converse%') as stopped \
    from aws_bedrock_invocation";

fn sums(canvass: &Canvass, arguments: &[&str], condition: &str) -> Value {
    let sql = format!("{SUMS} where {condition}");
    let run = canvass.run(&[&["query", "-o", "json"], arguments, &[sql.as_str()]].concat());
    assert_eq!(run.code, 0, "{sql}: {}", run.snapshot());
    run.json()["rows"][0].clone()
}

/// What others make of the files says what the table says: in a folder of this machine without credentials or
/// network, in the demo's bucket over TCP, and in moto's.
#[test]
fn boto3_python_and_moto_have_the_same_logs() {
    let Some(python) = venv::python("boto3 and Python on invocation logs") else { return };
    let server = DemoServer::start("true");
    let client = server.client();
    let logs = tempfile::tempdir().unwrap();
    let folder = logs.path().to_str().unwrap();
    let judge = |canvass: &Canvass, member: &str, arguments: &[&str]| -> Value {
        let mut command = python.script("invocation_logs.py");
        command.args(arguments).env("DEMO_MEMBER", member).env("AWS_DEFAULT_REGION", "us-east-1");
        for (name, value) in canvass.variables().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env(name, value);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?} {text}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap()
    };
    let prefix = format!("AWSLogs/{ML_PROD}/BedrockModelInvocationLogs/us-east-1/{DAY}/");
    let copied = judge(&client, ML_PROD, &["copy", "ml-prod-bedrock-logs-us-east-1", &prefix, folder]);
    assert!(copied["objects"].as_u64().unwrap() >= 20, "{copied}");

    let theirs = python.json("invocation_logs.py", &["sum", folder]);
    assert!(theirs["calls"].as_u64().unwrap() > 100, "{theirs}");
    let offline = Canvass::new().env("CANVASS_BEDROCK_LOGS", folder);
    assert_eq!(sums(&offline, &[], "true"), theirs, "read offline");
    let path = format!("path = '{folder}'");
    assert_eq!(sums(&Canvass::new(), &[], &path), theirs, "asked by its path");
    let served = ["--account", "ml-prod", "--region", "us-east-1"];
    assert_eq!(sums(&client, &served, OF_DAY), theirs, "read from the demo's bucket");

    let Some(moto) = Moto::shared("moto on invocation logs") else { return };
    let of_moto = || {
        Canvass::new()
            .env("AWS_ENDPOINT_URL", &moto.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("CANVASS_HUB_ROLE", "none")
    };
    judge(&of_moto(), "", &["put", folder, "genai-logs-of-one-day", "copy"]);
    // moto's own account reads it, as the account of the logs that is written down.
    let reader = of_moto()
        .env("CANVASS_STATIC_ACCOUNTS", &format!("{ML_PROD}=ml-prod"))
        .env("CANVASS_BEDROCK_LOGS", "s3://123456789012@genai-logs-of-one-day/copy");
    assert_eq!(sums(&reader, &["--region", "us-east-1"], OF_DAY), theirs, "read from moto's bucket");
}

fn on_demo(name: &'static str) -> crate::engine_on_demo::Demo {
    demo("", move |settings| settings.scope = scope(&[name], &["us-east-1"]))
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// Logs hold what was logged, CloudWatch counts what was called.
#[tokio::test(flavor = "multi_thread")]
async fn the_demos_logs_agree_with_its_metrics_but_for_what_is_not_logged() {
    let of = async |name: &'static str, account: &str| {
        let demo = on_demo(name);
        let now = demo.settings.now.unwrap_or_else(chrono::Utc::now);
        let until = now.timestamp().div_euclid(86_400) * 86_400;
        let from = until - 86_400;
        let at = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).unwrap().to_rfc3339();
        let sql = format!(
            "select count(*) filter (where error_code is null), coalesce(sum(input_tokens), 0) \
             from aws_bedrock_invocation where timestamp >= '{}' and timestamp < '{}'",
            at(from),
            at(until)
        );
        let (rows, coverage) = ask(&demo, &sql).await;
        let logged: Vec<f64> = rows[0].split('|').map(number).collect();
        let counted = |metric: &str| -> f64 {
            demo.world.model_samples((account, "us-east-1"), metric, None, (from, until)).iter().sum()
        };
        (logged, [counted("Invocations"), counted("InputTokenCount")], coverage)
    };
    let (logged, counted, coverage) = of("ml-prod", ML_PROD).await;
    assert_eq!(logged, counted);
    assert!(coverage.is_complete() && logged[0] > 100.0);
    let (logged, counted, _) = of("data-platform-prod", "100000000010").await;
    assert!(logged[0] > 0.0 && logged[0] < counted[0], "{logged:?} {counted:?}");
    let (logged, counted, coverage) = of("web-prod", "100000000016").await;
    assert!(logged[0] == 0.0 && counted[0] > 0.0, "nobody logs them");
    assert!(coverage.is_complete() && coverage.units.iter().any(|unit| unit.status.as_str() == "not_asked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_may_read_the_logs_of_all() {
    let sql = "select account_name, count(*) from aws_bedrock_invocation \
               where timestamp >= '2026-11-17' and timestamp < '2026-11-18' group by 1 order by 1";
    let at = |logs: Vec<String>| {
        demo("", move |settings| {
            settings.now = Some("2026-11-20T12:00:00Z".parse().unwrap());
            settings.scope = scope(&["ml-*", "checkout-prod", "payments-prod"], &["us-east-1", "eu-west-1"]);
            settings.invocations.logs = logs;
        })
    };
    let (own, coverage) = ask(&at(Vec::new()), sql).await;
    assert_eq!(own.len(), 3, "{own:?}");
    assert!(coverage.is_complete());
    let archive = at(vec!["s3://100000000002@log-archive-bedrock-logs-us-east-1".to_owned()]);
    let (of_archive, coverage) = ask(&archive, sql).await;
    assert_eq!(of_archive, own);
    assert!(coverage.is_complete());
    // Without saying who, each account's own role is tried, and the bucket lets none of them in.
    let nobody = at(vec!["s3://log-archive-bedrock-logs-us-east-1".to_owned()]);
    let (rows, coverage) = ask(&nobody, sql).await;
    assert!(rows.is_empty() && !coverage.is_complete());
    let fault = coverage.units.iter().find_map(|unit| unit.fault()).unwrap();
    assert!(fault.message.contains("says whose role reads it"), "{fault}");
}

#[test]
fn a_plan_says_where_logs_are_read_and_confines_its_sessions() {
    let run = Canvass::new().env("CANVASS_BEDROCK_LOGS", "s3://100000000002@logs/bedrock").demo(&[
        "query",
        "--explain",
        "select count(*) from aws_bedrock_invocation where timestamp > now() - interval '1 hour'",
    ]);
    for text in
        ["s3:GetObject arn:aws:s3:::logs/bedrock*", "s3:ListBucket arn:aws:s3:::logs", "s3:ListObjectsV2"]
    {
        assert!(run.stdout.contains(text), "{text} not in\n{}", run.snapshot());
    }
    assert!(!run.stdout.contains("GetModelInvocationLoggingConfiguration"), "{}", run.snapshot());
}

/// 230 MB of records pass through what a few pieces take.
#[cfg(target_os = "linux")]
#[test]
fn memory_for_a_large_file_is_bounded() {
    use std::io::{BufRead as _, BufReader, Write as _};
    const RECORDS: usize = 12_000;
    let logs = tempfile::tempdir().unwrap();
    let folder = logs.path().join(format!("AWSLogs/{ML_PROD}/BedrockModelInvocationLogs/us-east-1/{DAY}/10"));
    std::fs::create_dir_all(&folder).unwrap();
    let file = std::fs::File::create(folder.join("log.json.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let text = "lorem ipsum ".repeat(1_600);
    for number in 0..RECORDS {
        let record = serde_json::json!({
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-11-17T10:00:00Z",
            "accountId": ML_PROD,
            "region": "us-east-1",
            "requestId": format!("r{number}"),
            "input": {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": text}]}]}},
            "output": {},
        });
        writeln!(gzip, "{record}").unwrap();
    }
    gzip.finish().unwrap();
    let canvass = Canvass::new().env("CANVASS_BEDROCK_LOGS", logs.path().to_str().unwrap());
    let mut child = canvass
        .command(&["query", "-o", "ndjson", "select request_id, prompt_text from aws_bedrock_invocation"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The last rows do not fit into the pipe: the program still waits for its reader.
    for _ in 0..RECORDS - 10 {
        assert!(lines.next().unwrap().unwrap().len() > 19_000);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let megabytes = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024;
    assert_eq!(lines.count(), 10);
    assert!(child.wait().unwrap().success());
    assert!(megabytes < 260, "{megabytes} MB at its peak");
}

/// A bucket's log may not lead the reader to other objects.
#[test]
fn a_record_that_points_elsewhere_is_not_followed() {
    let logs = tempfile::tempdir().unwrap();
    let secret = logs.path().join("secret");
    std::fs::create_dir_all(secret.join("data")).unwrap();
    std::fs::write(secret.join("data/x_output.json"), r#"{"stopReason": "leaked"}"#).unwrap();
    write(
        &logs.path().join("logs/one.jsonl"),
        &format!(
            r#"{{"schemaType":"ModelInvocationLog","timestamp":"2026-11-17T10:00:00Z","accountId":"{ML_PROD}","region":"us-east-1","requestId":"r","input":{{}},"output":{{"outputBodyS3Path":"s3://b/AWSLogs/../../secret/data/x_output.json"}}}}"#
        ),
    );
    let canvass = Canvass::new().env("CANVASS_BEDROCK_LOGS", logs.path().join("logs").to_str().unwrap());
    let run =
        canvass.run(&["query", "-o", "json", "select request_id, stop_reason from aws_bedrock_invocation"]);
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(
        !run.stdout.contains("leaked") && run.stdout.contains("not beside the logs"),
        "{}",
        run.snapshot()
    );
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
