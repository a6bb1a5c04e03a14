//! CASE. It is typed by all its results, where the planner looks at the first.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan,
};

use super::{call, taken};
use crate::engine::dialect::set_returning::called;

/// A function that exists while a statement is planned: the type of its results, the value of its first
/// argument.
pub const CASE: &str = "case_of";

/// `case x when 1 then ..` compares: `case when x = 1 then ..`.
pub fn operand(expr: &mut Expr) {
    let Expr::Case { operand: operand @ Some(_), conditions, .. } = expr else { return };
    let Some(value) = operand.take() else { return };
    for CaseWhen { condition, .. } in conditions {
        *condition = equal(value.as_ref().clone(), taken(condition));
    }
}

fn equal(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Eq, right: Box::new(right) }
}

pub fn visit(expr: &mut Expr) {
    if !matches!(expr, Expr::Case { .. }) {
        return;
    }
    let mut results = Vec::new();
    gather(expr, &mut results);
    // Quoted literals alone are text, as the planner thinks too.
    if results.is_empty() {
        return;
    }
    let case = taken(expr);
    *expr = call(CASE, std::iter::once(case).chain(results).collect());
}

/// The results that tell a type; those of a CASE inside are this one's.
fn gather(expr: &Expr, into: &mut Vec<Expr>) {
    match expr {
        Expr::Case { conditions, else_result, .. } => {
            conditions.iter().for_each(|when| gather(&when.result, into));
            else_result.iter().for_each(|result| gather(result, into));
        }
        Expr::Nested(inner) => gather(inner, into),
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_) | Value::Null, .. }) => {}
        Expr::Function(function) if called(&function.name) == CASE => {
            if let FunctionArguments::List(list) = &function.args {
                for arg in list.args.iter().skip(1) {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(result)) = arg {
                        gather(result, into);
                    }
                }
            }
        }
        // One of a kind is enough.
        other if !into.contains(other) => into.push(other.clone()),
        _ => {}
    }
}
