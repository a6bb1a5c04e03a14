//! Casts as calls. The planner names a cast column after what is cast, so that `sum(a::int)` and
//! `sum(a::numeric)` would be one column to it.

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr};

use super::{call, taken};

pub fn visit(expr: &mut Expr, casts: &mut BTreeMap<String, DataType>) {
    let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr: inner, data_type, .. } = expr else {
        return;
    };
    // Integer literals stay as they are.
    if *data_type == DataType::Int32 {
        return;
    }
    let name = format!("::{data_type}");
    casts.insert(name.clone(), data_type.clone());
    *expr = call(&name, vec![taken(inner)]);
}
