//! The words of a `jsonpath`.

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A key or a keyword.
    Name(String),
    Quoted(String),
    Number(String),
    /// `$`, or `$name` with its name.
    Dollar(Option<String>),
    Sign(&'static str),
}

/// Longest first, so that `<=` is not `<` and `=`.
const SIGNS: &[&str] = &[
    "**", "==", "!=", "<>", "<=", ">=", "&&", "||", "<", ">", "!", "@", "?", "(", ")", "[", "]", "{", "}",
    ".", ",", "*", "+", "-", "/", "%",
];

/// `Err` holds what cannot be read.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = if first == '"' {
            let (quoted, used) = quoted(rest)?;
            found.push(Token::Quoted(quoted));
            used
        } else if first.is_ascii_digit()
            || (first == '.' && follows_digit(rest) && !after_value(found.last()))
        {
            let used = number_length(rest);
            found.push(Token::Number(rest[..used].to_owned()));
            used
        } else if first == '$' {
            let name = name_length(&rest[1..]);
            if name == 0 && rest[1..].starts_with('"') {
                let (quoted, used) = quoted(&rest[1..])?;
                found.push(Token::Dollar(Some(quoted)));
                used + 1
            } else {
                found.push(Token::Dollar((name > 0).then(|| rest[1..=name].to_owned())));
                name + 1
            }
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else {
            match name_length(rest) {
                0 => return Err(rest.chars().take(20).collect()),
                used => {
                    found.push(Token::Name(rest[..used].to_owned()));
                    used
                }
            }
        };
        rest = rest[used..].trim_start();
    }
    Ok(found)
}

fn follows_digit(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

fn after_value(last: Option<&Token>) -> bool {
    matches!(
        last,
        Some(Token::Name(_) | Token::Dollar(_) | Token::Quoted(_) | Token::Sign("]" | ")" | "*" | "@"))
    )
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = digits(0);
    // `1.type()` is a method of a number, `1.5` a number.
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if bytes.get(signed).is_some_and(u8::is_ascii_digit) {
            at = digits(signed);
        }
    }
    at
}

/// A quoted string and its length in the text.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => break,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return Err(text.chars().take(20).collect()),
        }
    }
    let whole = text.get(..=at).ok_or_else(|| text.to_owned())?;
    match crate::model::Json::parse(whole) {
        Ok(crate::model::Json::String(inner)) => Ok((inner, at + 1)),
        _ => Ok((loosely(whole), at + 1)),
    }
}

/// `jsonpath` allows an escape in front of any character.
fn loosely(quoted: &str) -> String {
    let mut out = String::new();
    let mut chars = quoted[1..quoted.len() - 1].chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}
