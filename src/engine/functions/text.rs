//! Functions of text.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result, exec_err};

use super::Table;
use super::call::{Call, count};
use super::overloaded::{Overload, general, overload};
use super::resolve::{Param, Returns};
use crate::engine::types::{PgType, write};

use PgType::{Bool, Int4, Int8, Text};

pub fn table() -> Table {
    let one = |kernel| vec![overload(&[Text], Text, kernel)];
    let length: Vec<Overload> = vec![overload(&[Text], Int4, |c| c.one(|t: &str| count(t.chars().count())))];
    let trim = |first, second| vec![overload(&[Text], Text, first), overload(&[Text, Text], Text, second)];
    let substr = || {
        vec![
            overload(&[Text, Int4], Text, |c| c.two(|t: &str, from: i32| substring(t, from.into(), None))),
            overload(&[Text, Int4, Int4], Text, |c| {
                c.three(|t: &str, from: i32, length: i32| substring(t, from.into(), Some(length.into())))
            }),
        ]
    };
    vec![
        ("lower", one(|c| c.one(|t: &str| Ok(t.to_lowercase())))),
        ("string_agg_value", one(|c| c.one(|t: &str| Ok(t.to_owned())))),
        ("upper", one(|c| c.one(|t: &str| Ok(t.to_uppercase())))),
        ("initcap", one(|c| c.one(|t: &str| Ok(initcap(t))))),
        ("length", length.clone()),
        ("char_length", length.clone()),
        ("character_length", length),
        ("octet_length", vec![overload(&[Text], Int4, |c| c.one(|t: &str| count(t.len())))]),
        ("bit_length", vec![overload(&[Text], Int4, |c| c.one(|t: &str| count(t.len() * 8)))]),
        ("btrim", trim(|c| trimmed(c, true, true), |c| trimmed(c, true, true))),
        ("ltrim", trim(|c| trimmed(c, true, false), |c| trimmed(c, true, false))),
        ("rtrim", trim(|c| trimmed(c, false, true), |c| trimmed(c, false, true))),
        (
            "replace",
            vec![overload(&[Text, Text, Text], Text, |c| {
                c.three(|t: &str, from: &str, to: &str| {
                    Ok(if from.is_empty() { t.to_owned() } else { t.replace(from, to) })
                })
            })],
        ),
        (
            "translate",
            vec![overload(&[Text, Text, Text], Text, |c| {
                c.three(|t: &str, from: &str, to: &str| {
                    let mapped = |letter: char| match from.chars().position(|f| f == letter) {
                        Some(at) => to.chars().nth(at),
                        None => Some(letter),
                    };
                    Ok(t.chars().filter_map(mapped).collect::<String>())
                })
            })],
        ),
        ("repeat", vec![overload(&[Text, Int4], Text, |c| c.two(repeat))]),
        ("lpad", pad(|c| padded(c, true))),
        ("rpad", pad(|c| padded(c, false))),
        ("left", vec![overload(&[Text, Int4], Text, |c| c.two(|t: &str, n: i32| Ok(left(t, n))))]),
        ("right", vec![overload(&[Text, Int4], Text, |c| c.two(|t: &str, n: i32| Ok(right(t, n))))]),
        ("reverse", one(|c| c.one(|t: &str| Ok(t.chars().rev().collect::<String>())))),
        ("strpos", vec![overload(&[Text, Text], Int4, |c| c.two(position))]),
        ("split_part", vec![overload(&[Text, Text, Int4], Text, |c| c.three(split_part))]),
        ("substr", substr()),
        ("chr", vec![overload(&[Int4], Text, |c| c.one(chr))]),
        (
            "ascii",
            vec![overload(&[Text], Int4, |c| {
                c.one(|t: &str| Ok(t.chars().next().map_or(0, |l| u32::from(l).cast_signed())))
            })],
        ),
        (
            "starts_with",
            vec![overload(&[Text, Text], Bool, |c| c.two(|t: &str, prefix: &str| Ok(t.starts_with(prefix))))],
        ),
        ("quote_literal", one(|c| c.one(|t: &str| Ok(quote_literal(t))))),
        (
            "quote_nullable",
            one(|c| c.rows(|row| Ok(Some(c.get(0, row)?.map_or("NULL".to_owned(), quote_literal))))),
        ),
        ("quote_ident", one(|c| c.one(|t: &str| Ok(quote_ident(t))))),
        (
            "to_hex",
            vec![
                overload(&[Int4], Text, |c| c.one(|n: i32| Ok(format!("{n:x}")))),
                overload(&[Int8], Text, |c| c.one(|n: i64| Ok(format!("{n:x}")))),
            ],
        ),
        (
            "overlay",
            vec![
                overload(&[Text, Text, Int4], Text, |c| {
                    c.three(|t: &str, new: &str, from: i32| overlay(t, new, from, new.chars().count() as i64))
                }),
                overload(&[Text, Text, Int4, Int4], Text, |c| {
                    c.rows(|row| {
                        match (c.get(0, row)?, c.get(1, row)?, c.get(2, row)?, c.get::<i32>(3, row)?) {
                            (Some(t), Some(new), Some(from), Some(length)) => {
                                overlay(t, new, from, length.into()).map(Some)
                            }
                            _ => Ok(None),
                        }
                    })
                }),
            ],
        ),
        ("md5", one(|c| c.one(|t: &str| Ok(md5(t.as_bytes()))))),
        ("concat", vec![general([Param::Any], Returns::Is(Text), concat).variadic()]),
        ("concat_ws", vec![general([Param::Is(Text), Param::Any], Returns::Is(Text), concat_ws).variadic()]),
        ("glob", one(|c| c.one(|t: &str| Ok(t.replace('*', "%").replace('?', "_"))))),
        (
            "string_to_array",
            vec![
                overload(&[Text, Text], Text.array(), super::array::string_to_array),
                overload(&[Text, Text, Text], Text.array(), super::array::string_to_array),
            ],
        ),
    ]
}

