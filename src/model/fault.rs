//! Why a unit could not be answered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of failure an operator treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The role is missing, or its trust policy does not let us in.
    AssumeDenied,
    /// No identity-based policy allows the action.
    IamDenied,
    /// A service control policy says no.
    ScpDenied,
    /// Credentials ran out and could not be renewed.
    Expired,
    /// The service kept saying "slow down".
    Throttled,
    /// The region is not enabled in this account.
    RegionDisabled,
    /// AWS Config does not record this.
    NotRecorded,
    /// The service is not switched on in this account and region, so that it has nothing there.
    NotEnabled,
    /// The account is suspended or closed.
    Suspended,
    /// No connection: DNS, refused, reset, TLS.
    Unreachable,
    /// An answer took longer than its deadline.
    Timeout,
    /// The service failed, or its answer could not be understood: an internal error, truncated, not the
    /// promised format, a looping page token.
    BadResponse,
    /// The service understood and refused: a validation error, a feature that is off.
    Rejected,
    /// The operator interrupted.
    Cancelled,
}

impl FaultKind {
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::AssumeDenied => "assume_denied",
            FaultKind::IamDenied => "iam_denied",
            FaultKind::ScpDenied => "scp_denied",
            FaultKind::Expired => "expired",
            FaultKind::Throttled => "throttled",
            FaultKind::RegionDisabled => "region_disabled",
            FaultKind::NotRecorded => "not_recorded",
            FaultKind::NotEnabled => "not_enabled",
            FaultKind::Suspended => "suspended",
            FaultKind::Unreachable => "unreachable",
            FaultKind::Timeout => "timeout",
            FaultKind::BadResponse => "bad_response",
            FaultKind::Rejected => "rejected",
            FaultKind::Cancelled => "cancelled",
        }
    }

    /// Suspended accounts, disabled regions and services that are off hold nothing an answer could miss.
    pub fn leaves_answer_complete(self) -> bool {
        matches!(self, FaultKind::RegionDisabled | FaultKind::NotEnabled | FaultKind::Suspended)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure with its kind, the operation it happened in, and the words of whoever reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub kind: FaultKind,
    /// `ec2:DescribeInstances`, `sts:AssumeRole`; absent where no call was made.
    pub operation: Option<String>,
    /// The service's error code, if it gave one: `UnauthorizedOperation`.
    pub code: Option<String>,
    pub message: String,
}

impl Fault {
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, operation: None, code: None, message: message.into() }
    }

    #[must_use]
    pub fn in_operation(mut self, operation: impl Into<String>) -> Self {
        self.operation.get_or_insert_with(|| operation.into());
        self
    }

    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(operation) = &self.operation {
            write!(f, " in {operation}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Fault {}
