//! Sizes as operators write them: `512KiB`, `64MiB`, `1GiB`, `500MB`.

/// Largest first, so that what is written back is the shortest way to say it.
const BINARY: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
const DECIMAL: [(&str, u64); 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// Bytes. `None` where the text is no size: a number without a unit is none, because `64` could be
/// bytes or megabytes.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let unit = unit.trim();
    let (_, bytes) = BINARY.into_iter().chain(DECIMAL).find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<u64>().ok()?.checked_mul(bytes)
}

/// The way [`parse`] reads it back.
pub fn text(bytes: u64) -> String {
    let whole =
        BINARY.into_iter().chain(DECIMAL).find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{bytes}B"), |(name, unit)| format!("{}{name}", bytes / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for (written, bytes) in [
            ("64MiB", 64 << 20),
            ("1GiB", 1 << 30),
            ("1536KiB", 1536 << 10),
            ("500MB", 500_000_000),
            ("7B", 7),
        ] {
            assert_eq!(parse(written), Some(bytes));
            assert_eq!(text(bytes), written);
        }
        assert_eq!(parse(" 64 mib "), Some(64 << 20));
        assert_eq!(text(0), "0B");
    }

    #[test]
    fn a_number_without_a_unit_and_nonsense_are_refused() {
        for wrong in [
            "64",
            "",
            "MiB",
            "-1MiB",
            "1.5GiB",
            "1 parsec",
            "99999999999999999999B",
            "18446744073709551615TiB",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
