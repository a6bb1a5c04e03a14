//! Numbers of a `jsonpath`, exact: they are text, of any length.

use std::cmp::Ordering;

use crate::engine::json::compare;
use crate::engine::json::path::tree::Operation;

pub fn compared(a: &str, b: &str) -> Ordering {
    compare::order_bytes(a).cmp(&compare::order_bytes(b))
}

pub fn negated(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) => rest.to_owned(),
        None if text.bytes().all(|b| matches!(b, b'0' | b'.')) => text.to_owned(),
        None => format!("-{text}"),
    }
}

/// As digits and how many of them stand after the point; `None` beyond 38 digits.
fn scaled(text: &str) -> Option<(i128, u32)> {
    let canonical = crate::model::Json::Number(text.into()).to_jsonb();
    let (whole, fraction) = canonical.split_once('.').unwrap_or((&canonical, ""));
    let digits = format!("{whole}{fraction}");
    Some((digits.parse().ok()?, u32::try_from(fraction.len()).ok()?))
}

fn written(digits: i128, scale: u32) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let sign = if digits < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `None` where the result has too many digits.
pub fn computed(operation: Operation, a: &str, b: &str) -> Option<String> {
    let ((a, a_scale), (b, b_scale)) = (scaled(a)?, scaled(b)?);
    if operation == Operation::Multiply {
        return Some(written(a.checked_mul(b)?, a_scale + b_scale));
    }
    let scale = a_scale.max(b_scale);
    let to = |n: i128, s: u32| n.checked_mul(10i128.checked_pow(scale - s)?);
    let (a, b) = (to(a, a_scale)?, to(b, b_scale)?);
    let result = if operation == Operation::Add { a.checked_add(b)? } else { a.checked_sub(b)? };
    Some(written(result, scale))
}

/// A subscript: what is after the point does not count.
pub fn truncated(text: &str) -> Option<i64> {
    let (digits, scale) = scaled(text)?;
    i64::try_from(digits / 10i128.checked_pow(scale)?).ok().filter(|n| i32::try_from(*n).is_ok())
}

pub fn floor(text: &str) -> String {
    rounded(text, i128::div_euclid).unwrap_or_else(|| text.to_owned())
}

pub fn ceiling(text: &str) -> String {
    rounded(text, |digits, unit| -((-digits).div_euclid(unit))).unwrap_or_else(|| text.to_owned())
}

fn rounded(text: &str, divide: impl Fn(i128, i128) -> i128) -> Option<String> {
    let (digits, scale) = scaled(text)?;
    Some(divide(digits, 10i128.checked_pow(scale)?).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_exact() {
        assert_eq!(computed(Operation::Add, "0.1", "0.2").as_deref(), Some("0.3"));
        assert_eq!(computed(Operation::Multiply, "-1.5", "0.02").as_deref(), Some("-0.030"));
        assert_eq!(
            computed(Operation::Subtract, "9007199254740993", "1").as_deref(),
            Some("9007199254740992")
        );
        assert_eq!((floor("-1.5"), ceiling("-1.5"), ceiling("2.01")), ("-2".into(), "-1".into(), "3".into()));
        assert_eq!(truncated("-1.9"), Some(-1));
        assert!(compared("1e2", "99.9").is_gt());
    }
}
