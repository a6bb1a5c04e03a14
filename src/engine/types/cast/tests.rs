//! Expected texts are PostgreSQL 15's answers.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::rules::How;
use super::*;
use crate::engine::types::calendar::Read;
use crate::engine::types::{Modifier, PgType, Target, read, write};

const CONTEXT: Read = Read { now: 0 };

/// `'text'::from::to::text`
fn cast(text: &str, from: &PgType, to: impl Into<Target>) -> Result<String, String> {
    let to = to.into();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let value = read::column(texts.as_any().downcast_ref().unwrap(), from, CONTEXT).unwrap();
    let cast = column(&value, from, &to, CONTEXT).map_err(|e| e.strip_backtrace())?;
    Ok(write::value(&cast, &to.kind, 0).unwrap().unwrap())
}

#[test]
fn numbers_round_as_postgresql_rounds_them() {
    use PgType::*;
    for (text, from, to, expected) in [
        ("1.5", Numeric, Int4, "2"),
        ("2.5", Numeric, Int4, "3"),
        ("-2.5", Numeric, Int8, "-3"),
        ("2.5", Float8, Int4, "2"),
        ("3.5", Float8, Int4, "4"),
        ("0.1", Float8, Numeric, "0.1"),
        ("12.345", Numeric, Money, "$12.35"),
        ("7", Int4, Money, "$7.00"),
        ("$1,234.50", Money, Numeric, "1234.50"),
        ("1", Int4, Bool, "t"),
        ("t", Bool, Int4, "1"),
        ("t", Bool, Text, "true"),
        ("10.0.0.1", Inet, Text, "10.0.0.1/32"),
        ("10.0.0.1/8", Inet, Cidr, "10.0.0.0/8"),
        ("1.50", Jsonb, Numeric, "1.50"),
        ("1.5", Jsonb, Int4, "2"),
        ("true", Jsonb, Bool, "t"),
        ("\"a\"", Jsonb, Text, "\"a\""),
        ("2026-01-02", Date, Timestamptz, "2026-01-02 00:00:00+00"),
        ("2026-01-02 03:04:05", Timestamp, Date, "2026-01-02"),
    ] {
        assert_eq!(cast(text, &from, to.clone()).as_deref(), Ok(expected), "{text} {from} {to}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    use PgType::*;
    for (text, from, to, expected) in [
        ("3000000000", Int8, Int4, "integer out of range"),
        ("40000", Int4, Int2, "smallint out of range"),
        ("1e30", Numeric, Int8, "bigint out of range"),
        ("NaN", Numeric, Int4, "cannot convert NaN to integer"),
        ("\"a\"", Jsonb, Int4, "cannot cast jsonb string to type integer"),
        ("1", Jsonb, Bool, "cannot cast jsonb numeric to type boolean"),
    ] {
        assert!(cast(text, &from, to.clone()).unwrap_err().ends_with(expected), "{text} {to}");
    }
}

#[test]
fn modifiers_cut_round_and_refuse() {
    let digits =
        |precision, scale| Target { kind: PgType::Numeric, modifier: Modifier::Digits { precision, scale } };
    assert_eq!(cast("1.005", &PgType::Numeric, digits(5, 2)).as_deref(), Ok("1.01"));
    assert!(cast("1000", &PgType::Int4, digits(4, 2)).unwrap_err().ends_with("numeric field overflow"));
    let length = |kind, n| Target { kind, modifier: Modifier::Length(n) };
    assert_eq!(cast("abcdef", &PgType::Text, length(PgType::Varchar, 3)).as_deref(), Ok("abc"));
    assert_eq!(cast("ab", &PgType::Text, length(PgType::Char, 3)).as_deref(), Ok("ab "));
}

#[test]
fn casts_are_as_willing_as_postgresqls() {
    assert!(is_implicit(&PgType::Int4, &PgType::Numeric));
    assert!(!is_implicit(&PgType::Numeric, &PgType::Int4));
    assert!(!is_implicit(&PgType::Int4, &PgType::Text));
    assert!(is_implicit(&PgType::Unknown, &PgType::Inet));
    assert_eq!(how(&PgType::Int8, &PgType::Bool), None);
    assert_eq!(how(&PgType::Float8, &PgType::Money), None);
    assert_eq!(how(&PgType::Int4, &PgType::Jsonb), None);
    assert_eq!(how(&PgType::Text, &PgType::Inet), Some(How::Explicit));
}
