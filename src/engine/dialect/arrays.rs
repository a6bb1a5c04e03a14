//! `array[a, b]` becomes `make_array(a, b)`: the planner looks for the columns of a literal only in the
//! FROM next to it, not further out.

use datafusion::sql::sqlparser::ast::Expr;

use crate::engine::dialect::json_casts::call;

pub fn visit(expr: &mut Expr) {
    if let Expr::Array(literal) = expr {
        *expr = call("make_array", std::mem::take(&mut literal.elem));
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn a_literal_is_a_call() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(shown("select array[a, b] as x"), "SELECT make_array(a, b) AS x");
    }
}
