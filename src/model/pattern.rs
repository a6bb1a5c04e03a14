//! Names with wildcards, and the name that was probably meant.

use globset::{GlobBuilder, GlobMatcher};

use crate::error::Error;

/// A name, a glob (`*`, `?`, `[..]`), or either with a leading `!` to exclude. Case does not count.
#[derive(Clone, Debug)]
pub struct NamePattern {
    text: String,
    negated: bool,
    matcher: GlobMatcher,
}

impl NamePattern {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (negated, body) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if body.is_empty() {
            return Err(Error::usage(format!("'{text}' is an empty pattern")));
        }
        let glob = GlobBuilder::new(body)
            .case_insensitive(true)
            .literal_separator(false)
            .build()
            .map_err(|e| Error::usage(format!("'{text}' is not a valid pattern")).because(&e))?;
        Ok(Self { text: text.to_owned(), negated, matcher: glob.compile_matcher() })
    }

    pub fn is_negated(&self) -> bool {
        self.negated
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name matches what stands after the `!`, if any.
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// Selection by a list: any positive pattern (or none given at all) and no negative one.
    pub fn selects(patterns: &[NamePattern], name: &str) -> bool {
        let mut positive = patterns.iter().filter(|p| !p.negated).peekable();
        let wanted = positive.peek().is_none() || positive.any(|p| p.matches(name));
        wanted && !patterns.iter().any(|p| p.negated && p.matches(name))
    }
}

/// The candidate nearest to `wrong`, if one is near enough to be what was meant.
pub fn closest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&wrong, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= (c.len().max(wrong.len()) / 3).max(1))
        .min_by_key(|(distance, c)| (*distance, c.len()))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<NamePattern> {
        texts.iter().map(|t| NamePattern::parse(t).unwrap()).collect()
    }

    #[test]
    fn no_pattern_selects_everything() {
        assert!(NamePattern::selects(&[], "us-east-1"));
    }

    #[test]
    fn an_exclusion_alone_selects_the_rest() {
        let only = patterns(&["!us-*"]);
        assert!(NamePattern::selects(&only, "eu-west-1"));
        assert!(!NamePattern::selects(&only, "us-east-1"));
    }

    #[test]
    fn an_exclusion_beats_a_match() {
        let both = patterns(&["us-*", "!us-west-2"]);
        assert!(NamePattern::selects(&both, "us-east-1"));
        assert!(!NamePattern::selects(&both, "us-west-2"));
        assert!(!NamePattern::selects(&both, "eu-west-1"));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_near() {
        assert_eq!(closest("instnace_id", ["instance_id", "image_id"]), Some("instance_id"));
        assert_eq!(closest("zzzzzz", ["instance_id", "image_id"]), None);
    }
}
