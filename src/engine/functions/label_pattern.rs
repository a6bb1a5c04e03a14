//! `lquery`: patterns over the labels of an `ltree` path, as in `path ~ 'top.*.a|b.*{1,2}'`.
//!
//! A label may end in `*` (it begins so) or `@` (letters of either case). Matching by words (`%`) is refused.

use datafusion::common::{Result, exec_err};

struct Level<'a> {
    /// None of the alternatives may match. No alternatives at all: any label.
    negated: bool,
    alternatives: Vec<Label<'a>>,
    least: usize,
    most: usize,
}

struct Label<'a> {
    text: &'a str,
    is_start: bool,
    any_case: bool,
}

pub fn matches(path: &str, pattern: &str) -> Result<bool> {
    let levels = pattern.split('.').map(level).collect::<Result<Vec<_>>>()?;
    let labels: Vec<&str> = path.split('.').filter(|label| !label.is_empty()).collect();
    Ok(matches_from(&labels, &levels))
}

fn matches_from(labels: &[&str], levels: &[Level<'_>]) -> bool {
    let Some((level, rest)) = levels.split_first() else { return labels.is_empty() };
    let fitting = labels.iter().take_while(|label| level.fits(label)).count().min(level.most);
    (level.least..=fitting).any(|taken| labels.get(taken..).is_some_and(|left| matches_from(left, rest)))
}

impl Level<'_> {
    fn fits(&self, label: &str) -> bool {
        self.alternatives.is_empty() || self.alternatives.iter().any(|one| one.fits(label)) != self.negated
    }
}

impl Label<'_> {
    fn fits(&self, label: &str) -> bool {
        let same =
            |a: &str, b: &str| if self.any_case { a.to_lowercase() == b.to_lowercase() } else { a == b };
        match self.is_start {
            true => label.get(..self.text.len()).is_some_and(|start| same(start, self.text)),
            false => same(label, self.text),
        }
    }
}

fn level(text: &str) -> Result<Level<'_>> {
    let wrong = || exec_err!("lquery syntax error: \"{text}\"");
    let (body, bounds) = match text.strip_suffix('}').map(|open| open.split_once('{')) {
        Some(Some((body, bounds))) => (body, Some(bounds)),
        Some(None) => return wrong(),
        None => (text, None),
    };
    let (least, most) = match bounds {
        None if body == "*" => (0, usize::MAX),
        None => (1, 1),
        Some(bounds) => {
            let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
            let number = |text: &str, open: usize| if text.is_empty() { Ok(open) } else { text.parse() };
            match (number(least, 0), number(most, usize::MAX)) {
                (Ok(least), Ok(most)) if least <= most => (least, most),
                _ => return wrong(),
            }
        }
    };
    if body == "*" {
        return Ok(Level { negated: false, alternatives: Vec::new(), least, most });
    }
    let (negated, body) = body.strip_prefix('!').map_or((false, body), |rest| (true, rest));
    let mut alternatives = Vec::new();
    for one in body.split('|') {
        let label = one.trim_end_matches(['*', '@', '%']);
        let flags = one.get(label.len()..).unwrap_or_default();
        if flags.contains('%') {
            return exec_err!("an lquery that matches words of a label (%) is not supported");
        }
        if label.is_empty() || !label.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            return wrong();
        }
        alternatives.push(Label {
            text: label,
            is_start: flags.contains('*'),
            any_case: flags.contains('@'),
        });
    }
    Ok(Level { negated, alternatives, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values are those of PostgreSQL 15's extension.
    #[test]
    fn patterns_match_labels_not_letters() {
        for (path, pattern, expected) in [
            ("a.b.c", "a.b.c", true),
            ("a.b.c", "a.*", true),
            ("a", "a.*", true),
            ("a.b.c", "*.c", true),
            ("a.b.c", "a.*{1}.c", true),
            ("a.b.c", "a.*{2}.c", false),
            ("a.b.c", "a.*{,1}.c", true),
            ("a.b.c", "a.!b.c", false),
            ("a.b.c", "a.x|b.c", true),
            ("a.Bar.c", "a.ba*@.c", true),
            ("a.b.b", "a.b{2}", true),
            ("", "*", true),
            ("ab", "a", false),
        ] {
            assert_eq!(matches(path, pattern).unwrap(), expected, "{path} ~ {pattern}");
        }
        assert!(matches("a", "a..b").is_err());
        assert!(matches("a", "a%").is_err());
    }
}
