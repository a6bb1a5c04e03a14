//! `a is distinct from b and c` means `(a is distinct from b) and c`; sqlparser 0.62 reads
//! `a is distinct from (b and c)`.
//!
//! Parentheses stay in the tree as nodes of their own, so an unparenthesised AND or OR below the right
//! side of IS DISTINCT FROM is always this mistake. The chain is laid out in the order it was written
//! and put together again with AND binding tighter than OR.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

/// Puts the logical chain rooted at `expr` right, if it holds the mistake.
pub fn visit(expr: &mut Expr) {
    if !misread(expr) {
        return;
    }
    let whole = std::mem::replace(expr, Expr::Value(Value::Null.with_empty_span()));
    let mut chain = Chain::default();
    chain.lay_out(whole);
    *expr = chain.put_together();
}

fn is_logical(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::And | BinaryOperator::Or)
}

fn misread(expr: &Expr) -> bool {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match expr {
            Expr::BinaryOp { left, op, right } if is_logical(op) => open.extend([&**left, &**right]),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => open.push(expr),
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => match &**right {
                Expr::BinaryOp { op, .. } if is_logical(op) => return true,
                other => open.push(other),
            },
            _ => {}
        }
    }
    false
}

/// Operands in the order they were written, and the operator before each but the first.
#[derive(Default)]
struct Chain {
    operands: Vec<Expr>,
    operators: Vec<BinaryOperator>,
}

impl Chain {
    fn lay_out(&mut self, expr: Expr) {
        match expr {
            Expr::BinaryOp { left, op, right } if is_logical(&op) => {
                self.lay_out(*left);
                self.operators.push(op);
                self.lay_out(*right);
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.wrap_first(*expr, |operand| {
                Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(operand) }
            }),
            Expr::IsDistinctFrom(left, right) => {
                self.wrap_first(*right, |operand| Expr::IsDistinctFrom(left, Box::new(operand)));
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.wrap_first(*right, |operand| Expr::IsNotDistinctFrom(left, Box::new(operand)));
            }
            operand => self.operands.push(operand),
        }
    }

    /// Lays out `expr`; what stands before it belongs to its first operand alone.
    fn wrap_first(&mut self, expr: Expr, wrap: impl FnOnce(Expr) -> Expr) {
        let at = self.operands.len();
        self.lay_out(expr);
        if at < self.operands.len() {
            let rest = self.operands.split_off(at + 1);
            if let Some(first) = self.operands.pop() {
                self.operands.push(wrap(first));
            }
            self.operands.extend(rest);
        }
    }

    fn put_together(self) -> Expr {
        let mut alternatives: Vec<Expr> = Vec::new();
        let mut operators = self.operators.into_iter();
        for operand in self.operands {
            let op = if alternatives.is_empty() { None } else { operators.next() };
            match (op, alternatives.pop()) {
                (Some(BinaryOperator::And), Some(before)) => {
                    alternatives.push(joined(before, BinaryOperator::And, operand));
                }
                (_, before) => {
                    alternatives.extend(before);
                    alternatives.push(operand);
                }
            }
        }
        alternatives
            .into_iter()
            .reduce(|before, next| joined(before, BinaryOperator::Or, next))
            .unwrap_or(Expr::Value(Value::Null.with_empty_span()))
    }
}

fn joined(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::{Expr, VisitMut, VisitorMut};

    /// Writes every logical operator with parentheses, so that the tree shows.
    fn shape(sql: &str) -> String {
        struct Parenthesise;
        impl VisitorMut for Parenthesise {
            type Break = ();
            fn post_visit_expr(&mut self, expr: &mut Expr) -> std::ops::ControlFlow<()> {
                let bare = !matches!(expr, Expr::Identifier(_) | Expr::Nested(_) | Expr::Value(_));
                if bare {
                    *expr = Expr::Nested(Box::new(expr.clone()));
                }
                std::ops::ControlFlow::Continue(())
            }
        }
        let mut query = crate::engine::dialect::parsed(&format!("select 1 where {sql}"));
        let _ = VisitMut::visit(&mut *query, &mut crate::engine::dialect::BeforeNames);
        let _ = VisitMut::visit(&mut *query, &mut Parenthesise);
        query.to_string().replace("SELECT 1 WHERE ", "")
    }

    // PostgreSQL 15 agrees with each: checked with pg_get_viewdef on a table of booleans.
    #[test]
    fn is_distinct_from_binds_tighter_than_and_or_and_not() {
        for (sql, meant) in [
            ("a is distinct from b and c", "((a IS DISTINCT FROM b) AND c)"),
            ("a is not distinct from b or c", "((a IS NOT DISTINCT FROM b) OR c)"),
            ("a is distinct from b and c or d", "(((a IS DISTINCT FROM b) AND c) OR d)"),
            ("x and a is distinct from b or c and d", "((x AND (a IS DISTINCT FROM b)) OR (c AND d))"),
            ("x or a is distinct from b and c", "(x OR ((a IS DISTINCT FROM b) AND c))"),
            ("not a is distinct from b and c", "((NOT (a IS DISTINCT FROM b)) AND c)"),
            (
                "a is distinct from b and c is distinct from d or e",
                "(((a IS DISTINCT FROM b) AND (c IS DISTINCT FROM d)) OR e)",
            ),
            (
                "a is distinct from b and not c is distinct from d and e",
                "(((a IS DISTINCT FROM b) AND (NOT (c IS DISTINCT FROM d))) AND e)",
            ),
        ] {
            assert_eq!(shape(sql), meant, "{sql}");
        }
    }

    #[test]
    fn parentheses_are_kept() {
        assert_eq!(
            shape("a is distinct from (b and c)"),
            "(a IS DISTINCT FROM (b AND c))".replace("(b AND c)", "((b AND c))")
        );
        assert_eq!(shape("a and b or c"), "((a AND b) OR c)");
    }
}
