//! Arithmetic over `numeric`, and its columns: bytes whose order is the numbers' order, for Arrow's decimals
//! fix the digits shown per column, where `1/3.0` and `100/3.0` show 20 and 16 digits.

mod arithmetic;
mod root;

use arrow::array::{Array as _, ArrayRef, AsArray as _, LargeBinaryArray};
use datafusion::common::{Result, internal_datafusion_err};

pub(super) use crate::model::numeric::power_of_ten;
pub use crate::model::numeric::{MAX_SCALE, Numeric, key_of};
pub use arithmetic::Rounded;

/// A numeric column's values. An error where a plan promised one and another came: never a panic.
pub fn bytes_of(array: &ArrayRef) -> Result<&LargeBinaryArray> {
    array
        .as_binary_opt::<i64>()
        .ok_or_else(|| internal_datafusion_err!("{} is no numeric", array.data_type()))
}

#[cfg(test)]
mod tests;
