//! PostgreSQL's catalog of casts (`pg_cast`), as far as its types are ours.

use crate::engine::types::PgType;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Only where it is written: `x::T`.
    Explicit,
    /// Also where arguments and operands are matched.
    Implicit,
    /// Nothing to do.
    Same,
}

use PgType::{
    Array, Bool, Bytea, Char, Cidr, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval, Json, Jsonb,
    Ltree, Money, Numeric, Other, Record, Text, Time, Timestamp, Timestamptz, Unknown, Varchar,
};

/// `None`: there is no such cast.
pub fn how(from: &PgType, to: &PgType) -> Option<How> {
    use How::{Explicit, Implicit, Same};
    if from == to {
        return Some(Same);
    }
    Some(match (from, to) {
        (Unknown, _) => Implicit,
        (Text | Varchar | Char, Text | Varchar | Char) => Implicit,
        // Whatever has a text form can be read and written.
        (_, Text | Varchar | Char) if !matches!(from, Unknown) => Explicit,
        (Text | Varchar | Char, Record) => return None,
        (Text | Varchar | Char, _) => Explicit,
        (Int2, Int4 | Int8 | Numeric | Float4 | Float8) => Implicit,
        (Int4, Int8 | Numeric | Float4 | Float8) => Implicit,
        (Int8, Numeric | Float4 | Float8) => Implicit,
        (Numeric, Float4 | Float8) | (Float4, Float8) => Implicit,
        (Int2 | Int4 | Int8 | Numeric | Float4 | Float8, Int2 | Int4 | Int8 | Numeric | Float4 | Float8) => {
            Explicit
        }
        (Int4, Bool) | (Bool, Int4) => Explicit,
        (Int4 | Int8 | Numeric, Money) | (Money, Numeric) => Explicit,
        (Date, Timestamp | Timestamptz) | (Timestamp, Timestamptz) | (Time, Interval) => Implicit,
        (Timestamptz, Timestamp | Date | Time) | (Timestamp, Date | Time) | (Interval, Time) => Explicit,
        (Cidr, Inet) => Implicit,
        (Inet, Cidr) => Explicit,
        (Json, Jsonb) | (Jsonb, Json) => Explicit,
        (Jsonb, Bool | Int2 | Int4 | Int8 | Numeric | Float4 | Float8) => Explicit,
        (Array(from), Array(to)) => return how(from, to),
        (Ltree | Bytea | Record | Other(_), _) | (_, Ltree | Bytea | Record | Other(_)) => return None,
        _ => return None,
    })
}

pub fn is_implicit(from: &PgType, to: &PgType) -> bool {
    how(from, to).is_some_and(|how| how >= How::Implicit)
}

/// The type its category prefers, which wins where several would do (`typispreferred`).
pub fn prefers(kind: &PgType) -> bool {
    matches!(kind, Bool | Float8 | Text | Timestamptz | Interval | Inet)
}
