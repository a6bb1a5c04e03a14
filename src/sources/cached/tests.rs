//! Units through the cache, from a reader that counts what it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::catalog::table::{Sensitivity, Table};
use crate::model::{Fault, FaultKind, Json};
use crate::sources::api::ApiSource;
use crate::sources::api::tests::{Ask, fetch_from, table};
use crate::sources::reader::fake::FakeReader;
use crate::store::cache::tests::age;

struct Named(&'static str);

#[async_trait]
impl Whose for Named {
    async fn identity(&self) -> Result<String, String> {
        if self.0.is_empty() { Err("nobody knows".to_owned()) } else { Ok(self.0.to_owned()) }
    }
}

/// One process after the other, in one folder.
struct Runs {
    folder: tempfile::TempDir,
    calls: Arc<AtomicUsize>,
    fails: Option<&'static str>,
}

#[derive(Clone)]
struct Who {
    identity: &'static str,
    place: &'static str,
    reuse: Reuse,
}

impl Default for Who {
    fn default() -> Self {
        Who { identity: "ops", place: "aws", reuse: Reuse::default() }
    }
}

impl Runs {
    fn new() -> Runs {
        Runs { folder: tempfile::tempdir().unwrap(), calls: Arc::default(), fails: None }
    }

    /// The rows, the outcome, the calls it took, and what an operator is told.
    async fn run(&self, who: Who, table: Table, ask: Ask) -> (Vec<String>, UnitOutcome, usize, Vec<String>) {
        let settings = Arc::new(crate::org::tests::settings());
        let (calls, fails) = (Arc::clone(&self.calls), self.fails);
        let before = calls.load(Ordering::SeqCst);
        let reader = FakeReader::new(move |operation, _, _| {
            calls.fetch_add(1, Ordering::SeqCst);
            if fails == Some(operation) {
                return Err(Fault::new(FaultKind::IamDenied, "no"));
            }
            Ok(Json::parse(match operation {
                "iam:ListRoles" => {
                    r#"{"Roles": [{"RoleName": "a", "Path": "/"}, {"RoleName": "b", "Path": "/x/"}]}"#
                }
                "iam:GetRole" => {
                    r#"{"Role": {"RoleName": "a", "Path": "/", "Tags": [{"Key": "k", "Value": "v"}]}}"#
                }
                _ => "{}",
            })
            .unwrap())
        });
        let cache = Arc::new(RowCache::new(&self.folder.path().join("rows"), 64 << 20));
        let rows = Arc::new(KeptRows::new(
            cache,
            who.reuse,
            Arc::new(Named(who.identity)),
            who.place.to_owned(),
            reader.clone(),
            Arc::clone(&settings),
        ));
        let source = CachedSource::new(Arc::new(ApiSource::new(reader, settings)), Arc::clone(&rows));
        let (lines, outcome) = fetch_from(&source, table, ask).await;
        let notes = rows.finish().await;
        (lines, outcome, self.calls.load(Ordering::SeqCst) - before, notes)
    }

    async fn ask(&self, who: Who, columns: &'static [&'static str]) -> (Vec<String>, usize) {
        let (lines, _, calls, notes) = self.run(who, table(), Ask { columns, ..Ask::default() }).await;
        assert_eq!(notes, [""; 0]);
        (lines, calls)
    }
}

#[tokio::test]
async fn what_was_asked_once_is_not_asked_again_nor_is_a_part_of_it() {
    let runs = Runs::new();
    let first = runs.ask(Who::default(), &["name", "region", "path"]).await;
    assert_eq!(first, (vec!["a|global|/".to_owned(), "b|global|/x/".to_owned()], 1));
    let again = runs.run(Who::default(), table(), Ask { columns: &["path", "name"], ..Ask::default() }).await;
    assert_eq!((again.0, again.2), (vec!["/|a".to_owned(), "/x/|b".to_owned()], 0));
    assert_eq!(again.1.rows, 2);
    assert!(again.1.as_of.is_some());
    // Rows counted and not looked at need none of the columns.
    let counted = runs.run(Who::default(), table(), Ask::default()).await;
    assert_eq!((counted.1.rows, counted.2), (2, 0));
    // A column that needs calls is another matter.
    assert_eq!(runs.ask(Who::default(), &["name", "tags"]).await.1, 3);
}

