//! JSON values as AWS sends them, and PostgreSQL's canonical `jsonb` text.
//!
//! Numbers stay text, so that nothing beyond 2^53 is lost. Objects keep the order they came in;
//! [`Json::to_jsonb`] sorts keys as PostgreSQL stores them (shorter first, then bytewise) and spaces
//! the text as PostgreSQL prints it.

use std::fmt::Write as _;
use std::sync::Arc;

use jiter::{Jiter, JsonErrorType, Peek};

/// Object keys come from shape tables and repeat without end; sharing them saves the copies.
pub type Key = Arc<str>;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    /// A JSON number, kept as its text.
    Number(Box<str>),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(Key, Json)>),
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for JsonError {}

impl Json {
    pub fn string(text: impl Into<String>) -> Self {
        Json::String(text.into())
    }

    pub fn int(number: i64) -> Self {
        Json::Number(number.to_string().into())
    }

    pub fn object<K: Into<Key>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        Json::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    pub fn parse(text: &str) -> Result<Json, JsonError> {
        Self::parse_bytes(text.as_bytes())
    }

    pub fn parse_bytes(bytes: &[u8]) -> Result<Json, JsonError> {
        let mut reader = Jiter::new(bytes);
        let parsed = read_first(&mut reader).and_then(|value| reader.finish().map(|()| value));
        parsed.map_err(|e| JsonError { message: e.error_type.to_string(), offset: e.index })
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().rev().find(|(k, _)| &**k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&[(Key, Json)]> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The text a scalar shows in a text column; composites show as `jsonb`.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Json::Null => None,
            Json::Bool(value) => Some(value.to_string()),
            Json::Number(text) => Some(text.to_string()),
            Json::String(text) => Some(text.clone()),
            composite => Some(composite.to_jsonb()),
        }
    }

    /// PostgreSQL's `jsonb` output: sorted keys, last duplicate wins, `": "` and `", "`, numbers as
    /// `numeric` prints them.
    pub fn to_jsonb(&self) -> String {
        let mut out = String::new();
        self.write_jsonb(&mut out);
        out
    }

    pub fn write_jsonb(&self, out: &mut String) {
        match self {
            Json::Object(members) => {
                let mut sorted: Vec<&(Key, Json)> = members.iter().collect();
                sorted.sort_by(|(a, _), (b, _)| (a.len(), a.as_bytes()).cmp(&(b.len(), b.as_bytes())));
                out.push('{');
                let mut first = true;
                for (i, (key, value)) in sorted.iter().enumerate() {
                    // The sort is stable, so the last of equal keys is the one written last.
                    if sorted.get(i + 1).is_some_and(|(next, _)| next == key) {
                        continue;
                    }
                    if !std::mem::take(&mut first) {
                        out.push_str(", ");
                    }
                    write_string(key, out);
                    out.push_str(": ");
                    value.write_jsonb(out);
                }
                out.push('}');
            }
            Json::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    item.write_jsonb(out);
                }
                out.push(']');
            }
            scalar => scalar.write_scalar(out, true),
        }
    }

    /// Compact JSON in the order the members came in.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Json::Object(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
            Json::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            scalar => scalar.write_scalar(out, false),
        }
    }

    /// Appends a text as a JSON string.
    pub fn write_string(text: &str, out: &mut String) {
        write_string(text, out);
    }

    fn write_scalar(&self, out: &mut String, numeric: bool) {
        match self {
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) if numeric => write_numeric(text, out),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => write_string(text, out),
            _ => out.push_str("null"),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Json::int(number)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Json::Number(number.to_string().into())
    }
}

