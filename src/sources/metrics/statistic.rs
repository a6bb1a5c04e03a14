//! Names of statistics: five simple ones, and families over a percentile, a range or a trimmed mean.

/// The five that one query each asks for, and the names of their columns.
pub const SIMPLE: [(&str, &str); 5] = [
    ("average", "Average"),
    ("maximum", "Maximum"),
    ("minimum", "Minimum"),
    ("sample_count", "SampleCount"),
    ("sum", "Sum"),
];

/// Families with a number (`p99.9`, `tm90`) or a range (`TM(10%:90%)`, `PR(:300)`).
const FAMILIES: [&str; 7] = ["p", "tm", "tc", "ts", "wm", "pr", "iqm"];

/// Whether CloudWatch knows it (user guide, "CloudWatch statistics definitions").
pub fn is_known(name: &str) -> bool {
    if SIMPLE.iter().any(|(_, simple)| *simple == name) {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    let family = lower.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let rest = lower.strip_prefix(family).unwrap_or_default();
    if !FAMILIES.contains(&family) {
        return false;
    }
    match rest.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')) {
        Some(bounds) => {
            let bound = |text: &str| text.is_empty() || text.trim_end_matches('%').parse::<f64>().is_ok();
            family != "p" && bounds.split_once(':').is_some_and(|(low, high)| bound(low) && bound(high))
        }
        None if family == "iqm" => rest.is_empty(),
        None => family != "pr" && rest.parse::<f64>().is_ok_and(|n| (0.0..=100.0).contains(&n)),
    }
}

/// What to write instead.
pub fn names() -> String {
    let simple: Vec<&str> = SIMPLE.iter().map(|(_, name)| *name).collect();
    format!("{}, p0 to p100, IQM, tm, wm, tc, ts and PR", simple.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_every_family_are_known_and_others_are_not() {
        for name in
            ["Average", "SampleCount", "p99", "p99.9", "tm90", "TM(10%:90%)", "PR(:300)", "IQM", "wm98"]
        {
            assert!(is_known(name), "{name}");
        }
        for name in ["average", "Mean", "p", "p101", "pct99", "PR", "tm(1)", "", "p99%", "Sum "] {
            assert!(!is_known(name), "{name}");
        }
    }
}
