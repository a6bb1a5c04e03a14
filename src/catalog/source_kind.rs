//! Who fetches a table's rows, and what that source adds to what the services answer.
//!
//! This file is also compiled into the build script.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The generic read call, driven by this file.
    #[default]
    Api,
    /// Hand-made: the organization's tree of accounts.
    Organizations,
    /// Hand-made: CloudWatch's data points, many series a call.
    Metrics,
    /// Hand-made: log events, Logs Insights and X-Ray, where time decides what is asked.
    Logs,
    /// Hand-made: logs of calls of models, in folders and buckets.
    Invocations,
    /// Hand-made: what was spent, as Cost Explorer tells it.
    Cost,
    /// Hand-made: the files of a cost and usage export.
    Cur,
    /// Nobody is asked: canvass keeps the rows itself. No file can say so.
    #[serde(skip)]
    Kept,
}

impl SourceKind {
    /// Operations that the source calls besides those of the table's file.
    pub fn by_hand(self) -> &'static [&'static str] {
        match self {
            SourceKind::Invocations => &["s3:GetObject"],
            _ => &[],
        }
    }

    /// Members that the source makes, which no response has.
    pub fn members(self) -> &'static [&'static str] {
        match self {
            SourceKind::Api | SourceKind::Cost | SourceKind::Cur | SourceKind::Kept => &[],
            SourceKind::Organizations => &["ParentId", "OuPath", "Tags"],
            SourceKind::Metrics => &METRIC_MEMBERS,
            SourceKind::Logs => LOGS_MEMBERS,
            SourceKind::Invocations => &["Record", "Output", "Input", "Price"],
        }
    }

    /// It fills the members of its calls itself, takes what predicates it likes, and its rows are its own.
    pub fn is_on_its_own(self) -> bool {
        matches!(self, SourceKind::Cost | SourceKind::Cur)
    }
}

/// What the rows of metrics hold besides what CloudWatch answers.
const METRIC_MEMBERS: [&str; 22] = [
    "Average",
    "DimensionList",
    "Dimensions",
    "Expression",
    "From",
    "Id",
    "Maximum",
    "MetricName",
    "MetricStat",
    "Minimum",
    "Namespace",
    "Period",
    "SampleCount",
    "ScanBy",
    "SourceAccountId",
    "Stat",
    "Sum",
    "Timestamp",
    "Timezone",
    "Unit",
    "Until",
    "Value",
];
/// Of a row of Insights: what AWS sends is a list of fields and values.
const LOGS_MEMBERS: &[&str] =
    &["Fields", "LogGroup", "LogStream", "Message", "Ptr", "Query", "StartedAt", "Timestamp", "Whole"];