#[tokio::test]
async fn another_identity_place_table_or_predicate_is_asked() {
    let runs = Runs::new();
    assert_eq!(runs.ask(Who::default(), &["name"]).await.1, 1);
    assert_eq!(runs.ask(Who { identity: "dev", ..Who::default() }, &["name"]).await.1, 1);
    assert_eq!(runs.ask(Who { place: "demo", ..Who::default() }, &["name"]).await.1, 1);
    let mut changed = table();
    changed.columns[1].description = "something else".to_owned();
    let asked = |table, ask| runs.run(Who::default(), table, ask);
    let name = || Ask { columns: &["name"], ..Ask::default() };
    assert_eq!(asked(changed, name()).await.2, 1);
    assert_eq!(asked(table(), Ask { quals: &[("path", &["/x/"])], ..name() }).await.2, 1);
    assert_eq!(asked(table(), Ask { quals: &[("path", &["/x/"])], ..name() }).await.2, 0);
    assert_eq!(asked(table(), Ask { quals: &[("path", &["/y/"])], ..name() }).await.2, 1);
    assert_eq!(runs.ask(Who::default(), &["name"]).await.1, 0);
}

#[tokio::test]
async fn rows_without_those_of_some_regions_are_not_all_rows() {
    let runs = Runs::new();
    let all = || Ask { columns: &["name"], ..Ask::default() };
    let without = |left_out| Ask { left_out, ..all() };
    assert_eq!(runs.run(Who::default(), table(), without(&["us-east-1"])).await.2, 1);
    assert_eq!(runs.run(Who::default(), table(), all()).await.2, 1);
    assert_eq!(runs.run(Who::default(), table(), without(&["eu-west-1"])).await.2, 1);
    assert_eq!(runs.run(Who::default(), table(), without(&["us-east-1"])).await.2, 0);
}

#[tokio::test]
async fn what_is_not_whole_is_not_kept() {
    let name = || Ask { columns: &["name"], ..Ask::default() };
    let twice = async |runs: &Runs, ask: fn() -> Ask| {
        runs.run(Who::default(), table(), ask()).await;
        runs.run(Who::default(), table(), ask()).await.2
    };
    let limited = || Ask { columns: &["name"], limit: Some(1), ..Ask::default() };
    assert_eq!(twice(&Runs::new(), limited).await, 1, "a LIMIT");
    let stopped = || Ask { columns: &["name"], stop_after: Some(1), ..Ask::default() };
    assert_eq!(twice(&Runs::new(), stopped).await, 1, "a consumer that went away");
    let failing = Runs { fails: Some("iam:ListRoles"), ..Runs::new() };
    assert_eq!(twice(&failing, || Ask { columns: &["name"], ..Ask::default() }).await, 1, "a fault");
    let unknown = Runs { fails: Some("iam:GetRole"), ..Runs::new() };
    assert!(
        twice(&unknown, || Ask { columns: &["name", "tags"], ..Ask::default() }).await > 0,
        "unknown columns"
    );
    // What is whole serves a LIMIT too.
    let runs = Runs::new();
    runs.run(Who::default(), table(), name()).await;
    assert_eq!(runs.run(Who::default(), table(), limited()).await.2, 0);
}

