//! `x::jsonb` and `jsonb '...'` become `jsonb_in(x)`, `cast(x as json)` `json_in(x)`: a jsonb value is
//! canonical text, so the cast has work to do that a change of Arrow type does not.

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value,
};

pub fn visit(expr: &mut Expr) {
    let (reader, inner) = match expr {
        Expr::Cast { expr, data_type, .. } => {
            let Some(reader) = reader_of(data_type) else { return };
            (reader, std::mem::replace(&mut **expr, Expr::Value(Value::Null.with_empty_span())))
        }
        Expr::TypedString(typed) => match reader_of(&typed.data_type) {
            Some(reader) => (reader, Expr::Value(typed.value.clone())),
            None => return,
        },
        _ => return,
    };
    *expr = call(reader, vec![inner]);
}

fn reader_of(kind: &DataType) -> Option<&'static str> {
    match kind {
        DataType::JSONB => Some("jsonb_in"),
        DataType::JSON => Some("json_in"),
        _ => None,
    }
}

pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e))).collect(),
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
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(shown("select x::jsonb as j"), "SELECT jsonb_in(x) AS j");
        assert_eq!(shown("select cast(x as json) as j"), "SELECT json_in(x) AS j");
        assert_eq!(shown("select jsonb '{}' as j"), "SELECT jsonb_in('{}') AS j");
        assert_eq!(
            shown("select (x ->> 'a')::jsonb::text as j"),
            "SELECT \"::TEXT\"(jsonb_in((x ->> 'a'))) AS j"
        );
    }
}
