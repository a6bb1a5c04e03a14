//! What is about to run, and what it will cost. Types only.
//!
//! A [`Plan`] can hold nothing but one SELECT: the engine's validator is the only one that makes it.

use std::collections::BTreeSet;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::{Spend, Usd};

/// One SELECT, checked, with what it will ask for.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The statement as it was given.
    pub sql: String,
    pub scans: Vec<PlannedScan>,
    /// Every IAM action the run may use; the session policy holds exactly these.
    pub actions: BTreeSet<String>,
    pub estimate: Estimate,
    /// The operators above the scans, one line each, indented.
    pub operators: Vec<String>,
    /// Sensitive columns that a `*` did not ask for, as `table.column`; naming them does.
    pub left_out_of_star: Vec<String>,
}

/// One table of the plan and what reaches it.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedScan {
    pub table: String,
    pub source: String,
    /// Where the rows would come from and why, where several sources know the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    pub columns: Vec<String>,
    /// Operations per unit, in order; a detail call's line says which columns need it.
    pub calls: Vec<PlannedCall>,
    /// Predicates that decide which units are asked.
    pub unit_predicates: Vec<String>,
    /// Predicates that travel to the service.
    pub pushed: Vec<String>,
    /// Columns whose values a join supplies, and from where: `bucket_name from aws_s3_bucket.name`. Which
    /// units are asked, and how often, is known once that side is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Predicates applied to the rows after they arrive.
    pub filters: Vec<String>,
    pub limit: Option<usize>,
    pub accounts: usize,
    pub regions: usize,
    pub units: usize,
    /// Regions of some account were not known yet: its units are counted as if every region were on.
    pub units_are_estimated: bool,
    /// Of the units, those that rows of earlier runs answer; absent where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_units: Option<usize>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PlannedCall {
    pub operation: String,
    /// Empty for the call that lists rows.
    pub for_columns: Vec<String>,
    /// Made once per row, not once per unit.
    pub per_row: bool,
    /// Of so many rows a single call is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_call: Option<usize>,
    /// Made once for each value of the keys that a join supplies.
    pub per_key: bool,
    /// Made only for rows that do not say by themselves what it tells.
    #[serde(skip)]
    pub rarely: bool,
    /// How often, over all units that are asked; absent where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
}

/// What a run will cost, before it runs: by what earlier runs saw of the same tables.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Estimate {
    pub units: usize,
    /// Calls by operation, and what is billed by something else.
    #[serde(flatten)]
    pub spend: Spend,
    pub total_calls: u64,
    /// Of these calls; sessions of earlier runs cost none.
    pub assume_role_calls: u64,
    /// At the list prices of `prices_as_of`.
    pub usd: Usd,
    pub prices_as_of: &'static str,
    /// Management events that the calls leave in the CloudTrail of those who are asked.
    pub api_events: u64,
    /// At the pace that quotas are used at.
    pub seconds: f64,
    /// Some scans ask only the units that a join leads to, once for each of its values.
    pub units_are_at_most: bool,
    /// Tables whose rows cost calls and were never seen: how many there are is a guess.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guessed: Vec<String>,
}

/// What a run has cost, beside what was expected.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bill {
    /// At the list prices of `prices_as_of`.
    pub usd: Usd,
    pub prices_as_of: &'static str,
    /// Calls by operation, retries included, and what is billed by something else.
    #[serde(flatten)]
    pub spend: Spend,
    pub total_calls: u64,
    /// Of these, made before anything was estimated: who the caller is, which accounts there are.
    pub calls_to_plan: u64,
    pub api_events: u64,
    pub estimated: Estimate,
}

impl Plan {
    /// Names the plan in answers and in what is kept of them: the same statement over the same calls
    /// has the same name.
    pub fn id(&self) -> String {
        let calls = self.scans.iter().flat_map(|scan| scan.calls.iter().map(|call| call.operation.as_str()));
        let text = calls.fold(self.sql.clone(), |text, call| text + "\n" + call);
        Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}
