//! A literal in VALUES has the type that another row gives its column: in
//! `values ('1'::jsonb), ('2')` the second is `jsonb` too.

use datafusion::sql::sqlparser::ast::{CastKind, Expr, Query, SetExpr, Value, ValueWithSpan};

pub fn visit(query: &mut Query) {
    let SetExpr::Values(values) = &mut *query.body else { return };
    let width = values.rows.first().map_or(0, |row| row.content.len());
    for column in 0..width {
        let kind = values.rows.iter().find_map(|row| match row.content.get(column) {
            Some(Expr::Cast { data_type, kind: CastKind::DoubleColon | CastKind::Cast, .. }) => {
                Some(data_type.clone())
            }
            Some(Expr::TypedString(typed)) => Some(typed.data_type.clone()),
            _ => None,
        });
        let Some(kind) = kind else { continue };
        for row in &mut values.rows {
            if let Some(expr) = row.content.get_mut(column)
                && is_untyped(expr)
            {
                *expr = Expr::Cast {
                    kind: CastKind::DoubleColon,
                    expr: Box::new(expr.clone()),
                    data_type: kind.clone(),
                    array: false,
                    format: None,
                };
            }
        }
    }
}

/// A text literal or NULL: what PostgreSQL calls "unknown".
fn is_untyped(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_) | Value::Null, .. }))
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn literals_take_the_type_of_their_column() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(
            shown("values ('1'::jsonb, 'a'), ('2', 'b'), (null, 'c')"),
            "VALUES (jsonb_in('1'), 'a'), (jsonb_in('2'), 'b'), (jsonb_in(NULL), 'c')"
        );
    }
}
