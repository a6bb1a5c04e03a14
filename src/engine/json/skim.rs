//! Finding a member in JSON text without building a tree.
//!
//! The text is canonical (checked when it was made), but nothing here trusts that: a text that is
//! not JSON yields `None` or a value that is not JSON, never a panic, and nothing recurses.

use std::borrow::Cow;

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl Kind {
    pub fn of(value: &str) -> Option<Kind> {
        Some(match value.trim_start().as_bytes().first()? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            b'-' | b'0'..=b'9' => Kind::Number,
            _ => return None,
        })
    }

    /// `jsonb_typeof`
    pub fn name(self) -> &'static str {
        match self {
            Kind::Object => "object",
            Kind::Array => "array",
            Kind::String => "string",
            Kind::Number => "number",
            Kind::Bool => "boolean",
            Kind::Null => "null",
        }
    }
}

/// The value of `key` if `json` is an object that has it.
pub fn member<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    Members::of(json)?.find(|(name, _)| same_text(name, key)).map(|(_, value)| value)
}

/// The `index`-th element, counted from the end where negative. A scalar counts as an array of one,
/// as in PostgreSQL: `'"a"'::jsonb -> 0` is `"a"`.
pub fn element(json: &str, index: i64) -> Option<&str> {
    match Kind::of(json)? {
        Kind::Array => {
            let from_end = |back: u64| {
                let length = Elements::of(json)?.count() as u64;
                length.checked_sub(back)
            };
            let at = if index < 0 { from_end(index.unsigned_abs())? } else { index.unsigned_abs() };
            Elements::of(json)?.nth(usize::try_from(at).ok()?)
        }
        Kind::Object => None,
        _ => (index == 0 || index == -1).then(|| json.trim()),
    }
}

/// One step of `#>`: a key of an object, or an index of an array.
pub fn step<'a>(json: &'a str, part: &str) -> Option<&'a str> {
    match Kind::of(json)? {
        Kind::Object => member(json, part),
        Kind::Array => element(json, part.trim().parse().ok()?),
        _ => None,
    }
}

/// What `->>` shows: text without quotes, `None` for null, everything else as it stands.
pub fn as_text(value: &str) -> Option<Cow<'_, str>> {
    match Kind::of(value)? {
        Kind::Null => None,
        Kind::String => Some(unquoted(value.trim())),
        _ => Some(Cow::Borrowed(value)),
    }
}

/// The content of a quoted string.
pub fn unquoted(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(quoted);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    match crate::model::Json::parse(quoted) {
        Ok(crate::model::Json::String(text)) => Cow::Owned(text),
        _ => Cow::Borrowed(inner),
    }
}

fn same_text(quoted: &str, text: &str) -> bool {
    // Escapes are rare in keys; lengths settle nearly every comparison.
    if quoted.contains('\\') {
        unquoted(quoted) == text
    } else {
        quoted.get(1..quoted.len().saturating_sub(1)) == Some(text)
    }
}

/// Key (with its quotes) and value of each member.
pub struct Members<'a>(Walk<'a>);

impl<'a> Members<'a> {
    pub fn of(json: &'a str) -> Option<Self> {
        Walk::into(json, b'{').map(Self)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.value()?;
        self.0.expect(b':')?;
        let value = self.0.value()?;
        self.0.separator();
        Some((key, value))
    }
}

pub struct Elements<'a>(Walk<'a>);

impl<'a> Elements<'a> {
    pub fn of(json: &'a str) -> Option<Self> {
        Walk::into(json, b'[').map(Self)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let value = self.0.value()?;
        self.0.separator();
        Some(value)
    }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn into(json: &'a str, open: u8) -> Option<Self> {
        let mut walk = Walk { text: json, at: 0 };
        walk.expect(open)?;
        Some(walk)
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn separator(&mut self) {
        if self.peek() == Some(b',') {
            self.at += 1;
        }
    }

    /// The next value, whole; `None` at a closing bracket or the end.
    fn value(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => self.skip_string(),
            b'{' | b'[' => self.skip_nested(),
            b'}' | b']' | b',' | b':' => return None,
            _ => self.skip_scalar(),
        }
        self.text.get(start..self.at)
    }

    fn skip_string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'"' => return,
                b'\\' => self.at = (self.at + 1).min(bytes.len()),
                _ => {}
            }
        }
    }

    fn skip_nested(&mut self) {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_scalar(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if matches!(byte, b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\t' | b'\r') {
                return;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a": 1, "b": [1, {"c": "x,}]\""}, null], "é\"": true, "sp ace": {}}"#;

    #[test]
    fn members_and_elements_are_found_whole() {
        assert_eq!(member(TEXT, "a"), Some("1"));
        assert_eq!(member(TEXT, "é\""), Some("true"));
        assert_eq!(member(TEXT, "sp ace"), Some("{}"));
        let list = member(TEXT, "b").unwrap();
        assert_eq!(element(list, 1), Some(r#"{"c": "x,}]\""}"#));
        assert_eq!(element(list, -1), Some("null"));
        assert_eq!(element(list, 3), None);
        assert_eq!(element(list, -4), None);
        assert_eq!(element(list, i64::MIN), None);
        assert_eq!(member(TEXT, "c"), None, "a nested key is not a member");
    }

    #[test]
    fn what_is_not_json_is_nothing_and_never_a_panic() {
        for text in [
            "", " ", "{", "[", "}", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[1", "[,", "\"\\", "é", "{é",
            "{\"a\\",
        ] {
            assert_eq!(member(text, "b"), None, "{text}");
            let _ = (element(text, 0), element(text, -1), step(text, "0"), as_text(text));
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = format!("[{}1{}]", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(element(&deep, 0).map(str::len), Some(2_000_001));
    }
}
