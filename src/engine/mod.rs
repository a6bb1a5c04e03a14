//! SQL over units: planning, fan-out, pushdown, JSON operators. Nothing outside names DataFusion.

mod dialect;
mod json;
mod pg_type;
mod validate;
