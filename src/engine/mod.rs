//! SQL over units: planning, fan-out, pushdown, JSON operators. Nothing outside names DataFusion.

mod validate;
