//! Numbers as PostgreSQL types them: integer where four bytes hold it, bigint where eight do, numeric
//! otherwise. The planner would make every whole number a bigint.
//!
//! Some numbers are no values: places in GROUP BY and ORDER BY, counts of LIMIT and of window frames.
//! Those are put back.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, GroupByExpr, LimitClause, OrderByKind, Query, Select, SetExpr,
    UnaryOperator, Value, ValueWithSpan, WindowFrameBound, WindowType,
};

use super::{null, taken, text};

/// A type no statement can name: an integer literal of four bytes.
const SMALL: DataType = DataType::Int32;

/// `- 5` is one number.
pub fn sign(expr: &mut Expr) {
    let Expr::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr: inner } = expr else {
        return;
    };
    let Expr::Value(ValueWithSpan { value: Value::Number(number, _), span }) = &mut **inner else { return };
    let sign = if *op == UnaryOperator::Minus { "-" } else { "" };
    if number.starts_with('-') {
        return;
    }
    let value = Value::Number(format!("{sign}{number}"), false);
    *expr = Expr::Value(ValueWithSpan { value, span: *span });
}

pub fn visit(expr: &mut Expr) {
    if let Expr::Function(function) = expr
        && let Some(WindowType::WindowSpec(spec)) = &mut function.over
        && let Some(frame) = &mut spec.window_frame
    {
        for bound in [Some(&mut frame.start_bound), frame.end_bound.as_mut()].into_iter().flatten() {
            if let WindowFrameBound::Preceding(Some(count)) | WindowFrameBound::Following(Some(count)) = bound
            {
                restore(count);
            }
        }
    }
    let Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) = expr else { return };
    let whole = is_whole(number);
    if whole && number.parse::<i32>().is_ok() {
        *expr = cast(taken(expr), SMALL, CastKind::Cast);
    } else if !whole || number.parse::<i64>().is_err() {
        let digits = text(number.clone());
        *expr = cast(digits, DataType::Numeric(ExactNumberInfo::None), CastKind::DoubleColon);
    }
}

/// One numeric in a column of VALUES makes the other numbers numeric.
pub fn visit_values(query: &mut Query) {
    let SetExpr::Values(values) = &mut *query.body else { return };
    let width = values.rows.first().map_or(0, |row| row.content.len());
    for column in 0..width {
        let of = |row: &mut datafusion::sql::sqlparser::ast::Parens<Vec<Expr>>| {
            row.content.get_mut(column).map(|expr| {
                sign(expr);
                expr.clone()
            })
        };
        let cells: Vec<Expr> = values.rows.iter_mut().filter_map(of).collect();
        let is_numeric =
            |expr: &Expr| is_number(expr, |digits| !is_whole(digits) || digits.parse::<i64>().is_err());
        if !cells.iter().any(is_numeric) {
            continue;
        }
        for row in &mut values.rows {
            if let Some(expr) = row.content.get_mut(column)
                && let Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) = expr
            {
                let digits = text(number.clone());
                *expr = cast(digits, DataType::Numeric(ExactNumberInfo::None), CastKind::DoubleColon);
            }
        }
    }
}

fn is_number(expr: &Expr, accept: impl Fn(&str) -> bool) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) if accept(number))
}

fn is_whole(number: &str) -> bool {
    number.strip_prefix('-').unwrap_or(number).bytes().all(|b| b.is_ascii_digit())
}

pub fn cast(expr: Expr, data_type: DataType, kind: CastKind) -> Expr {
    Expr::Cast { kind, expr: Box::new(expr), data_type, array: false, format: None }
}

/// Puts a number back.
pub fn restore(expr: &mut Expr) {
    if let Expr::Cast { expr: inner, data_type: SMALL, .. } = expr {
        *expr = std::mem::replace(&mut **inner, null());
    }
}

pub fn restore_in_query(query: &mut Query) {
    if let Some(OrderByKind::Expressions(list)) = query.order_by.as_mut().map(|by| &mut by.kind) {
        list.iter_mut().for_each(|by| restore(&mut by.expr));
    }
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            limit.iter_mut().for_each(restore);
            offset.iter_mut().for_each(|offset| restore(&mut offset.value));
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            restore(offset);
            restore(limit);
        }
        None => {}
    }
    if let Some(quantity) = query.fetch.as_mut().and_then(|fetch| fetch.quantity.as_mut()) {
        restore(quantity);
    }
}

pub fn restore_in_select(select: &mut Select) {
    if let GroupByExpr::Expressions(list, _) = &mut select.group_by {
        list.iter_mut().for_each(restore);
    }
    if let Some(datafusion::sql::sqlparser::ast::Distinct::On(list)) = &mut select.distinct {
        list.iter_mut().for_each(restore);
    }
    for window in &mut select.named_window {
        let datafusion::sql::sqlparser::ast::NamedWindowDefinition(_, definition) = window;
        if let datafusion::sql::sqlparser::ast::NamedWindowExpr::WindowSpec(spec) = definition
            && let Some(frame) = &mut spec.window_frame
        {
            for bound in [Some(&mut frame.start_bound), frame.end_bound.as_mut()].into_iter().flatten() {
                if let WindowFrameBound::Preceding(Some(count)) | WindowFrameBound::Following(Some(count)) =
                    bound
                {
                    restore(count);
                }
            }
        }
    }
}
