//! PostgreSQL's types over Arrow's.
//!
//! | type | Arrow |
//! |---|---|
//! | boolean, integers, floats, date, time, timestamps, interval | the type of that name; times in microseconds |
//! | numeric | `LargeBinary`, see [`numeric`] |
//! | money | `Decimal128(19, 2)`: cents |
//! | text, and what is kept as its text: jsonb, inet, cidr, ltree ... | `Utf8`; the field's metadata names the type |
//! | arrays | `List` |
//!
//! | file | holds |
//! |---|---|
//! | `kind` | [`PgType`]: which type a field is, which field a type is |
//! | `numeric`, `money`, `interval`, `calendar`, `network`, `float` | one type each: text, arithmetic |
//! | `read`, `write` | any type from text and to text |
//! | `cast` | every conversion between two types |
//! | `keys` | what is compared in place of a value |
//!
//! This room knows values and columns, not expressions, functions or plans.

pub mod calendar;
pub mod cast;
pub mod clock;
pub mod float;
pub mod interval;
pub mod keys;
mod kind;
pub mod money;
pub mod network;
pub mod numeric;
pub mod read;
pub mod write;

pub use kind::{MONEY, Modifier, PgType, Target, UTC};
