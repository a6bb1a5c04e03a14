//! Tables of what canvass itself keeps. Nobody is asked for them, so they have no call and no file.

use std::sync::{Arc, LazyLock};

use crate::catalog::table::{
    Column, ColumnType, Example, Freshness, Origin, RowRegion, Sensitivity, SourceKind, Table, TableScope,
    Value,
};

/// The ledger of the last answer.
pub const COVERAGE: &str = "_coverage";

/// Sorted.
pub const NAMES: [&str; 1] = [COVERAGE];

static TABLES: LazyLock<[Arc<Table>; 1]> = LazyLock::new(|| [Arc::new(coverage())]);

pub fn table(name: &str) -> Option<Arc<Table>> {
    TABLES.iter().find(|table| table.name == name).cloned()
}

pub fn tables() -> impl Iterator<Item = &'static Arc<Table>> {
    TABLES.iter()
}

fn coverage() -> Table {
    use ColumnType::{Int, Json, Text, Timestamp};
    let columns = [
        ("table_name", Text, "the table that the unit was asked for"),
        ("account_id", Text, "the account of the unit"),
        ("account_name", Text, "the account's name in the organization"),
        ("ou_path", Text, "the organizational units above the account, where known"),
        ("region", Text, "the region of the unit, or global"),
        ("status", Text, "answered, empty, truncated, failed or not_asked"),
        ("reason", Text, "why it was not asked: limit, not_cached, not_needed or not_logged"),
        ("fault", Text, "the kind of failure: assume_denied, scp_denied, throttled ..."),
        ("operation", Text, "the operation that failed, such as ec2:DescribeInstances"),
        ("code", Text, "the error code that the service gave"),
        ("message", Text, "the failure in the words of whoever reported it"),
        ("unknown_columns", Json, "columns whose values are unknown in some rows, with the fault"),
        ("known_gap", Text, "the reason of the known gap that covers what is missing"),
        ("known_gap_expires", Text, "the last day of that known gap"),
        ("calls", Int, "attempts of calls made"),
        ("rows", Int, "rows that arrived"),
        ("bytes", Int, "bytes of the answers"),
        ("duration_ms", Int, "milliseconds from the first call to the end"),
        ("source", Text, "which source was asked: api, config, organizations"),
        ("because", Text, "why it was asked live, where AWS Config answered for others"),
        ("as_of", Timestamp, "where the rows were kept from an earlier run: when they were true"),
        ("plan_id", Text, "the plan of the statement"),
        ("statement", Text, "the statement"),
        ("started_at", Timestamp, "when the statement was started"),
    ];
    let column = |(name, kind, about): (&str, ColumnType, &str)| Column {
        name: name.to_owned(),
        kind,
        description: about.to_owned(),
        value: Value::Path { origin: Origin::Row, path: name.to_owned() },
        transforms: Vec::new(),
        fallback: None,
        default: None,
        sensitivity: Sensitivity::Plain,
    };
    let example = |question: &str, sql: &str| Example { question: question.to_owned(), sql: sql.to_owned() };
    Table {
        name: COVERAGE.to_owned(),
        description: "the ledger of the last answer: how every account and region that it asked ended"
            .to_owned(),
        synonyms: ["coverage", "ledger", "failures", "what failed", "last answer"].map(str::to_owned).into(),
        service: "canvass".to_owned(),
        source: SourceKind::Kept,
        scope: TableScope::Local,
        row_region: RowRegion::Row,
        freshness: Freshness::RealTime,
        tier: 1,
        config_type: None,
        recorded: None,
        cloudformation_type: None,
        unavailable: None,
        list: Vec::new(),
        get: Vec::new(),
        details: Vec::new(),
        key_columns: Vec::new(),
        columns: columns.map(column).into(),
        examples: vec![
            example(
                "what did the last answer leave out, and why?",
                "select account_name, region, fault, operation, message from _coverage where fault is not null",
            ),
            example(
                "which units of the last answer took longest?",
                "select account_name, region, table_name, calls, duration_ms from _coverage order by duration_ms desc limit 10",
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kept_table_says_what_it_is() {
        assert_eq!(tables().map(|t| t.name.as_str()).collect::<Vec<_>>(), NAMES);
        for table in tables() {
            assert!(!table.description.is_empty() && table.examples.len() >= 2);
            for column in &table.columns {
                assert!((1..=100).contains(&column.description.len()), "{}", column.name);
            }
        }
    }
}
