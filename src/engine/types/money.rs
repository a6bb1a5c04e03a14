//! `money`: cents, written `$1,234.56` (the locale C and en_US).

/// `cash_out`
pub fn text(cents: i128) -> String {
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}${grouped}.{rest:02}", if cents < 0 { "-" } else { "" })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMoney {
    Syntax,
    OutOfRange,
}

/// `cash_in`: `$1,234.567`, `-12`, `(5.00)`; rounded to cents.
pub fn read(text: &str) -> Result<i128, NotMoney> {
    let mut rest = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let mut negative = false;
    loop {
        let before = rest;
        if let Some(inside) = rest.strip_prefix('(') {
            negative = true;
            rest = inside.strip_suffix(')').ok_or(NotMoney::Syntax)?;
        }
        if let Some(after) = rest.strip_prefix('-') {
            negative = true;
            rest = after;
        }
        for mark in ['$', '+', ' '] {
            rest = rest.strip_prefix(mark).unwrap_or(rest);
        }
        if rest == before {
            break;
        }
    }
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let whole: String = whole.chars().filter(|c| *c != ',').collect();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(&whole) || !digits(fraction) {
        return Err(NotMoney::Syntax);
    }
    let mut cents: i128 = format!("0{whole}").parse::<i128>().map_err(|_| NotMoney::OutOfRange)?;
    let mut after = fraction.bytes().chain(std::iter::repeat(b'0')).map(|b| i128::from(b - b'0'));
    for _ in 0..2 {
        let digit = after.next().unwrap_or(0);
        cents = cents.checked_mul(10).and_then(|c| c.checked_add(digit)).ok_or(NotMoney::OutOfRange)?;
    }
    if after.next().unwrap_or(0) >= 5 {
        cents += 1;
    }
    in_range(if negative { -cents } else { cents }).ok_or(NotMoney::OutOfRange)
}

/// Money is 64 bits of cents in PostgreSQL.
pub fn in_range(cents: i128) -> Option<i128> {
    i64::try_from(cents).is_ok().then_some(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_groups_and_cents() {
        assert_eq!(text(123_456), "$1,234.56");
        assert_eq!(text(-5), "-$0.05");
        assert_eq!(text(100_000_000), "$1,000,000.00");
        assert_eq!(text(99_900), "$999.00");
    }

    #[test]
    fn money_is_read_as_postgresql_reads_it() {
        for (text, cents) in [
            ("12", 1200),
            ("$1,234.567", 123_457),
            ("-$5", -500),
            ("(5.01)", -501),
            ("$-1", -100),
            (" .5 ", 50),
        ] {
            assert_eq!(read(text), Ok(cents), "{text}");
        }
        assert_eq!(read("abc"), Err(NotMoney::Syntax));
        assert_eq!(read(""), Err(NotMoney::Syntax));
        assert_eq!(read("99999999999999999999"), Err(NotMoney::OutOfRange));
    }
}