fn initcap(text: &str) -> String {
    let mut in_word = false;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if in_word {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
        in_word = letter.is_alphanumeric();
    }
    out
}

fn trimmed(call: &Call, start: bool, end: bool) -> Result<ArrayRef> {
    call.rows(|row| {
        let letters: Option<&str> = if call.arguments.len() > 1 { call.get(1, row)? } else { Some(" ") };
        let (Some(text), Some(letters)) = (call.get::<&str>(0, row)?, letters) else { return Ok(None) };
        let cut = |c: char| letters.contains(c);
        let text = if start { text.trim_start_matches(cut) } else { text };
        Ok(Some(if end { text.trim_end_matches(cut) } else { text }.to_owned()))
    })
}

/// Most characters a padded or repeated text may have; PostgreSQL stops at 1 GB.
const MOST: usize = 64 << 20;

fn repeat(text: &str, times: i32) -> Result<String> {
    let times = usize::try_from(times).unwrap_or(0);
    if text.len().saturating_mul(times) > MOST {
        return exec_err!("requested length too large");
    }
    Ok(text.repeat(times))
}

fn pad(kernel: super::overloaded::Kernel) -> Vec<Overload> {
    vec![overload(&[Text, Int4], Text, kernel), overload(&[Text, Int4, Text], Text, kernel)]
}

fn padded(call: &Call, before: bool) -> Result<ArrayRef> {
    call.rows(|row| {
        let fill: Option<&str> = if call.arguments.len() > 2 { call.get(2, row)? } else { Some(" ") };
        let (Some(text), Some(width), Some(fill)) =
            (call.get::<&str>(0, row)?, call.get::<i32>(1, row)?, fill)
        else {
            return Ok(None);
        };
        let width = usize::try_from(width).unwrap_or(0);
        if width > MOST {
            return exec_err!("requested length too large");
        }
        let length = text.chars().count();
        if length >= width || fill.is_empty() {
            return Ok(Some(text.chars().take(width).collect::<String>()));
        }
        let filling: String = fill.chars().cycle().take(width - length).collect();
        Ok(Some(if before { filling + text } else { text.to_owned() + &filling }))
    })
}

/// A negative count leaves out so many at the other end.
fn left(text: &str, count: i32) -> String {
    let length = text.chars().count();
    let kept = match usize::try_from(count) {
        Ok(count) => count,
        Err(_) => length.saturating_sub(count.unsigned_abs() as usize),
    };
    text.chars().take(kept).collect()
}

fn right(text: &str, count: i32) -> String {
    let length = text.chars().count();
    let skipped = match usize::try_from(count) {
        Ok(count) => length.saturating_sub(count),
        Err(_) => count.unsigned_abs() as usize,
    };
    text.chars().skip(skipped).collect()
}

