//! Sessions and the generic read call: everything that talks to AWS on our behalf.
//!
//! Reading cannot write: [`Aws::read`] takes a [`ReadOperation`], which only the compiled
//! allow-list can mint. This room knows operations and shapes, not tables or SQL.

mod protocol;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::shape::Operation;
use crate::model::{AccountId, Json, Region};

/// The IAM actions of one run, exact; becomes the session policy.
pub type ActionSet = Arc<BTreeSet<String>>;

/// An operation the compiled allow-list lets through.
#[derive(Clone, Debug)]
pub struct ReadOperation {
    pub operation: Arc<Operation>,
    /// IAM actions it needs: `ListBuckets` needs `s3:ListAllMyBuckets`.
    pub actions: Vec<String>,
}

/// One call of one page.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest<'a> {
    pub account: &'a AccountId,
    pub region: &'a Region,
    pub operation: &'a ReadOperation,
    /// An object of input members, in the model's names.
    pub input: &'a Json,
    pub actions: &'a ActionSet,
}

#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The output structure, in the model's member names; timestamps as RFC 3339 text.
    pub output: Json,
    /// Bytes of the body as received.
    pub bytes: u64,
    /// Attempts made, the last one included.
    pub calls: u64,
}

/// A read that failed, and how many attempts it cost.
#[derive(Clone, Debug)]
pub struct ReadFailure {
    pub fault: crate::model::Fault,
    pub calls: u64,
}

/// Asks the operator for something only they have. The terminal implements it.
pub trait Prompt: Send + Sync {
    /// The six digits of the MFA device with this serial number; an error where nobody can answer.
    fn mfa_code(&self, serial: &str) -> crate::error::Result<String>;
}
