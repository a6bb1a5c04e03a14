//! Physical expressions as SQL a reader knows: quoted literals, operators of `jsonb`, instants.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NotExpr,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_common::physical_expr::fmt_sql;

use crate::engine::json;

/// Deepest expression that is written out; what lies below is `...`.
const MAX_DEPTH: usize = 40;

pub fn sql(expr: &dyn PhysicalExpr) -> String {
    written(expr, 0)
}

fn written(expr: &dyn PhysicalExpr, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "...".to_owned();
    }
    let inner = |e: &dyn PhysicalExpr| operand(e, depth + 1);
    if let Some(column) = expr.downcast_ref::<Column>() {
        return column.name().to_owned();
    }
    if let Some(value) = expr.downcast_ref::<Literal>() {
        return literal(value.value());
    }
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        return chain(binary, depth);
    }
    if let Some(not) = expr.downcast_ref::<NotExpr>() {
        return format!("not {}", inner(not.arg().as_ref()));
    }
    if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
        return format!("{} is null", inner(null.arg().as_ref()));
    }
    if let Some(null) = expr.downcast_ref::<IsNotNullExpr>() {
        return format!("{} is not null", inner(null.arg().as_ref()));
    }
    if let Some(like) = expr.downcast_ref::<LikeExpr>() {
        let not = if like.negated() { "not " } else { "" };
        let operator = if like.case_insensitive() { "ilike" } else { "like" };
        return format!("{} {not}{operator} {}", inner(like.expr().as_ref()), inner(like.pattern().as_ref()));
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let not = if list.negated() { "not " } else { "" };
        let values: Vec<String> = list.list().iter().take(20).map(|v| inner(v.as_ref())).collect();
        let dots = if list.list().len() > 20 { ", ..." } else { "" };
        return format!("{} {not}in ({}{dots})", inner(list.expr().as_ref()), values.join(", "));
    }
    if let Some(cast) = expr.downcast_ref::<CastExpr>() {
        let field = arrow::datatypes::Field::new("", cast.cast_type().clone(), true);
        return format!("{}::{}", inner(cast.expr().as_ref()), crate::engine::pg_type::name_of(&field));
    }
    if let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() {
        let arguments: Vec<String> = call.args().iter().map(|a| inner(a.as_ref())).collect();
        return match (json::operator_of(call.fun().name()), arguments.as_slice()) {
            (Some(operator), [left, right]) => format!("{left} {operator} {right}"),
            // How values are compared is not what was asked.
            (_, [compared]) if matches!(call.fun().name(), json::KEY | json::ORDER) => compared.clone(),
            _ => format!("{}({})", call.fun().name(), arguments.join(", ")),
        };
    }
    fmt_sql(expr).to_string()
}

/// `a and b and c` is a tree as deep as it is long; it is written without descending into it.
fn chain(binary: &BinaryExpr, depth: usize) -> String {
    let operator = *binary.op();
    let mut parts = vec![operand(binary.right().as_ref(), depth + 1)];
    let mut left = binary.left();
    while let Some(next) = left.downcast_ref::<BinaryExpr>().filter(|next| *next.op() == operator) {
        parts.push(operand(next.right().as_ref(), depth + 1));
        left = next.left();
    }
    parts.push(operand(left.as_ref(), depth + 1));
    parts.reverse();
    parts.join(&format!(" {} ", operator.to_string().to_lowercase()))
}

fn operand(expr: &dyn PhysicalExpr, depth: usize) -> String {
    let text = written(expr, depth);
    let needs_parentheses = expr
        .downcast_ref::<BinaryExpr>()
        .is_some_and(|b| matches!(b.op(), datafusion::logical_expr::Operator::Or));
    if needs_parentheses { format!("({text})") } else { text }
}

fn literal(value: &ScalarValue) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    if let Some(Some(text)) = value.try_as_str() {
        if let Some(parameter) = text.strip_prefix(crate::engine::parameters::OPEN) {
            return parameter.to_owned();
        }
        let shown: String = text.chars().take(200).collect();
        let dots = if shown.len() < text.len() { "..." } else { "" };
        return format!("'{}{dots}'", shown.replace('\'', "''"));
    }
    match value.data_type() {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => match value.cast_to(&DataType::Utf8)
        {
            Ok(text) => format!("'{text}'"),
            Err(_) => value.to_string(),
        },
        _ => value.to_string(),
    }
}

/// DataFusion's operator lines with its typed literals (`Utf8("x")`, `Int64(1)`) as SQL writes them.
pub fn plain_literals(line: &str) -> String {
    let mut shown = line.to_owned();
    for kind in ["Utf8", "Int64", "Int32", "Float64", "Boolean", "UInt64"] {
        let open = format!("{kind}(");
        while let Some(start) = shown.find(&open) {
            let inside = start + open.len();
            let Some(end) = closing(shown.get(inside..).unwrap_or("")) else { break };
            let value = shown.get(inside..inside + end).unwrap_or("");
            let value = match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
                Some(text) => format!("'{text}'"),
                None => value.to_lowercase(),
            };
            shown.replace_range(start..inside + end + 1, &value);
        }
    }
    shown
}

/// Offset of the parenthesis that closes, quotes skipped.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ')' && !quoted).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_literals_are_written_plainly() {
        assert_eq!(
            plain_literals(r#"count(Int64(1)), tags ->> Utf8("a)b"), Utf8(NULL)"#),
            "count(1), tags ->> 'a)b', null"
        );
        assert_eq!(plain_literals("Utf8("), "Utf8(");
    }
}
