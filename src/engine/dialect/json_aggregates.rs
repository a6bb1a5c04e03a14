//! `jsonb_agg(x order by y)` gathers an array of JSON and joins it:
//! `jsonb_from_elements(array_agg(to_jsonb(x) order by y))`, so that DISTINCT, FILTER, ORDER BY and OVER
//! are those of `array_agg`. `jsonb_object_agg(k, v)` does the same with two arrays.
//!
//! `string_agg(x, ',' order by y)` gathers too, as `array_to_string(array_agg(x order by y) filter (where x is
//! not null), ',')`: several of them, each in its own order, are no trouble to `array_agg`.
//!
//! DISTINCT sorts, in PostgreSQL: by the value, which the end does (`jsonb_from_distinct`).

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, Ident, ObjectName, Value,
};

use crate::engine::dialect::json_casts::call;
use crate::engine::dialect::set_returning::called;

pub fn visit(expr: &mut Expr) {
    let Expr::Function(function) = expr else { return };
    let (to, from_elements, from_members) = match called(&function.name).as_str() {
        "jsonb_agg" => ("to_jsonb", Some("jsonb_from_elements"), None),
        "json_agg" => ("to_json", Some("json_from_elements"), None),
        "jsonb_object_agg" => ("to_jsonb", None, Some("jsonb_from_members")),
        "json_object_agg" => ("to_json", None, Some("json_from_members")),
        "string_agg" => {
            if let Some(joined) = joined_in_order(function) {
                *expr = joined;
            }
            return;
        }
        _ => return,
    };
    let distinct = matches!(&function.args, FunctionArguments::List(list)
        if matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct)));
    let gathered = |argument: Expr| {
        let mut gather = function.clone();
        gather.name = ObjectName::from(vec![Ident::new("array_agg")]);
        if let FunctionArguments::List(list) = &mut gather.args {
            if distinct {
                list.clauses.retain(|c| !matches!(c, FunctionArgumentClause::OrderBy(_)));
            }
            list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))];
        }
        Expr::Function(gather)
    };
    let json = |value: Expr| call(to, vec![value]);
    if distinct && from_members.is_some() {
        return;
    }
    let from_elements = match from_elements {
        Some("jsonb_from_elements") if distinct => Some("jsonb_from_distinct"),
        Some("json_from_elements") if distinct => Some("json_from_distinct"),
        other => other,
    };
    let done = match (arguments(function).as_slice(), from_elements, from_members) {
        ([value], Some(end), _) => call(end, vec![gathered(json(value.clone()))]),
        ([key, value], _, Some(end)) => {
            let key = Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: Box::new(Expr::Nested(Box::new(key.clone()))),
                data_type: DataType::Text,
                array: false,
                format: None,
            };
            // A quoted literal is text here; by itself `to_jsonb` could not tell.
            let value = match value {
                Expr::Value(literal) if matches!(literal.value, Value::SingleQuotedString(_)) => {
                    call("string_agg_value", vec![value.clone()])
                }
                value => value.clone(),
            };
            call(end, vec![gathered(key), gathered(json(value))])
        }
        _ => return,
    };
    *expr = done;
}

fn joined_in_order(function: &Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let ordered = list.clauses.iter().any(|c| matches!(c, FunctionArgumentClause::OrderBy(_)));
    let arguments = arguments(function);
    let [value, Expr::Value(separator)] = arguments.as_slice() else { return None };
    // Without duplicates they come in order, in PostgreSQL.
    let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    if !(ordered || distinct) || function.over.is_some() {
        return None;
    }
    let mut gather = function.clone();
    gather.name = ObjectName::from(vec![Ident::new("array_agg")]);
    if let FunctionArguments::List(list) = &mut gather.args {
        let text = call("string_agg_value", vec![value.clone()]);
        // With DISTINCT the order speaks of the very argument.
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(by) = clause {
                by.iter_mut().filter(|by| by.expr == *value).for_each(|by| by.expr = text.clone());
            }
        }
        list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(text))];
    }
    let present = Expr::IsNotNull(Box::new(Expr::Nested(Box::new(value.clone()))));
    gather.filter = Some(Box::new(match gather.filter.take() {
        Some(own) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(own)),
            op: BinaryOperator::And,
            right: Box::new(present),
        },
        None => present,
    }));
    Some(call("array_to_string", vec![Expr::Function(gather), Expr::Value(separator.clone())]))
}

fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let of = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn clauses_of_the_aggregate_stay_with_it() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(
            shown("select jsonb_agg(x order by y) filter (where z) as j from t"),
            "SELECT jsonb_from_elements(array_agg(to_jsonb(x) ORDER BY y) FILTER (WHERE z)) AS j FROM t"
        );
        assert_eq!(
            shown("select jsonb_object_agg(k, v) as j from t"),
            "SELECT jsonb_from_members(array_agg(\"::TEXT\"((k))), array_agg(to_jsonb(v))) AS j FROM t"
        );
    }
}
