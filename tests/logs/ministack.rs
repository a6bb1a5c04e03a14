//! MiniStack, a second emulator, written by others: its Insights knows fields, filter, sort and limit,
//! tells 10,000 rows, and reads `toMillis(@timestamp)`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::support::canvass::Canvass;
use crate::support::venv;

struct Server {
    child: Child,
    endpoint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself once nobody holds its stdin.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn server() -> Option<Server> {
    let python = venv::ministack("MiniStack")?;
    let mut child = python
        .script("ministack_until_stdin_closes.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().unwrap_or_else(|_| panic!("MiniStack did not start: {line}"));
    Some(Server { child, endpoint: format!("http://127.0.0.1:{port}") })
}

#[test]
fn a_second_emulator_tells_every_event_once_behind_its_cap() {
    let Some(server) = server() else { return };
    let python = venv::ministack("MiniStack").unwrap();
    // A day before the frozen clock of the program, an event every three seconds.
    let first: i64 = 1_795_089_600_000;
    let seed = |group: &str, count: &str, step: &str| {
        python.json("seed_ministack_logs.py", &[&server.endpoint, group, &first.to_string(), count, step]);
    };
    seed("/judged/many", "25000", "3000");
    seed("/judged/few", "30", "1500");
    let client = Canvass::new()
        .env("AWS_ENDPOINT_URL", &server.endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1");
    let ask = |columns: &str, group: &str, query: &str, until: &str| {
        let sql = format!(
            "select {columns} from aws_cloudwatch_log_insight where log_group_name = '{group}' and query = $q${query}$q$ \
             and timestamp >= timestamp '2026-11-19 12:00:00Z' and timestamp < timestamp '{until}' and region = 'us-east-1'"
        );
        let run = client.run(&["--pace", "off", "query", "-o", "json", &sql]);
        assert!(run.code == 0, "{sql}\n{}{}", run.stdout, run.stderr);
        run.json()
    };
    let day = "2026-11-20 12:00:00Z";
    let all = ask(
        "count(*) as n, count(distinct ptr) as d, count(distinct message) as m",
        "/judged/many",
        "fields @timestamp, @message",
        day,
    );
    assert_eq!(all["rows"][0], serde_json::json!({"n": 25_000, "d": 25_000, "m": 25_000}), "{all}");
    let errors = ask(
        "count(*) as n",
        "/judged/many",
        "fields @timestamp, @message | filter @message like /ERROR/",
        day,
    );
    assert_eq!(errors["rows"][0]["n"], 8_334);
    // 12:00:00 to 12:00:15, the end left out: 0, 1.5, 3, ... 13.5 seconds.
    let few = ask("count(*) as n", "/judged/few", "fields @timestamp, @message", "2026-11-19 12:00:15Z");
    assert_eq!(few["rows"][0]["n"], 10);
}
