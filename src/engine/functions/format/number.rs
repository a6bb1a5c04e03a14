//! Numbers written and read by a template: `9` and `0` for digits, `, . G D`, signs `S MI PL SG PR`, `FM`,
//! `TH`, `V`.

use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::engine::types::numeric::Numeric;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// `9`, or `0` where zeros are written.
    Digit {
        zero: bool,
    },
    Group,
    Point,
    /// `S`
    Sign,
    Minus,
    Plus,
    SignHere,
    Currency,
    Ordinal {
        upper: bool,
    },
    Text(String),
}

#[derive(Default)]
struct Template {
    items: Vec<Item>,
    /// `FM`
    fill: bool,
    /// `PR`
    angles: bool,
    /// Digits behind `V`.
    shift: u32,
}

fn template(text: &str) -> Result<Template> {
    let mut out = Template::default();
    let mut shifted = false;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or("").to_ascii_uppercase();
        let (item, length) = match (two.as_str(), letter) {
            ("FM", _) => {
                out.fill = true;
                (None, 2)
            }
            ("MI", _) => (Some(Item::Minus), 2),
            ("PL", _) => (Some(Item::Plus), 2),
            ("SG", _) => (Some(Item::SignHere), 2),
            ("PR", _) => {
                out.angles = true;
                (None, 2)
            }
            ("TH", _) => (Some(Item::Ordinal { upper: letter == 'T' }), 2),
            ("RN", _) => return exec_err!("Roman numerals (RN) are not supported in to_char"),
            ("EE", _) => return exec_err!("scientific notation (EEEE) is not supported in to_char"),
            (_, '9' | '0') => {
                out.shift += u32::from(shifted);
                (Some(Item::Digit { zero: letter == '0' }), 1)
            }
            (_, ',' | 'G' | 'g') => (Some(Item::Group), 1),
            (_, '.' | 'D' | 'd') => (Some(Item::Point), 1),
            (_, 'S' | 's') => (Some(Item::Sign), 1),
            (_, 'L' | 'l') => (Some(Item::Currency), 1),
            (_, 'V' | 'v') => {
                shifted = true;
                (None, 1)
            }
            (_, '"') => {
                let inside = rest.get(1..).unwrap_or("");
                let end = inside.find('"').unwrap_or(inside.len());
                (Some(Item::Text(inside.get(..end).unwrap_or("").to_owned())), (end + 2).min(rest.len()))
            }
            (_, other) => (Some(Item::Text(other.to_string())), other.len_utf8()),
        };
        out.items.extend(item);
        rest = rest.get(length..).unwrap_or("");
    }
    let points = out.items.iter().filter(|i| **i == Item::Point).count();
    if points > 1 {
        return exec_err!("multiple decimal points");
    }
    Ok(out)
}

/// `to_char(number, template)`
pub fn written(value: &Numeric, text: &str) -> Result<String> {
    let template = template(text)?;
    let point = template.items.iter().position(|i| *i == Item::Point).unwrap_or(template.items.len());
    let is_digit = |item: &&Item| matches!(item, Item::Digit { .. });
    let whole = template.items.iter().take(point).filter(is_digit).count();
    let after = template.items.iter().skip(point).filter(is_digit).count();
    let shifted = value.multiply(&Numeric::new(10, 0).power(&Numeric::from(i64::from(template.shift)))?);
    let rounded = shifted.rounded(i32::try_from(after).unwrap_or(i32::MAX));
    let negative = rounded.is_negative();
    let digits = rounded.to_string();
    let digits = digits.trim_start_matches('-');
    let (before_point, after_point) = digits.split_once('.').unwrap_or((digits, ""));
    let finite = matches!(rounded, Numeric::Finite { .. });
    let before_point = before_point.trim_start_matches('0');
    let overflows = before_point.len() > whole || !finite;
    // A zero is shown only where nothing comes after the point.
    let before_point = if before_point.is_empty() && after == 0 { "0" } else { before_point };
    let writer = Writer {
        template: &template,
        before_point,
        after_point,
        whole,
        negative,
        overflows,
        shown_after: shown_after(&template, point, after_point),
    };
    Ok(writer.run())
}

/// With `FM`, zeros at the end that stand on a `9` are left out.
fn shown_after(template: &Template, point: usize, after_point: &str) -> usize {
    if !template.fill {
        return after_point.len();
    }
    let zeros: Vec<bool> = template
        .items
        .iter()
        .skip(point)
        .filter_map(|item| match item {
            Item::Digit { zero } => Some(*zero),
            _ => None,
        })
        .collect();
    let wanted = zeros.iter().rposition(|zero| *zero).map_or(0, |at| at + 1);
    after_point.trim_end_matches('0').len().max(wanted)
}

struct Writer<'a> {
    template: &'a Template,
    before_point: &'a str,
    after_point: &'a str,
    whole: usize,
    negative: bool,
    overflows: bool,
    shown_after: usize,
}

