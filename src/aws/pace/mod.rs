//! Who may call now: a permit for each attempt under way, and tokens of AWS's request quotas.
//!
//! By default a quarter of each published quota is used, because production shares it. A bucket is made
//! when it is first drawn on, costs no task, and is forgotten once it is full again. Waiting for a token
//! holds no permit; those who wait for the same bucket go in the order in which they came.
//! This room knows names of services and operations, not requests.

mod gate;
mod metered;
mod quotas;
mod tokens;

pub use gate::{Gate, Paced};
pub use metered::{count_attempt, metered, waiting};
pub use quotas::{Quota, Sharing, quota};
