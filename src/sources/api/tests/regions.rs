//! Rows of regions that nobody asked for cost no details.

use super::{Ask, call, column, detail_path, empty_table, fetch, row_path};
use crate::catalog::table::*;
use crate::model::Json;
use crate::sources::reader::fake::FakeReader;

/// Buckets of which some say their region and others have to be asked.
fn buckets() -> Table {
    let by_name = |operation: &str| call(operation, &[("Bucket", ParamSource::Row("Name".into()))], "@", &[]);
    let detail = |id: &str, operation: &str, unless: Option<&str>| Detail {
        id: id.into(),
        calls: vec![by_name(operation)],
        unless: unless.map(Into::into),
        region: None,
    };
    let region = Value::Computed {
        function: "s3_bucket_region".into(),
        origin: Origin::Detail("location".into()),
        path: "@".into(),
    };
    Table {
        scope: TableScope::Global,
        row_region: RowRegion::Row,
        list: vec![call("s3:ListBuckets", &[], "Buckets[]", &[])],
        details: vec![
            detail("location", "s3:GetBucketLocation", Some("BucketRegion")),
            detail("versioning", "s3:GetBucketVersioning", None),
        ],
        columns: vec![
            column("name", ColumnType::Text, row_path("Name")),
            column("region", ColumnType::Text, region),
            column("versioning", ColumnType::Text, detail_path("versioning", "Status")),
        ],
        ..empty_table("aws_test_bucket")
    }
}

async fn asked(ask: Ask) -> (Vec<String>, Vec<String>) {
    let reader = FakeReader::new(|operation, _, input| {
        let name = input.get("Bucket").and_then(Json::as_str).unwrap_or_default();
        Ok(Json::parse(match (operation, name) {
            ("s3:ListBuckets", _) => {
                r#"{"Buckets": [{"Name": "a", "BucketRegion": "eu-west-1"}, {"Name": "b", "BucketRegion": "us-east-1"},
                    {"Name": "c"}, {"Name": "d"}, {"Name": "e", "BucketRegion": "mars-north-1"}]}"#
            }
            ("s3:GetBucketLocation", "c") => r#"{"LocationConstraint": "eu-west-1"}"#,
            ("s3:GetBucketLocation", _) => "{}",
            _ => r#"{"Status": "Enabled"}"#,
        })
        .unwrap())
    });
    let (rows, _, asked) = fetch(buckets(), reader, ask).await;
    let short = |call: &String| {
        let mut parts = call.splitn(3, ' ');
        let operation = parts.next().unwrap_or_default().trim_start_matches("s3:").to_owned();
        let input = Json::parse(parts.nth(1).unwrap_or("{}")).unwrap();
        format!("{operation} {}", input.get("Bucket").and_then(Json::as_str).unwrap_or_default())
    };
    let mut asked: Vec<String> = asked.iter().map(short).collect();
    asked.sort();
    (rows, asked)
}

#[tokio::test]
async fn only_buckets_of_wanted_regions_are_asked_for_details() {
    let columns = &["name", "versioning"];
    let (rows, calls) = asked(Ask { columns, left_out: &["us-east-1"], ..Ask::default() }).await;
    // What is in a region that nobody knows of is not left out.
    assert_eq!(rows, ["a|Enabled", "c|Enabled", "e|Enabled"]);
    assert_eq!(
        calls,
        [
            "GetBucketLocation c",
            "GetBucketLocation d",
            "GetBucketVersioning a",
            "GetBucketVersioning c",
            "GetBucketVersioning e",
            "ListBuckets ",
        ]
    );
    let (rows, calls) = asked(Ask { columns, ..Ask::default() }).await;
    assert_eq!((rows.len(), calls.len()), (5, 6), "without such a wish nobody asks where they are");
}

#[tokio::test]
async fn a_bucket_is_located_once_though_its_region_is_shown_too() {
    let ask = Ask { columns: &["name", "region", "versioning"], left_out: &["us-east-1"], ..Ask::default() };
    let (rows, calls) = asked(ask).await;
    assert_eq!(rows[1], "c|eu-west-1|Enabled");
    assert_eq!(calls.iter().filter(|call| call.starts_with("GetBucketLocation")).count(), 2);
}

#[tokio::test]
async fn a_limit_counts_the_rows_that_are_wanted() {
    let ask =
        Ask { columns: &["name", "versioning"], left_out: &["eu-west-1"], limit: Some(2), ..Ask::default() };
    let (rows, _) = asked(ask).await;
    assert_eq!(rows, ["b|Enabled", "d|Enabled"]);
}
