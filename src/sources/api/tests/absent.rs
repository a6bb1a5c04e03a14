//! Services that are off, and reports that have to be made before they are read.

use super::chains::chained_table;
use super::{Ask, call, column, empty_table, fetch, row_path};
use crate::catalog::table::*;
use crate::model::{Fault, FaultKind, Json};
use crate::sources::reader::fake::FakeReader;

fn switched() -> Table {
    let mut table = chained_table();
    table.list[1].off = Some("there is no cluster here".into());
    table
}

#[tokio::test]
async fn where_nothing_leads_to_a_call_the_service_is_off_and_not_empty() {
    let none = ("ecs:ListClusters", r#"{"ClusterArns": []}"#);
    let ask = || Ask { columns: &["task"], ..Ask::default() };
    let (rows, outcome, _) = fetch(switched(), FakeReader::fixed(&[none]), ask()).await;
    let fault = outcome.fault.unwrap();
    assert!(rows.is_empty() && fault.kind.leaves_answer_complete());
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::NotEnabled, "there is no cluster here"));
    // On, and empty.
    let one = ("ecs:ListClusters", r#"{"ClusterArns": ["a"]}"#);
    let tasks = ("ecs:ListTasks", r#"{"TaskArns": []}"#);
    let (rows, outcome, _) = fetch(switched(), FakeReader::fixed(&[one, tasks]), ask()).await;
    assert!(rows.is_empty() && outcome.fault.is_none());
    // Nobody can say.
    let reader = FakeReader::new(|_, _, _| Err(Fault::new(FaultKind::IamDenied, "no")));
    let (_, outcome, _) = fetch(switched(), reader, ask()).await;
    assert_eq!(outcome.fault.unwrap().kind, FaultKind::IamDenied);
}

fn report() -> Table {
    let mut read = call("iam:GetCredentialReport", &[], "Content", &[]);
    read.csv = true;
    read.made_by = Some(MadeBy {
        operation: "iam:GenerateCredentialReport".into(),
        when: vec!["ReportNotPresent".into(), "ReportExpired".into()],
        until: ("State".into(), "COMPLETE".into()),
    });
    Table {
        scope: TableScope::Global,
        list: vec![read],
        columns: vec![column("user", ColumnType::Text, row_path("user"))],
        ..empty_table("aws_test_report")
    }
}

/// IAM, after so many looks.
fn iam(code: &'static str, looks: usize) -> std::sync::Arc<FakeReader> {
    let looked = std::sync::atomic::AtomicUsize::new(0);
    FakeReader::new(move |operation, _, _| {
        let so_far = looked.load(std::sync::atomic::Ordering::Relaxed);
        if operation == "iam:GenerateCredentialReport" {
            looked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let state = if so_far + 1 >= looks { "COMPLETE" } else { "INPROGRESS" };
            return Ok(Json::object([("State", Json::string(state))]));
        }
        match so_far >= looks {
            true => Ok(Json::object([("Content", Json::string("dXNlcgpqc21pdGg="))])),
            false => Err(Fault::new(FaultKind::Rejected, "none").with_code(code)),
        }
    })
}

#[tokio::test]
async fn a_report_that_is_missing_or_old_is_made_and_waited_for() {
    for code in ["ReportNotPresent", "ReportExpired"] {
        let (rows, outcome, asked) =
            fetch(report(), iam(code, 3), Ask { columns: &["user"], ..Ask::default() }).await;
        assert_eq!((rows, outcome.fault), (vec!["jsmith".to_owned()], None));
        let names: Vec<&str> = asked.iter().map(|call| call.split(' ').next().unwrap()).collect();
        let (get, make) = ("iam:GetCredentialReport", "iam:GenerateCredentialReport");
        assert_eq!(names, [get, make, make, make, get]);
    }
}

#[tokio::test]
async fn a_report_that_is_never_ready_is_not_waited_for_forever() {
    let ask = Ask { columns: &["user"], ..Ask::default() };
    let (rows, outcome, asked) = fetch(report(), iam("ReportNotPresent", usize::MAX), ask).await;
    assert!(rows.is_empty() && asked.len() < 50);
    assert_eq!(outcome.fault.unwrap().kind, FaultKind::Timeout);
    // A report that may not be read is not made.
    let denied = iam("AccessDenied", 1);
    let (_, outcome, asked) = fetch(report(), denied, Ask { columns: &["user"], ..Ask::default() }).await;
    assert_eq!((outcome.fault.unwrap().code.as_deref(), asked.len()), (Some("AccessDenied"), 1));
}