fn position(text: &str, part: &str) -> Result<i32> {
    match text.find(part) {
        Some(at) => count(text.get(..at).map_or(0, |before| before.chars().count()) + 1),
        None => Ok(0),
    }
}

/// The `n`-th part, counted from the end where negative.
fn split_part(text: &str, delimiter: &str, n: i32) -> Result<String> {
    if n == 0 {
        return exec_err!("field position must not be zero");
    }
    let back = n.unsigned_abs() as usize - 1;
    if delimiter.is_empty() {
        return Ok(if back == 0 { text.to_owned() } else { String::new() });
    }
    let part = match n > 0 {
        true => text.split(delimiter).nth(back),
        false => text.rsplit(delimiter).nth(back),
    };
    Ok(part.unwrap_or("").to_owned())
}

/// Characters from `from` (the first is 1); places before the text count, but are empty.
pub fn substring(text: &str, from: i64, length: Option<i64>) -> Result<String> {
    let end = match length {
        Some(length) if length < 0 => return exec_err!("negative substring length not allowed"),
        Some(length) => from.saturating_add(length),
        None => i64::MAX,
    };
    let skip = usize::try_from(from.max(1) - 1).unwrap_or(usize::MAX);
    let take = usize::try_from((end - from.max(1)).max(0)).unwrap_or(usize::MAX);
    Ok(text.chars().skip(skip).take(take).collect())
}

fn overlay(text: &str, new: &str, from: i32, length: i64) -> Result<String> {
    if from <= 0 {
        return exec_err!("negative substring length not allowed");
    }
    let from = i64::from(from);
    let after = substring(text, from.saturating_add(length), None)?;
    Ok(format!("{}{new}{after}", substring(text, 1, Some(from - 1))?))
}

fn chr(code: i32) -> Result<String> {
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some('\0') => exec_err!("null character not permitted"),
        Some(letter) => Ok(letter.to_string()),
        None => exec_err!("requested character not valid for encoding: {code}"),
    }
}

fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

fn quote_ident(text: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if begins && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// NULLs are skipped.
fn concat(call: &Call) -> Result<ArrayRef> {
    joined(call, 0, |_| Ok(Some(String::new())))
}

fn concat_ws(call: &Call) -> Result<ArrayRef> {
    joined(call, 1, |row| Ok(call.get::<&str>(0, row)?.map(str::to_owned)))
}

fn joined(call: &Call, from: usize, separator: impl Fn(usize) -> Result<Option<String>>) -> Result<ArrayRef> {
    let mut texts = Vec::with_capacity(call.arguments.len());
    for argument in call.arguments.iter().skip(from) {
        texts.push((write::column(&argument.array, &argument.kind)?, argument.constant));
    }
    call.rows(|row| {
        let Some(separator) = separator(row)? else { return Ok(None) };
        let parts = texts.iter().filter_map(|(texts, constant)| {
            let row = if *constant { 0 } else { row };
            texts.is_valid(row).then(|| texts.value(row))
        });
        Ok(Some(parts.collect::<Vec<_>>().join(&separator)))
    })
}

/// RFC 1321, in hexadecimal.
fn md5(bytes: &[u8]) -> String {
    // Shifts per round, and the sines of the text.
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    for chunk in message.chunks_exact(64) {
        let words: Vec<u32> =
            chunk.chunks_exact(4).map(|w| w.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let sine = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(at).copied().unwrap_or(0);
            let shift = SHIFTS.get(step / 16).and_then(|s| s.get(step % 4)).copied().unwrap_or(0);
            let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (whole, part) in state.iter_mut().zip([a, b, c, d]) {
            *whole = whole.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_as_postgresql_cuts_them() {
        assert_eq!(left("héllo", -2), "hél");
        assert_eq!(right("héllo", -2), "llo");
        assert_eq!(split_part("a.b.c", ".", -1).unwrap(), "c");
        assert_eq!(split_part("a.b.c", ".", 4).unwrap(), "");
        assert_eq!(substring("hello", -1, Some(4)).unwrap(), "he");
        assert_eq!(substring("hello", 2, None).unwrap(), "ello");
        assert_eq!(initcap("hello_world 2nd o'neil"), "Hello_World 2nd O'Neil");
        assert_eq!(overlay("Txxxxas", "hom", 2, 4).unwrap(), "Thomas");
    }

    #[test]
    fn md5_is_rfc_1321s() {
        assert_eq!(md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(md5(&[b'1'; 80]), "7478ba1875f17511c12740431336a09e");
    }
}