impl From<f64> for Json {
    /// JSON has no NaN and no infinity; they become null.
    fn from(number: f64) -> Self {
        if number.is_finite() { Json::Number(number.to_string().into()) } else { Json::Null }
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

/// Deepest nesting read; the same bound jiter itself keeps, stated because our recursion relies on it.
const MAX_DEPTH: usize = 200;

fn read_first(reader: &mut Jiter<'_>) -> jiter::JiterResult<Json> {
    let peek = reader.peek()?;
    read_value(reader, peek, 0)
}

fn read_value(reader: &mut Jiter<'_>, peek: Peek, depth: usize) -> jiter::JiterResult<Json> {
    if depth > MAX_DEPTH {
        let index = reader.current_index();
        return Err(jiter::JsonError { error_type: JsonErrorType::RecursionLimitExceeded, index }.into());
    }
    Ok(match peek {
        Peek::Null => {
            reader.known_null()?;
            Json::Null
        }
        Peek::True | Peek::False => Json::Bool(reader.known_bool(peek)?),
        Peek::String => Json::String(reader.known_str()?.to_owned()),
        Peek::Array => {
            let mut items = Vec::new();
            let mut next = reader.known_array()?;
            while let Some(peek) = next {
                items.push(read_value(reader, peek, depth + 1)?);
                next = reader.array_step()?;
            }
            Json::Array(items)
        }
        Peek::Object => {
            let mut members = Vec::new();
            let mut next = reader.known_object()?.map(Key::from);
            while let Some(key) = next {
                let peek = reader.peek()?;
                members.push((key, read_value(reader, peek, depth + 1)?));
                next = reader.next_key()?.map(Key::from);
            }
            Json::Object(members)
        }
        number => {
            let bytes = reader.known_number_bytes(number)?;
            Json::Number(String::from_utf8_lossy(bytes).into())
        }
    })
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (i, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[plain..i]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        plain = i + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// `1e3` is `1000`, `-0` is `0`, `1.50` stays `1.50`: what `numeric` does on the way in and out.
fn write_numeric(text: &str, out: &mut String) {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i64>().unwrap_or(0)),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    // PostgreSQL's numeric holds 131,072 digits before the point and 16,383 after it.
    if !(-16_383..=131_071).contains(&exponent) {
        out.push_str(text);
        return;
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let point = whole.len() as i64 + exponent;
    let mut plain = String::new();
    if point <= 0 {
        plain.push_str("0.");
        plain.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        plain.push_str(&all);
    } else if point as usize >= all.len() {
        plain.push_str(&all);
        plain.extend(std::iter::repeat_n('0', point as usize - all.len()));
    } else {
        plain.push_str(&all[..point as usize]);
        plain.push('.');
        plain.push_str(&all[point as usize..]);
    }
    let whole_digits = plain.find('.').unwrap_or(plain.len());
    let zeros =
        plain[..whole_digits].bytes().take_while(|b| *b == b'0').count().min(whole_digits.saturating_sub(1));
    if plain.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push_str(sign);
    }
    out.push_str(&plain[zeros..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jsonb(text: &str) -> String {
        Json::parse(text).unwrap().to_jsonb()
    }

    // Expected values are what PostgreSQL 15 prints for `select '...'::jsonb`.
    #[test]
    fn keys_sort_by_length_then_bytes_and_the_last_duplicate_wins() {
        assert_eq!(jsonb(r#"{"bb":1,"a":2,"c":3,"a":4}"#), r#"{"a": 4, "c": 3, "bb": 1}"#);
    }

    #[test]
    fn numbers_print_as_numeric() {
        for (given, shown) in [
            ("1e3", "1000"),
            ("1.50", "1.50"),
            ("-0", "0"),
            ("-0.0", "0.0"),
            ("1.5e-3", "0.0015"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("0.1e1", "1"),
        ] {
            assert_eq!(jsonb(given), shown, "{given}");
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(jsonb("\"a\\u0001\\n\\u00e9\\/\""), "\"a\\u0001\\n\u{e9}/\"");
    }

    #[test]
    fn a_broken_text_says_where() {
        let error = Json::parse(r#"{"a": tru}"#).unwrap_err();
        assert_eq!(error.offset, 9);
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }
}
