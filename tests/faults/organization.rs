//! An organization that cannot be listed: alone and said so where the account has no part in one, an
//! error everywhere else.

use std::time::Duration;

use super::proxy::{Act, Proxy};
use super::units::{VPCS, json_error};
use super::{canvass, run};

fn organizations(act: Act) -> Proxy {
    Proxy::start(move |asked| if asked.service == "organizations" { act.clone() } else { Act::Pass })
}

const DENIED: &str = "You don't have permissions to access this resource.";

#[test]
fn a_denied_organization_leaves_the_own_account_and_says_so() {
    let proxy = organizations(json_error(400, "AccessDeniedException", DENIED));
    let canvass = canvass(&proxy.endpoint);
    let (json, _) = run(&canvass, &["-o", "json", "query", VPCS.0]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let json = json.json();
    let notes = json["metadata"]["notes"].to_string();
    assert!(notes.contains("only account 100000000001 is asked"), "{notes}");
    assert!(notes.contains(DENIED), "{notes}");

    let (table, _) = run(&canvass, &["query", VPCS.0]);
    assert!(table.stdout.contains("note: only account 100000000001 is asked"), "{}", table.stdout);
    assert!(table.stdout.contains("1/1 account answered"), "{}", table.stdout);

    // Who names an account means it.
    let (named, _) = run(&canvass, &["--account", "payments-prod", "query", VPCS.0]);
    assert_eq!(named.code, 2, "{}", named.stderr);
    assert!(named.stderr.contains("no account matches 'payments-prod'"), "{}", named.stderr);

    let (must, _) = run(&canvass, &["--organization", "organizations", "query", VPCS.0]);
    assert_eq!((must.code, must.stdout.as_str()), (1, ""), "{}", must.stderr);
    assert!(must.stderr.contains("cannot list the accounts of the organization"), "{}", must.stderr);
    assert!(must.stderr.contains("delegated administrator"), "{}", must.stderr);
}

#[test]
fn an_organization_that_does_not_answer_is_no_small_organization() {
    let acts = [
        Act::Hang,
        Act::Reset,
        json_error(400, "TooManyRequestsException", "slow down"),
        Act::Answer { status: 500, kind: "text/html", body: "<html>oops</html>".into() },
        Act::Answer { status: 200, kind: "application/x-amz-json-1.1", body: "{\"Accounts\": [".into() },
    ];
    // Each waits between its attempts: side by side they take as long as one.
    std::thread::scope(|scope| {
        for act in acts {
            scope.spawn(move || {
                let shown = format!("{act:?}");
                let proxy = organizations(act);
                let canvass = canvass(&proxy.endpoint).env("CANVASS_CALL_TIMEOUT", "1s");
                let (run, took) = run(&canvass, &["query", VPCS.0]);
                assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{shown}: {}", run.stderr);
                assert!(run.stderr.contains("cannot list the accounts"), "{shown}: {}", run.stderr);
                assert!(run.stderr.contains("organizations:ListAccounts"), "{shown}: {}", run.stderr);
                assert!(took < Duration::from_secs(40), "{shown}: {took:?}");
            });
        }
    });
}
