//! Ctrl-C in the middle of a query: the service is told to stop it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::canvass::Canvass;
use crate::support::demo_server::DemoServer;

/// How often the server was asked for an operation.
fn asked(client: &Canvass, operation: &str) -> u64 {
    let url = client.variable("AWS_ENDPOINT_URL").unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /__stats HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let stats: serde_json::Value = serde_json::from_str(body).unwrap();
    stats["calls"][operation].as_u64().unwrap_or_default()
}

#[test]
fn ctrl_c_stops_the_query_at_the_service() {
    let server = DemoServer::start("accounts=8,regions=1,latency=300ms");
    let client = server.client();
    let sql = "select count(*) as n from aws_cloudwatch_log_insight where log_group_name = '/ecs/checkout' \
               and query = 'fields @timestamp' and timestamp > now() - interval '1 day' and account_name = 'checkout-prod'";
    let child = client
        .command(&["query", "-o", "json", sql])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while asked(&client, "logs.StartQuery") == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no query was started");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(asked(&client, "logs.StopQuery"), 0);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = client.finished(child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.json()["metadata"]["coverage"]["units"][0]["fault"]["kind"], "cancelled");
    assert_eq!((asked(&client, "logs.StartQuery"), asked(&client, "logs.StopQuery")), (1, 1));
}
