//! A statement asked again and again, against an AWS that changes meanwhile.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support::canvass::Canvass;
use crate::support::moto::Moto;

/// A call of SQS by hand: the product only reads.
fn sqs(moto: &Moto, operation: &str, body: &str) {
    let address = moto.endpoint();
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let scope = "Credential=testing/20260101/us-east-1/sqs/aws4_request";
    let request = format!(
        "POST / HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: AmazonSQS.{operation}\r\n\
         Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.") && answer.contains(" 200 "), "{operation}: {answer}");
}

/// Ends with the test, however that goes.
struct Watching(Child, Receiver<Value>);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Watching {
    fn begin(canvass: &Canvass, moto: &Moto, sql: &str) -> Watching {
        let endpoint = moto.endpoint();
        let flags = ["--organization", "current", "--region", "us-east-1", "--max-age", "1s"];
        let query = ["query", "--watch", "1s", "-o", "ndjson", sql];
        let mut child = canvass
            .command(&[&flags[..], &query[..]].concat())
            .env_remove("CANVASS_NOW")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_REGION", "us-east-1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if tell.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Watching(child, told)
    }

    /// The next line: what changed, and the row.
    fn next(&self) -> (String, Value) {
        let line = self.1.recv_timeout(Duration::from_secs(60)).unwrap();
        (line["change"].as_str().unwrap().to_owned(), line)
    }
}

#[test]
fn what_is_made_changed_and_deleted_is_told_once_each() {
    let Some(moto) = Moto::own("what changes under a watch") else { return };
    sqs(&moto, "CreateQueue", r#"{"QueueName": "old"}"#);
    let canvass = Canvass::new();
    let sql = "select queue_url, visibility_timeout_seconds as timeout from aws_sqs_queue";
    let watching = Watching::begin(&canvass, &moto, sql);
    let (change, line) = watching.next();
    assert_eq!(change, "initial", "{line}");
    let url = line["row"]["queue_url"].as_str().unwrap();
    sqs(&moto, "CreateQueue", r#"{"QueueName": "new"}"#);
    let (change, line) = watching.next();
    assert_eq!((change.as_str(), &line["row"]["timeout"]), ("added", &Value::from("30")), "{line}");
    let body = format!(r#"{{"QueueUrl": "{url}", "Attributes": {{"VisibilityTimeout": "77"}}}}"#);
    sqs(&moto, "SetQueueAttributes", &body);
    let (change, line) = watching.next();
    assert_eq!(change, "changed", "{line}");
    assert_eq!((&line["before"]["timeout"], &line["row"]["timeout"]), (&"30".into(), &"77".into()));
    sqs(&moto, "DeleteQueue", &format!(r#"{{"QueueUrl": "{url}"}}"#));
    let (change, line) = watching.next();
    assert_eq!((change.as_str(), line["row"]["queue_url"].as_str()), ("removed", Some(url)), "{line}");
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let canvass = Canvass::new();
    let refused = |arguments: &[&str]| canvass.demo(arguments);
    let run = refused(&["query", "--watch", "soon", "select 1"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("'soon' is no time between looks"), "{}", run.stderr);
    let run = refused(&["query", "--watch", "5s", "-o", "csv", "select 1"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let run = refused(&["query", "--watch", "5s", "select nonsense"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}
