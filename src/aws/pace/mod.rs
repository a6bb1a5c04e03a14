//! Who may call now: a permit for each attempt under way, and tokens of AWS's request quotas.
//!
//! By default a quarter of each published quota is used, because production shares it. A bucket is made
//! when it is first drawn on, costs no task, and is forgotten once it is full again. Waiting for a token
//! holds no permit; those who wait for the same bucket go in the order in which they came.
//! This room knows names of services and operations, not requests.

mod gate;
mod quotas;
mod tokens;
mod waiting;

pub use gate::{Gate, Paced};
pub use quotas::{Quota, quota};
pub use waiting::{timed, waiting};
