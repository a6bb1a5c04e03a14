//! Scans that ask only for the values another side of a join has.
//!
//! `from aws_s3_bucket b join aws_s3_object o on o.bucket_name = b.name and o.account_id = b.account_id`: a
//! service that lists objects of one bucket at a time cannot be asked before the buckets are known. So the
//! buckets are read first ([`gather`]), the distinct values of what they are joined by are handed to the scan
//! of the objects as its key values ([`crate::engine::scan::Feed`]), and the join then runs over the rows
//! that were read. Which unit is asked for which value is said in `scan/requests.rs`.
//!
//! | file | holds |
//! |---|---|
//! | `demand` | from a join's columns down to the scans that they are columns of |
//! | `offers` | what every join of a plan could supply, and to which scan |
//! | `choice` | which of the offers are taken |
//! | `teach` | what could be joined, where nothing is |
//! | `gather` | the operator that reads its input to the end before anybody has a row of it |
//!
//! An offer is legal where a row that has no partner on the other side does nothing to the answer: both
//! sides of an inner or semi join, the side of an outer or anti join whose rows are not kept for their own
//! sake. NULL equals nothing and is no value. It is taken where the scan cannot be asked without; else only
//! where it saves calls: the scan's rows cost calls of their own or its units are more than those that are
//! read first, and the other side is narrowed by something.
//!
//! Inside of a recursive query nothing is supplied: its parts run again and again.

mod choice;
mod demand;
mod gather;
mod offers;
mod teach;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;

pub use teach::hint;

/// The plan with its joins supplying the keys of its scans, where they can and should.
pub fn supply(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let offers = offers::of(&plan);
    let taken = choice::choose(&plan, offers);
    if taken.is_empty() {
        return Ok(plan);
    }
    gather::put(plan, &taken, &mut Vec::new())
}
