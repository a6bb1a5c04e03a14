//! Comparisons in words.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    ValueWithSpan,
};

use super::{call, nested, taken};

/// `a between b and c` is two comparisons; SYMMETRIC (marked by the validator, see
/// `validate::symmetric`) takes the bounds in either order.
pub fn between(expr: &mut Expr) {
    let Expr::Between { expr: value, negated, low, high } = expr else { return };
    let symmetric = unmark(low);
    let within = |low: &Expr, high: &Expr| {
        let at_least = binary(value.as_ref().clone(), BinaryOperator::GtEq, low.clone());
        let at_most = binary(value.as_ref().clone(), BinaryOperator::LtEq, high.clone());
        nested(binary(at_least, BinaryOperator::And, at_most))
    };
    let inside = match symmetric {
        false => within(low, high),
        true => nested(binary(within(low, high), BinaryOperator::Or, within(high, low))),
    };
    *expr = if *negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(inside) } } else { inside };
}

/// Takes the mark off the leftmost operand.
fn unmark(expr: &mut Expr) -> bool {
    match expr {
        Expr::UnaryOp { op: UnaryOperator::PGPrefixFactorial, expr: inner } => {
            *expr = taken(inner);
            true
        }
        Expr::BinaryOp { left, .. } => unmark(left),
        Expr::Cast { expr, .. } => unmark(expr),
        Expr::AtTimeZone { timestamp, .. } => unmark(timestamp),
        Expr::CompoundFieldAccess { root, .. } => unmark(root),
        _ => false,
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

pub fn visit(expr: &mut Expr) {
    let spelled = match expr {
        Expr::IsDistinctFrom(left, right) => call("is_distinct_from", vec![taken(left), taken(right)]),
        Expr::IsNotDistinctFrom(left, right) => call("is_not_distinct_from", vec![taken(left), taken(right)]),
        Expr::AnyOp { left, compare_op, right, .. } => match any(left, compare_op, right) {
            Some(spelled) => spelled,
            None => return,
        },
        Expr::AllOp { left, compare_op, right } => match all(left, compare_op, right) {
            Some(spelled) => spelled,
            None => return,
        },
        Expr::Like { negated, any: true, expr, pattern, .. } => like_any(*negated, false, expr, pattern),
        Expr::ILike { negated, any: true, expr, pattern, .. } => like_any(*negated, true, expr, pattern),
        Expr::Like { negated, expr, pattern, .. } if is_all(pattern) => {
            like_all(*negated, false, expr, pattern)
        }
        Expr::ILike { negated, expr, pattern, .. } if is_all(pattern) => {
            like_all(*negated, true, expr, pattern)
        }
        Expr::Like { negated, expr, pattern, escape_char: Some(escape), .. } => {
            with_escape("like_escape", *negated, expr, pattern, escape)
        }
        Expr::ILike { negated, expr, pattern, escape_char: Some(escape), .. } => {
            with_escape("ilike_escape", *negated, expr, pattern, escape)
        }
        Expr::SimilarTo { negated, expr, pattern, escape_char } => {
            let mut arguments = vec![taken(expr), taken(pattern)];
            arguments.extend(escape_char.take().map(Expr::Value));
            negated_if(*negated, call("similar_to", arguments))
        }
        Expr::BinaryOp { left, op, right } => match pattern_operator(op) {
            Some((negated, ignore_case)) => {
                let (expr, pattern) = (Box::new(taken(left)), Box::new(taken(right)));
                match ignore_case {
                    true => Expr::ILike { negated, any: false, expr, pattern, escape_char: None },
                    false => Expr::Like { negated, any: false, expr, pattern, escape_char: None },
                }
            }
            None => return,
        },
        _ => return,
    };
    *expr = spelled;
}

fn negated_if(negated: bool, expr: Expr) -> Expr {
    if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) } } else { expr }
}

/// `~~`, `!~~*` and so on are LIKE.
fn pattern_operator(op: &BinaryOperator) -> Option<(bool, bool)> {
    Some(match op {
        BinaryOperator::PGLikeMatch => (false, false),
        BinaryOperator::PGILikeMatch => (false, true),
        BinaryOperator::PGNotLikeMatch => (true, false),
        BinaryOperator::PGNotILikeMatch => (true, true),
        _ => return None,
    })
}

