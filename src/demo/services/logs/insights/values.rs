//! Values of Logs Insights: texts that are numbers where a number is wanted, and nothing where a field
//! is not there.

use super::rows::Row;
use super::syntax::Expression;

/// Functions that `fields` and `filter` know, in lower case.
pub const FUNCTIONS: [&str; 27] = [
    "abs",
    "bin",
    "ceil",
    "coalesce",
    "concat",
    "datefloor",
    "floor",
    "frommillis",
    "greatest",
    "isblank",
    "isempty",
    "ispresent",
    "least",
    "log",
    "ltrim",
    "replace",
    "rtrim",
    "sqrt",
    "strcontains",
    "strlen",
    "substr",
    "tolower",
    "tomillis",
    "toupper",
    "trim",
    "isvalidip",
    "dateceil",
];

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Number(f64),
    Text(String),
    /// Epoch milliseconds.
    Time(i64),
}

impl Value {
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Time(millis) => Some(*millis as f64),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Null => None,
        }
    }

    pub fn text(&self) -> Option<String> {
        Some(match self {
            Value::Null => return None,
            Value::Text(text) => text.clone(),
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
            Value::Number(number) => {
                let text = format!("{number:.4}");
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Value::Time(millis) => time(*millis),
        })
    }

    fn is_true(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty() && text != "false" && text != "0",
            Value::Time(_) => true,
            Value::Null => false,
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Number(f64::from(u8::from(flag)))
    }
}

/// `2026-02-27 08:31:05.123`
pub fn time(millis: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// Numbers by size where both are, else texts by their letters; nothing is before everything.
pub fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => left.text().cmp(&right.text()),
    }
}

pub fn holds(expression: &Expression, row: &Row<'_>) -> bool {
    value(expression, row).is_true()
}

pub fn value(expression: &Expression, row: &Row<'_>) -> Value {
    let of = |expression: &Expression| value(expression, row);
    match expression {
        Expression::Number(number) => Value::Number(*number),
        Expression::Period(millis) => Value::Number(*millis as f64),
        Expression::Text(text) => Value::Text(text.clone()),
        Expression::Field(name) => row.field(name),
        Expression::Not(inner) => (!holds(inner, row)).into(),
        Expression::And(left, right) => (holds(left, row) && holds(right, row)).into(),
        Expression::Or(left, right) => (holds(left, row) || holds(right, row)).into(),
        Expression::Compare(left, sign, right) => compare(&of(left), sign, &of(right)).into(),
        Expression::In(left, list) => {
            let left = of(left);
            list.iter().any(|one| compare(&left, "=", &of(one))).into()
        }
        Expression::Matches(left, regex) => of(left).text().is_some_and(|text| regex.is_match(&text)).into(),
        Expression::Holds(left, part) => {
            of(left).text().is_some_and(|text| text.contains(part.as_str())).into()
        }
        Expression::Arithmetic(left, sign, right) => match (of(left).number(), of(right).number()) {
            (Some(left), Some(right)) => Value::Number(match sign {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                '%' => left % right,
                _ if right == 0.0 => return Value::Null,
                _ => left / right,
            }),
            _ => Value::Null,
        },
        Expression::Call(name, arguments) => call(name, arguments, row),
    }
}

fn compare(left: &Value, sign: &str, right: &Value) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if *left == Value::Null || *right == Value::Null {
        return sign == "!=" && left != right;
    }
    let order = order(left, right);
    match sign {
        "=" => order == Equal,
        "!=" => order != Equal,
        "<" => order == Less,
        "<=" => order != Greater,
        ">" => order == Greater,
        _ => order != Less,
    }
}

fn call(name: &str, arguments: &[Expression], row: &Row<'_>) -> Value {
    let of = |n: usize| arguments.get(n).map_or(Value::Null, |expression| value(expression, row));
    let text = |n: usize| of(n).text();
    let number = |n: usize| of(n).number();
    let of_text =
        |make: &dyn Fn(&str) -> String| text(0).map_or(Value::Null, |text| Value::Text(make(&text)));
    let of_number = |make: &dyn Fn(f64) -> f64| number(0).map_or(Value::Null, |n| Value::Number(make(n)));
    let stepped = |millis: Option<f64>, step: Option<f64>, up: bool| match (millis, step) {
        (Some(millis), Some(step)) if step >= 1.0 => {
            let (millis, step) = (millis as i64, step as i64);
            let down = millis.div_euclid(step) * step;
            Value::Time(if up && down < millis { down + step } else { down })
        }
        _ => Value::Null,
    };
    match name {
        "bin" => stepped(Some(row.at() as f64), number(0), false),
        "datefloor" => stepped(number(0), number(1), false),
        "dateceil" => stepped(number(0), number(1), true),
        "tomillis" => number(0).map_or(Value::Null, Value::Number),
        "frommillis" => number(0).map_or(Value::Null, |millis| Value::Time(millis as i64)),
        "strlen" => text(0).map_or(Value::Null, |text| Value::Number(text.chars().count() as f64)),
        "toupper" => of_text(&str::to_uppercase),
        "tolower" => of_text(&str::to_lowercase),
        "trim" => of_text(&|text| text.trim().to_owned()),
        "ltrim" => of_text(&|text| text.trim_start().to_owned()),
        "rtrim" => of_text(&|text| text.trim_end().to_owned()),
        "replace" => match (text(0), text(1), text(2)) {
            (Some(text), Some(this), Some(that)) => Value::Text(text.replace(&this, &that)),
            _ => Value::Null,
        },
        "substr" => text(0).map_or(Value::Null, |text| {
            let (from, most) =
                (number(1).unwrap_or(0.0) as usize, number(2).map_or(usize::MAX, |n| n as usize));
            Value::Text(text.chars().skip(from).take(most).collect())
        }),
        "concat" => Value::Text((0..arguments.len()).filter_map(text).collect()),
        "strcontains" => match (text(0), text(1)) {
            (Some(text), Some(part)) => text.contains(&part).into(),
            _ => false.into(),
        },
        "coalesce" => (0..arguments.len()).map(of).find(|value| *value != Value::Null).unwrap_or(Value::Null),
        "ispresent" => (of(0) != Value::Null).into(),
        "isempty" => text(0).is_none_or(|text| text.is_empty()).into(),
        "isblank" => text(0).is_none_or(|text| text.trim().is_empty()).into(),
        "isvalidip" => text(0).is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()).into(),
        "abs" => of_number(&f64::abs),
        "ceil" => of_number(&f64::ceil),
        "floor" => of_number(&f64::floor),
        "log" => of_number(&f64::ln),
        "sqrt" => of_number(&f64::sqrt),
        "greatest" | "least" => {
            let values = (0..arguments.len()).map(of).filter(|value| *value != Value::Null);
            let found = if name == "least" { values.min_by(order) } else { values.max_by(order) };
            found.unwrap_or(Value::Null)
        }
        _ => Value::Null,
    }
}
