//! Tags, names and log lines are other people's text: nothing in them may move the cursor, change
//! colours, set a title, or show right-to-left what is written left-to-right.

use std::borrow::Cow;

/// Replaces control characters and bidirectional overrides by a visible escape (`\u{1b}`). Newlines
/// and tabs stay: whoever prints one line cells replaces those as well.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// The same for JSON, whose own escapes keep the value as it is. Outside its strings JSON is plain.
pub fn sanitize_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Unicode TR36: embeddings, overrides, isolates, marks; and the invisible separators.
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200d}' => true,
        // Nobody sees these either; the last are a whole hidden alphabet.
        '\u{180e}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_in_a_tag_is_shown_not_obeyed() {
        assert_eq!(sanitize("a\x1b[31mred"), "a\\u{1b}[31mred");
        assert_eq!(sanitize("\x1b]0;owned\x07"), "\\u{1b}]0;owned\\u{7}");
    }

    #[test]
    fn a_bidirectional_override_is_shown() {
        assert_eq!(sanitize("user\u{202e}gpj.exe"), "user\\u{202e}gpj.exe");
    }

    #[test]
    fn c1_controls_and_carriage_returns_are_shown() {
        assert_eq!(sanitize("a\u{9b}31mb\rc"), "a\\u{9b}31mb\\u{d}c");
    }

    #[test]
    fn json_keeps_its_value() {
        let text = "{\"a\": \"x\u{9b}31m\u{202e}\u{7f}\u{e0041}\"}";
        let safe = sanitize_json(text);
        assert_eq!(safe, r#"{"a": "x\u009b31m\u202e\u007f\udb40\udc41"}"#);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&safe), value(text));
    }

    #[test]
    fn ordinary_text_of_any_script_is_untouched() {
        for text in ["payments-prod", "Zürich", "東京", "line\nline"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
