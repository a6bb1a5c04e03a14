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

/// The same for canonical text, whose shorter keys come first: the search ends at the first longer one.
pub fn member_of_canonical<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let mut walk = Walk::into(json, b'{')?;
    loop {
        let name = walk.value()?;
        walk.expect(b':')?;
        // An escape makes the text longer than the key.
        if name.len() > key.len() + 2 && !name.contains('\\') {
            return None;
        }
        let found = same_text(name, key);
        let value = walk.value()?;
        if found {
            return Some(value);
        }
        walk.separator();
    }
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

/// Where the next quote or backslash stands, from `at`; the end where there is none. Eight bytes at a time.
fn quote_or_escape(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    // The top bit of each byte that is `byte`, the lowest one exactly.
    let marks = |word: u64, byte: u8| {
        let zeroed = word ^ (ONES * u64::from(byte));
        zeroed.wrapping_sub(ONES) & !zeroed & TOPS
    };
    while let Some(eight) = bytes.get(at..at + 8).and_then(|b| <[u8; 8]>::try_from(b).ok()) {
        let word = u64::from_le_bytes(eight);
        let found = marks(word, b'"') | marks(word, b'\\');
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(rest.len())
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
        loop {
            self.at = quote_or_escape(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return;
                }
                Some(_) => self.at = (self.at + 2).min(bytes.len()),
                None => return,
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
    fn canonical_text_is_searched_no_further_than_needed() {
        let json = r#"{"a": 1, "bb": "x\"y", "é\"": 2, "long": {"a": 3}}"#;
        for key in ["a", "bb", "é\"", "long", "b", "zz", "lonh", "longer", ""] {
            assert_eq!(member_of_canonical(json, key), member(json, key), "{key}");
        }
        assert_eq!(member_of_canonical(json, "long"), Some(r#"{"a": 3}"#));
        for text in ["", "{", "[1]", "{\"a", "{\"a\"", "{\"a\":", "5"] {
            assert_eq!(member_of_canonical(text, "b"), None, "{text}");
        }
    }

    #[test]
    fn strings_end_where_they_end() {
        for length in 0..40 {
            let text = format!("{}\"rest", "x".repeat(length));
            assert_eq!(quote_or_escape(text.as_bytes(), 0), length);
            let escaped = format!("{}\\\"", "é".repeat(length));
            assert_eq!(quote_or_escape(escaped.as_bytes(), 0), 2 * length);
            assert_eq!(quote_or_escape(&text.as_bytes()[..length], 0), length);
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = format!("[{}1{}]", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(element(&deep, 0).map(str::len), Some(2_000_001));
    }
}
