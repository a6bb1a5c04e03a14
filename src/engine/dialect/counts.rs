//! `count(1)` is `count(*)`: the planner writes the second as the first, and one name may not stand for both.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan,
};

use super::set_returning::called;

pub fn visit(expr: &mut Expr) {
    let Expr::Function(function) = expr else { return };
    if called(&function.name) != "count" {
        return;
    }
    let FunctionArguments::List(list) = &mut function.args else { return };
    let (None, [FunctionArg::Unnamed(argument)]) = (&list.duplicate_treatment, list.args.as_mut_slice())
    else {
        return;
    };
    let is_value = match argument {
        FunctionArgExpr::Expr(Expr::Value(ValueWithSpan { value, .. })) => {
            matches!(value, Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_))
        }
        _ => false,
    };
    if is_value {
        *argument = FunctionArgExpr::Wildcard;
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn a_constant_counts_rows_and_null_counts_none() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(shown("select count(1) as n"), "SELECT count(*) AS n");
        assert_eq!(shown("select count('x') as n"), "SELECT count(*) AS n");
        assert_eq!(shown("select count(null) as n"), "SELECT count(NULL) AS n");
    }
}
