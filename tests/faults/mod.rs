//! What the program makes of an AWS that misbehaves: what answered is there, what did not is named, and
//! nothing hangs.
//!
//! The whole program runs, through a proxy with bad manners, against the demo over TCP.

mod access;
mod clock;
mod credentials;
mod kept;
mod organization;
pub mod proxy;
mod recovery;
mod standstill;
mod units;

use std::collections::HashMap;
use std::fs::File;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use canvass::demo;
use parking_lot::Mutex;
use serde_json::Value;

use self::proxy::{Act, Proxy};
use crate::support::canvass::{Canvass, Run};

/// Longer than any of these runs may take on a busy machine; a hang is not waited out.
const DEADLINE: Duration = Duration::from_secs(60);

/// Three accounts and two regions: six units.
const SCOPE: [&str; 10] = [
    "--account",
    "payments-prod",
    "--account",
    "payments-staging",
    "--account",
    "web-prod",
    "--region",
    "us-east-1",
    "--region",
    "eu-west-1",
];
/// The account that is in trouble.
const PAYMENTS: &str = "100000000006";
const PAYMENTS_NAME: &str = "payments-prod";

/// The program with the demo's keys, sent to `endpoint`, and little patience.
pub fn canvass(endpoint: &str) -> Canvass {
    let keys = demo::base_credentials();
    Canvass::new()
        .live()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", keys.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
        .env("CANVASS_CALL_TIMEOUT", "2s")
        .env("CANVASS_CONNECT_TIMEOUT", "2s")
        .env("CANVASS_MAX_ATTEMPTS", "3")
}

/// Runs it, and ends it where it does not end by itself.
pub fn run(canvass: &Canvass, arguments: &[&str]) -> (Run, Duration) {
    let (out, err) = (canvass.path().join("stdout"), canvass.path().join("stderr"));
    let begun = Instant::now();
    let mut child = canvass
        .command(arguments)
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > DEADLINE {
            let _ = child.kill();
            let said = std::fs::read_to_string(&err).unwrap_or_default();
            panic!("{arguments:?} does not end: {said}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let run = Run {
        code: status.code().unwrap_or(-1),
        stdout: std::fs::read_to_string(out).unwrap(),
        stderr: std::fs::read_to_string(err).unwrap(),
    };
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    (run, begun.elapsed())
}

/// A statement asked of the six units, as JSON.
fn ask(canvass: &Canvass, sql: &str) -> (Answer, Duration) {
    let (run, took) = run(canvass, &[&SCOPE[..], &["-o", "json", "query", sql]].concat());
    (Answer { code: run.code, json: run.json() }, took)
}

#[derive(Clone, Debug)]
struct Answer {
    code: i32,
    json: Value,
}

impl Answer {
    fn rows(&self) -> Vec<Value> {
        self.json["rows"].as_array().unwrap().clone()
    }

    /// Those of one unit, or all others.
    fn rows_of(&self, region: &str, is: bool) -> Vec<Value> {
        let of = |row: &Value| row["account_name"] == PAYMENTS_NAME && row["region"] == region;
        self.rows().into_iter().filter(|row| of(row) == is).collect()
    }

    fn is_complete(&self) -> bool {
        self.json["metadata"]["coverage"]["complete"] == true
    }

    /// The units that did not plainly answer.
    fn units(&self) -> Vec<Value> {
        self.json["metadata"]["coverage"]["units"].as_array().unwrap().clone()
    }

    /// `payments-prod us-east-1`, sorted.
    fn named(&self) -> Vec<String> {
        let name = |unit: &Value| {
            format!("{} {}", unit["account_name"].as_str().unwrap(), unit["region"].as_str().unwrap())
        };
        let mut names: Vec<_> = self.units().iter().map(name).collect();
        names.sort();
        names
    }

    fn notes(&self) -> String {
        self.json["metadata"]["notes"].to_string()
    }
}

/// What the statement answers where nothing fails.
fn clean(sql: &str) -> Answer {
    static CLEAN: LazyLock<Mutex<HashMap<String, Answer>>> = LazyLock::new(Mutex::default);
    if let Some(answer) = CLEAN.lock().get(sql) {
        return answer.clone();
    }
    let proxy = Proxy::start(|_| Act::Pass);
    let (answer, _) = ask(&canvass(&proxy.endpoint), sql);
    assert!(answer.code == 0 && answer.is_complete() && answer.units().is_empty(), "{answer:?}");
    assert!(!answer.rows_of("us-east-1", true).is_empty(), "nothing can be lost: {answer:?}");
    assert!(!answer.rows_of("us-east-1", false).is_empty(), "nothing can be kept: {answer:?}");
    CLEAN.lock().insert(sql.to_owned(), answer.clone());
    answer
}
