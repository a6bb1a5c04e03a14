//! Forms of their own that are calls and casts.

use datafusion::sql::sqlparser::ast::{
    CastKind, CeilFloorKind, DataType, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Interval, TimezoneInfo, TrimWhereField, UnaryOperator, Value, ValueWithSpan,
};

use super::numbers::cast;
use super::{call, taken, text};
use crate::engine::dialect::set_returning::called;

pub fn visit(expr: &mut Expr) {
    let spelled = match expr {
        Expr::Extract { field, expr, .. } => call("extract", vec![text(field_name(field)), taken(expr)]),
        Expr::Position { expr, r#in } => call("strpos", vec![taken(r#in), taken(expr)]),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let start = substring_from.as_mut().map_or_else(one, |from| taken(from));
            let length = substring_for.as_mut().map(|length| taken(length));
            let mut arguments = vec![taken(expr), start];
            arguments.extend(length);
            call("substring", arguments)
        }
        Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                Some(TrimWhereField::Both) | None => "btrim",
            };
            let mut arguments = vec![taken(expr)];
            arguments.extend(trim_what.as_mut().map(|what| taken(what)));
            arguments.extend(trim_characters.take().into_iter().flatten());
            call(name, arguments)
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let mut arguments = vec![taken(expr), taken(overlay_what), taken(overlay_from)];
            arguments.extend(overlay_for.as_mut().map(|length| taken(length)));
            call("overlay", arguments)
        }
        Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
            call("ceil", vec![taken(expr)])
        }
        Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
            call("floor", vec![taken(expr)])
        }
        Expr::AtTimeZone { timestamp, time_zone } => {
            call("timezone", vec![taken(time_zone), taken(timestamp)])
        }
        Expr::Interval(interval) => match literal_interval(interval) {
            Some(words) => {
                cast(text(words), DataType::Interval { fields: None, precision: None }, CastKind::DoubleColon)
            }
            None => return,
        },
        Expr::TypedString(typed) => {
            let value = Expr::Value(typed.value.clone());
            cast(value, typed.data_type.clone(), CastKind::DoubleColon)
        }
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => call("- ", vec![taken(expr)]),
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => taken(expr),
        Expr::UnaryOp { op: UnaryOperator::PGAbs, expr } => call("abs", vec![taken(expr)]),
        Expr::UnaryOp { op: UnaryOperator::PGSquareRoot, expr } => call("sqrt", vec![taken(expr)]),
        Expr::UnaryOp { op: UnaryOperator::PGCubeRoot, expr } => call("cbrt", vec![taken(expr)]),
        Expr::Function(function) if function.over.is_some() && called(&function.name) == "ntile" => {
            cast(taken(expr), DataType::Int32, CastKind::DoubleColon)
        }
        Expr::Function(function) => match of_function(function) {
            Some(spelled) => spelled,
            None => return,
        },
        _ => return,
    };
    *expr = spelled;
}

fn one() -> Expr {
    cast(Expr::Value(Value::Number("1".to_owned(), false).with_empty_span()), DataType::Int32, CastKind::Cast)
}

fn field_name(field: &DateTimeField) -> String {
    field.to_string().trim_matches(['\'', '"']).to_lowercase()
}

/// The words of `interval '1 day'`, `interval '90' day`, `interval '1-2' year to month`.
fn literal_interval(interval: &Interval) -> Option<String> {
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(words), .. }) = &*interval.value else {
        return None;
    };
    let bare = words.trim().parse::<f64>().is_ok();
    Some(match (&interval.leading_field, &interval.last_field) {
        (Some(unit), None) if bare => format!("{} {}", words.trim(), field_name(unit)),
        (Some(_), Some(unit)) if bare => format!("{} {}", words.trim(), field_name(unit)),
        _ => words.clone(),
    })
}

/// Functions that are casts by another name, and those whose arguments may be named.
fn of_function(function: &mut Function) -> Option<Expr> {
    let name = called(&function.name);
    if function.over.is_some() || function.filter.is_some() {
        return None;
    }
    if name == "make_interval" {
        return positional(function, &["years", "months", "weeks", "days", "hours", "mins", "secs"]);
    }
    let FunctionArguments::List(list) = &mut function.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_mut_slice() else {
        return None;
    };
    let target = match name.as_str() {
        "text" => DataType::Text,
        "date" => DataType::Date,
        "int2" => DataType::Int2(None),
        "int4" => DataType::Int4(None),
        "int8" => DataType::Int8(None),
        "float4" => DataType::Float4,
        "float8" => DataType::Float8,
        "bool" => DataType::Bool,
        "numeric" => DataType::Numeric(datafusion::sql::sqlparser::ast::ExactNumberInfo::None),
        "timestamptz" => DataType::Timestamp(None, TimezoneInfo::Tz),
        "timestamp" => DataType::Timestamp(None, TimezoneInfo::None),
        "varchar" => DataType::Varchar(None),
        "inet" | "cidr" | "money" | "ltree" => DataType::Custom(
            datafusion::sql::sqlparser::ast::ObjectName::from(vec![name.as_str().into()]),
            Vec::new(),
        ),
        "interval" => DataType::Interval { fields: None, precision: None },
        _ => return None,
    };
    Some(cast(taken(argument), target, CastKind::DoubleColon))
}

/// Arguments named with `=>` in the order they are declared; those left out are 0.
fn positional(function: &mut Function, names: &[&str]) -> Option<Expr> {
    let FunctionArguments::List(list) = &mut function.args else { return None };
    let is_named =
        |arg: &FunctionArg| matches!(arg, FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. });
    if !list.args.iter().any(is_named) {
        return None;
    }
    let zero = || {
        cast(
            Expr::Value(Value::Number("0".to_owned(), false).with_empty_span()),
            DataType::Int32,
            CastKind::Cast,
        )
    };
    let mut values: Vec<Expr> = names.iter().map(|_| zero()).collect();
    let mut next = 0;
    for arg in &mut list.args {
        let (at, value) = match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                next += 1;
                (next - 1, taken(expr))
            }
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. } => {
                (names.iter().position(|n| n.eq_ignore_ascii_case(&name.value))?, taken(expr))
            }
            FunctionArg::ExprNamed {
                name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(expr), ..
            } => (names.iter().position(|n| n.eq_ignore_ascii_case(&name.value))?, taken(expr)),
            _ => return None,
        };
        *values.get_mut(at)? = value;
    }
    Some(call("make_interval", values))
}