fn with_escape(
    name: &str,
    negated: bool,
    expr: &mut Expr,
    pattern: &mut Expr,
    escape: &ValueWithSpan,
) -> Expr {
    negated_if(negated, call(name, vec![taken(expr), taken(pattern), Expr::Value(escape.clone())]))
}

fn like_any(negated: bool, ignore_case: bool, expr: &mut Expr, pattern: &mut Expr) -> Expr {
    let name = match (negated, ignore_case) {
        (false, false) => "like_any",
        (true, false) => "not_like_any",
        (false, true) => "ilike_any",
        (true, true) => "not_ilike_any",
    };
    call(name, vec![taken(expr), array_of(pattern)])
}

/// `like all (array)`, which the parser takes for a call.
fn is_all(pattern: &Expr) -> bool {
    matches!(pattern, Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("all"))
}

fn like_all(negated: bool, ignore_case: bool, expr: &mut Expr, pattern: &mut Expr) -> Expr {
    let name = match (negated, ignore_case) {
        (false, false) => "like_all",
        (true, false) => "not_like_all",
        (false, true) => "ilike_all",
        (true, true) => "not_ilike_all",
    };
    let mut arguments = vec![taken(expr)];
    if let Expr::Function(Function { args: FunctionArguments::List(list), .. }) = pattern {
        arguments.extend(list.args.drain(..).filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(mut array)) => Some(array_of(&mut array)),
            _ => None,
        }));
    }
    call(name, arguments)
}

/// Parentheses around the array do not count; several patterns in them are no PostgreSQL.
fn array_of(expr: &mut Expr) -> Expr {
    match expr {
        Expr::Nested(inner) => array_of(inner),
        other => taken(other),
    }
}

/// `= any (subquery)` is IN; over an array it is a call, which also a list of literals may be: that is IN
/// again, since services can be asked for those.
fn any(left: &mut Expr, op: &BinaryOperator, right: &mut Expr) -> Option<Expr> {
    if let Some(subquery) = subquery(right) {
        return (*op == BinaryOperator::Eq).then(|| Expr::InSubquery {
            expr: Box::new(taken(left)),
            subquery,
            negated: false,
        });
    }
    if let Some((negated, ignore_case)) = pattern_operator(op) {
        return Some(like_any(negated, ignore_case, left, right));
    }
    let name = match op {
        BinaryOperator::Eq => "= any",
        BinaryOperator::NotEq => "<> any",
        BinaryOperator::Lt => "< any",
        BinaryOperator::LtEq => "<= any",
        BinaryOperator::Gt => "> any",
        BinaryOperator::GtEq => ">= any",
        _ => return None,
    };
    Some(call(name, vec![taken(left), array_of(right)]))
}

fn all(left: &mut Expr, op: &BinaryOperator, right: &mut Expr) -> Option<Expr> {
    if let Some(subquery) = subquery(right) {
        return (*op == BinaryOperator::NotEq).then(|| Expr::InSubquery {
            expr: Box::new(taken(left)),
            subquery,
            negated: true,
        });
    }
    if let Some((negated, ignore_case)) = pattern_operator(op) {
        let mut array = call("all", vec![array_of(right)]);
        return Some(like_all(negated, ignore_case, left, &mut array));
    }
    let name = match op {
        BinaryOperator::Eq => "= all",
        BinaryOperator::NotEq => "<> all",
        BinaryOperator::Lt => "< all",
        BinaryOperator::LtEq => "<= all",
        BinaryOperator::Gt => "> all",
        BinaryOperator::GtEq => ">= all",
        _ => return None,
    };
    Some(call(name, vec![taken(left), array_of(right)]))
}

/// `any (select ..)`; `any ((select ..))` is one value, an array.
fn subquery(right: &mut Expr) -> Option<Box<datafusion::sql::sqlparser::ast::Query>> {
    match right {
        Expr::Subquery(query) => Some(query.clone()),
        _ => None,
    }
}