#[tokio::test]
async fn sensitive_columns_reach_no_disk_and_the_others_do() {
    let secret = || {
        let mut table = table();
        table.columns[1].sensitivity = Sensitivity::Sensitive;
        table
    };
    let runs = Runs::new();
    let both = || Ask { columns: &["name", "path"], ..Ask::default() };
    assert_eq!(runs.run(Who::default(), secret(), both()).await.2, 1);
    assert_eq!(runs.run(Who::default(), secret(), both()).await.2, 1);
    let name = Ask { columns: &["name"], ..Ask::default() };
    assert_eq!(runs.run(Who::default(), secret(), name).await.2, 0);
    let by_secret = || Ask { columns: &["name"], quals: &[("path", &["/x/"])], ..Ask::default() };
    assert_eq!(runs.run(Who::default(), secret(), by_secret()).await.2, 1);
    assert_eq!(runs.run(Who::default(), secret(), by_secret()).await.2, 1);
    for file in std::fs::read_dir(runs.folder.path().join("rows")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(3).any(|window| window == b"/x/"));
    }
}

#[tokio::test]
async fn fresh_asks_and_keeps_anew_and_cached_asks_nobody() {
    let runs = Runs::new();
    let fresh = || Who { reuse: Reuse::Never, ..Who::default() };
    let only = || Who { reuse: Reuse::Only, ..Who::default() };
    let name = || Ask { columns: &["name"], ..Ask::default() };
    let (_, outcome, calls, _) = runs.run(only(), table(), name()).await;
    assert_eq!((outcome.not_asked, calls), (Some(NotAsked::NotCached), 0));
    assert_eq!(runs.ask(fresh(), &["name"]).await.1, 1);
    assert_eq!(runs.ask(fresh(), &["name"]).await.1, 1);
    assert_eq!(runs.ask(only(), &["name"]).await, (vec!["a".to_owned(), "b".to_owned()], 0));
}

#[tokio::test]
async fn old_rows_are_asked_again_unless_any_age_will_do() {
    let runs = Runs::new();
    let short_lived = || {
        let mut table = table();
        table.freshness = crate::catalog::table::Freshness::RealTime;
        table
    };
    let name = || Ask { columns: &["name"], ..Ask::default() };
    runs.run(Who::default(), short_lived(), name()).await;
    // Half an hour passes.
    let pass = |seconds: i64| age(&runs.folder.path().join("rows"), chrono::TimeDelta::seconds(seconds));
    pass(30 * 60);
    assert_eq!(runs.run(Who { reuse: Reuse::Only, ..Who::default() }, short_lived(), name()).await.2, 0);
    let key = |account: &str| UnitKey {
        account_id: account.parse().unwrap(),
        region: crate::model::Region::global(),
        table: "aws_test_role".into(),
    };
    let hour_ago = chrono::Utc::now() - chrono::TimeDelta::hours(1);
    let retry = |since, failed: &str| {
        let last = LastUnits { since, unanswered: [key(failed)].into() };
        Who { reuse: Reuse::Retry(Arc::new(last)), ..Who::default() }
    };
    assert_eq!(runs.run(retry(hour_ago, "100000000009"), short_lived(), name()).await.2, 0, "answered then");
    assert_eq!(
        runs.run(retry(chrono::Utc::now(), "100000000009"), short_lived(), name()).await.2,
        1,
        "older than that"
    );
    assert_eq!(runs.run(retry(hour_ago, "100000000006"), short_lived(), name()).await.2, 1, "failed then");
    pass(30 * 60);
    assert_eq!(runs.run(Who::default(), short_lived(), name()).await.2, 1, "too old");
    pass(-7200);
    assert_eq!(runs.run(Who::default(), short_lived(), name()).await.2, 1, "from the future");
}

#[tokio::test]
async fn where_nobody_can_tell_whose_rows_they_are_none_are_kept() {
    let runs = Runs::new();
    for _ in 0..2 {
        let who = Who { identity: "", ..Who::default() };
        let (lines, _, calls, notes) =
            runs.run(who, table(), Ask { columns: &["name"], ..Ask::default() }).await;
        assert_eq!((lines.len(), calls), (2, 1));
        assert_eq!(notes, ["no rows are kept: nobody can tell whose they are: nobody knows"]);
    }
    assert!(!runs.folder.path().join("rows").exists());
}
