//! What `--selftest` found, as counts.
//!
//! Nothing of the operator's can get in: a report has no field that takes a text of theirs. Names are
//! those of our own catalog, kinds are ours, operations are in the catalog, and an error code is written
//! only where it looks like one of AWS's.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::catalog::table::{ColumnType, Table};
use crate::model::{Coverage, Fault, FaultKind};

#[derive(Debug, Serialize)]
pub struct Report {
    pub schema_version: u32,
    pub canvass: &'static str,
    pub models: &'static str,
    pub catalog: String,
    pub partition: &'static str,
    pub accounts: usize,
    pub regions: usize,
    pub row_limit: usize,
    pub tables: Vec<TableReport>,
}

#[derive(Debug, Default, Serialize)]
pub struct TableReport {
    /// Of the built-in catalog.
    pub table: String,
    pub outcome: TableOutcome,
    /// Columns that a statement must give a value for, where that is why it was not asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    pub rows: u64,
    pub units: BTreeMap<&'static str, u64>,
    pub calls: u64,
    pub bytes: u64,
    pub ms: u64,
    /// Of tables that had rows.
    pub always_null: Vec<String>,
    /// Values of another type than the column's.
    pub not_converted: Vec<ColumnGap>,
    /// Values whose detail call failed.
    pub unknown: Vec<UnknownGap>,
    pub faults: Vec<FaultCount>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableOutcome {
    #[default]
    Asked,
    NeedsKeyColumns,
    /// The statement itself failed: a defect of ours.
    Failed,
    TimedOut,
}

#[derive(Debug, Serialize)]
pub struct ColumnGap {
    pub column: String,
    pub column_type: &'static str,
    pub rows: u64,
}

#[derive(Debug, Serialize)]
pub struct UnknownGap {
    pub column: String,
    pub rows: u64,
    #[serde(flatten)]
    pub why: Why,
}

#[derive(Debug, Serialize)]
pub struct FaultCount {
    pub units: u64,
    #[serde(flatten)]
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Why {
    pub kind: &'static str,
    pub operation: Option<String>,
    pub code: Option<String>,
}

impl Why {
    fn of(fault: &Fault, catalog: &Catalog) -> Self {
        let known = |id: &String| catalog.operation(id).is_some() || OURS.contains(&id.as_str());
        Self {
            kind: fault.kind.as_str(),
            operation: fault.operation.clone().filter(known),
            code: fault.code.as_deref().map(|code| if is_code(code) { code } else { "(other)" }.to_owned()),
        }
    }
}

/// Asked through typed clients.
const OURS: [&str; 3] = ["sts:AssumeRole", "sts:GetCallerIdentity", "sso:GetRoleCredentials"];

/// `InvalidVpcID.NotFound`: letters and dots. Ids, names and ARNs have digits, dashes or colons.
fn is_code(text: &str) -> bool {
    (3..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.')
}

impl TableReport {
    /// What the ledger says, reduced to counts.
    pub fn account(&mut self, coverage: &Coverage, table: &Table, catalog: &Catalog) {
        let column_of =
            |name: &str| table.column(name).map(|column| (column.name.clone(), type_name(column.kind)));
        let mut faults: BTreeMap<Why, u64> = BTreeMap::new();
        let mut unknown: BTreeMap<(String, Why), u64> = BTreeMap::new();
        let mut misfits: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
        for unit in &coverage.units {
            *self.units.entry(unit.status.as_str()).or_default() += 1;
            (self.calls, self.bytes) = (self.calls + unit.calls, self.bytes + unit.bytes);
            if let Some(fault) = unit.fault() {
                *faults.entry(Why::of(fault, catalog)).or_default() += 1;
            }
            for gap in &unit.unknown {
                for (column, kind) in gap.columns.iter().filter_map(|name| column_of(name)) {
                    // A value of the wrong type comes from no call of its own.
                    if gap.fault.kind == FaultKind::BadResponse && gap.fault.operation.is_none() {
                        *misfits.entry((column, kind)).or_default() += gap.rows;
                    } else {
                        *unknown.entry((column, Why::of(&gap.fault, catalog))).or_default() += gap.rows;
                    }
                }
            }
        }
        self.faults = faults.into_iter().map(|(why, units)| FaultCount { units, why }).collect();
        self.unknown =
            unknown.into_iter().map(|((column, why), rows)| UnknownGap { column, rows, why }).collect();
        self.not_converted = misfits
            .into_iter()
            .map(|((column, column_type), rows)| ColumnGap { column, column_type, rows })
            .collect();
    }

    /// Whether something is wrong with us, not with what we may see.
    pub fn is_amiss(&self) -> bool {
        let ours = [FaultKind::BadResponse.as_str(), FaultKind::Rejected.as_str()];
        matches!(self.outcome, TableOutcome::Failed | TableOutcome::TimedOut)
            || !self.not_converted.is_empty()
            || self.faults.iter().any(|fault| ours.contains(&fault.why.kind))
            || self.unknown.iter().any(|gap| ours.contains(&gap.why.kind))
    }
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Int => "bigint",
        ColumnType::Double => "double precision",
        ColumnType::Numeric => "numeric",
        ColumnType::Bool => "boolean",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Json => "jsonb",
        ColumnType::Inet => "inet",
        ColumnType::Cidr => "cidr",
        ColumnType::Ltree => "ltree",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_code_of_awss_is_written() {
        for code in ["AccessDenied", "InvalidVpcID.NotFound", "UnauthorizedOperation"] {
            assert!(is_code(code), "{code}");
        }
        for text in ["", "x", "123456789012", "arn:aws:iam", "payments-prod", "Bucket42", "my.bucket"] {
            assert!(!is_code(text), "{text}");
        }
        let catalog = Catalog::builtin().unwrap();
        let fault = Fault::new(FaultKind::Rejected, "no bucket payments in 123456789012")
            .with_code("acme-prod-bucket")
            .in_operation("secret:Operation");
        let why = Why::of(&fault, &catalog);
        assert_eq!((why.kind, why.operation, why.code.as_deref()), ("rejected", None, Some("(other)")));
    }
}