impl Writer<'_> {
    fn run(&self) -> String {
        let items = &self.template.items;
        let first_digit = items.iter().position(|i| matches!(i, Item::Digit { .. }));
        let sign_at = items.iter().position(|i| *i == Item::Sign);
        let leading_sign = sign_at.is_some() && sign_at < first_digit;
        let plus = items.contains(&Item::Plus);
        let has_sign = items.iter().any(|i| matches!(i, Item::Sign | Item::Minus | Item::SignHere));
        let own_slot = !has_sign && (!plus || self.negative);
        let zero_from = items
            .iter()
            .filter_map(|i| match i {
                Item::Digit { zero } => Some(*zero),
                _ => None,
            })
            .take(self.whole)
            .position(|zero| zero)
            .unwrap_or(self.whole);
        let blank = if self.template.fill { "" } else { " " };
        let slot = |out: &mut String, open: &mut bool| {
            if !std::mem::take(open) {
                return;
            }
            if self.template.angles {
                out.push_str(if self.negative { "<" } else { blank });
            } else if leading_sign {
                out.push(if self.negative { '-' } else { '+' });
            } else if own_slot {
                out.push_str(if self.negative { "-" } else { blank });
            }
        };
        let mut out = String::new();
        let (mut open, mut at, mut after, mut behind_point, mut written) = (true, 0, 0, false, false);
        for item in items {
            match item {
                Item::Digit { .. } if !behind_point => {
                    let from_right = self.whole - at;
                    at += 1;
                    let digit = match self.overflows {
                        true => Some('#'),
                        false => self
                            .before_point
                            .len()
                            .checked_sub(from_right)
                            .map(|i| self.before_point.as_bytes()[i] as char),
                    };
                    let digit = digit.or((at > zero_from).then_some('0'));
                    match digit {
                        Some(digit) => {
                            slot(&mut out, &mut open);
                            out.push(digit);
                            written = true;
                        }
                        None => out.push_str(blank),
                    }
                }
                Item::Digit { .. } => {
                    if after < self.shown_after {
                        out.push(if self.overflows {
                            '#'
                        } else {
                            self.after_point.as_bytes().get(after).copied().unwrap_or(b'0') as char
                        });
                    }
                    after += 1;
                }
                Item::Point => {
                    slot(&mut out, &mut open);
                    behind_point = true;
                    out.push('.');
                }
                Item::Group if behind_point => {}
                Item::Group => out.push_str(if written { "," } else { blank }),
                Item::Sign if leading_sign => {}
                Item::Sign | Item::SignHere => out.push(if self.negative { '-' } else { '+' }),
                Item::Minus => out.push_str(if self.negative { "-" } else { blank }),
                Item::Plus => out.push_str(if self.negative { blank } else { "+" }),
                Item::Currency => out.push_str(blank),
                Item::Ordinal { upper } => out.push_str(self.ordinal(*upper)),
                Item::Text(text) => out.push_str(text),
            }
        }
        if self.template.angles {
            out.push_str(if self.negative { ">" } else { blank });
        }
        out
    }

    fn ordinal(&self, upper: bool) -> &'static str {
        if self.negative {
            return "";
        }
        let teen =
            self.before_point.len() > 1 && self.before_point.as_bytes().iter().rev().nth(1) == Some(&b'1');
        let ending = match (teen, self.before_point.as_bytes().last()) {
            (false, Some(b'1')) => ("ST", "st"),
            (false, Some(b'2')) => ("ND", "nd"),
            (false, Some(b'3')) => ("RD", "rd"),
            _ => ("TH", "th"),
        };
        if upper { ending.0 } else { ending.1 }
    }
}

/// `to_number(text, template)`: what stands where the template has no digit is skipped.
pub fn read(text: &str, form: &str) -> Result<Numeric> {
    template(form)?;
    let invalid = || exec_datafusion_err!("invalid input syntax for type numeric: \"{text}\"");
    let negative = text.contains('-') || text.trim().starts_with('<');
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let value: Numeric = digits.parse().map_err(|_| invalid())?;
    Ok(if negative { value.negated() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The right side is psql 15's answer.
    #[test]
    fn numbers_are_written_by_template() {
        for (value, template, expected) in [
            ("0.5", "9.9", "  .5"),
            ("0.5", "0.9", " 0.5"),
            ("0", "9", " 0"),
            ("0", "999", "   0"),
            ("0.1", "999.99", "    .10"),
            ("12.50", "FM99.99", "12.5"),
            ("12", "FM99.99", "12."),
            ("-5", "999", "  -5"),
            ("5", "000", " 005"),
            ("-5", "000", "-005"),
            ("1234567", "9,999,999", " 1,234,567"),
            ("1234", "9,999,999", "     1,234"),
            ("12345", "999", " ###"),
            ("5", "fm00000", "00005"),
            ("1234.5", "L9,999.99", "  1,234.50"),
            ("-1234.5", "9999.99MI", "1234.50-"),
            ("12", "S999", " +12"),
            ("-12", "S999", " -12"),
            ("-12", "999PR", " <12>"),
            ("12", "999th", "  12th"),
            ("1234.5678", "9999", " 1235"),
            ("0", "FM990.00", "0.00"),
            ("1234", "FM9,999", "1,234"),
            ("5", "FM999", "5"),
            ("12", "SG99", "+12"),
            ("12", "99PL", "12+"),
            ("-0.4", "9", " 0"),
            ("12", "\"x\"99", "x 12"),
            ("1234.5", "$9999.99", "$ 1234.50"),
        ] {
            assert_eq!(written(&value.parse().unwrap(), template).unwrap(), expected, "{value} {template}");
        }
    }
}
