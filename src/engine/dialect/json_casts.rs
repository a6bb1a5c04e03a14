//! `x::jsonb`, `cast(x as json)` and `jsonb '...'` become `jsonb_in(x)`: a jsonb value is canonical
//! text, so the cast has work to do that a change of Arrow type does not.

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value,
};

pub fn visit(expr: &mut Expr) {
    let inner = match expr {
        Expr::Cast { expr, data_type, .. } if is_json(data_type) => {
            std::mem::replace(&mut **expr, Expr::Value(Value::Null.with_empty_span()))
        }
        Expr::TypedString(typed) if is_json(&typed.data_type) => Expr::Value(typed.value.clone()),
        _ => return,
    };
    *expr = call("jsonb_in", inner);
}

fn is_json(kind: &DataType) -> bool {
    matches!(kind, DataType::JSON | DataType::JSONB)
}

fn call(name: &str, argument: Expr) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn a_cast_to_json_reads_the_text() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new()).query.to_string();
        assert_eq!(shown("select x::jsonb as j"), "SELECT jsonb_in(x) AS j");
        assert_eq!(shown("select cast(x as json) as j"), "SELECT jsonb_in(x) AS j");
        assert_eq!(shown("select jsonb '{}' as j"), "SELECT jsonb_in('{}') AS j");
        assert_eq!(shown("select (x ->> 'a')::jsonb::text as j"), "SELECT jsonb_in((x ->> 'a'))::TEXT AS j");
    }
}
