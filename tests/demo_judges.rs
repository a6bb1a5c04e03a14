//! boto3 and the AWS CLI as clients of the demo served over TCP.

use std::sync::Arc;

use canvass::catalog::Catalog;
use canvass::demo::{self, Knobs, World};

use crate::support::venv;

/// Runs a judge against a world of its own and shows what it said where it found fault.
fn judged(script: &str, knobs: &str) {
    let Some(python) = venv::python("boto3 on the demo") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let knobs: Knobs = knobs.parse().unwrap();
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let world = Arc::new(World::new(&knobs, chrono::Utc::now(), catalog).unwrap());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = runtime.spawn(demo::serve(world, listener, async {
        let _ = stopped.await;
    }));
    let keys = demo::base_credentials();
    let output = python
        .script(script)
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("AWS_ACCESS_KEY_ID", keys.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
        .env("DEMO_MFA_CODE", demo::mfa_code())
        .env("DEMO_PORTAL_TOKEN", demo::portal_access_token())
        .output()
        .unwrap();
    let _ = stop.send(());
    runtime.block_on(serving).unwrap().unwrap();
    assert!(
        output.status.success(),
        "{script}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn boto3_is_let_in_and_kept_out_as_by_aws() {
    judged("demo_identity.py", "");
}

#[test]
fn boto3_and_the_aws_cli_understand_every_answer() {
    judged("demo_resources.py", "");
}

#[test]
fn boto3_reads_metrics_and_what_happened() {
    judged("demo_audit.py", "");
}

#[test]
fn boto3_reads_logs_and_traces_and_queries_them() {
    judged("demo_logs.py", "");
}

#[test]
fn boto3_pages_and_retries_through_a_slow_and_throttling_demo() {
    judged(
        "demo_adversity.py",
        "accounts=30,page_size=2,throttle=0.2,latency=1ms,external_id=only-us,seed=5",
    );
}
