//! Floating point numbers as PostgreSQL writes and reads them: the shortest text that reads back.

/// `float8out`
pub fn text8(value: f64) -> String {
    written(value, &format!("{value:e}"), || value.to_string(), 15)
}

/// `float4out`
pub fn text4(value: f32) -> String {
    written(f64::from(value), &format!("{value:e}"), || value.to_string(), 6)
}

/// As C's `%g`: an exponent where the number is very small or has more digits than are sure.
fn written(value: f64, scientific: &str, plain: impl FnOnce() -> String, digits: i32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits).contains(&exponent) {
        return plain();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `None` for what is no number. Rust reads more than PostgreSQL (`infinit`, hexadecimal it does not).
pub fn read(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = unsigned.chars().next()?;
    let named = ["nan", "inf", "infinity"].iter().any(|name| unsigned.eq_ignore_ascii_case(name));
    if !(first.is_ascii_digit() || first == '.' || named) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_postgresql_writes_them() {
        for (value, text) in [
            (0.1, "0.1"),
            (1.0, "1"),
            (-0.0, "-0"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (1.0 / 3.0, "0.3333333333333333"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(text8(value), text);
        }
        assert_eq!(text4(0.1), "0.1");
        assert_eq!(text4(1e6), "1e+06");
    }

    #[test]
    fn only_numbers_are_read() {
        assert_eq!(read(" 1.5e3 "), Some(1500.0));
        assert_eq!(read("-Infinity"), Some(f64::NEG_INFINITY));
        for wrong in ["", "abc", "1x", "0x10", "--1", "infin"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
