//! Paths into responses: `Reservations[].Instances[]`, `State.Name`, `^Reservations[].OwnerId`,
//! `Tags[Key=Name].Value`, `@`.

use std::fmt;

/// A parsed path. Walking it over values is the sources' business, over shapes the validator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Starts at the response (`^`), not at the row.
    pub absolute: bool,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Member(String),
    /// `[]`: every element, flattened.
    Each,
    /// `[0]`
    Index(usize),
    /// `[@]`: the element at the row's own place in its list, in a list beside it.
    Same,
    /// `[Key=Name]`: the elements whose member is this text.
    Where {
        member: String,
        value: String,
    },
    /// `.*`: every value of a map.
    Values,
}

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError(pub String);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// `@` and the empty text are the row itself.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let (absolute, body) = match text.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut steps = Vec::new();
        if body.is_empty() || body == "@" {
            return Ok(Path { absolute, steps });
        }
        let mut rest = body;
        loop {
            let name_end = rest.find(['.', '[']).unwrap_or(rest.len());
            match &rest[..name_end] {
                "*" => steps.push(Step::Values),
                "" if steps.is_empty() && rest.starts_with('[') => {}
                "" => return Err(PathError(format!("'{text}' has an empty member name"))),
                name if name.contains(']') => {
                    return Err(PathError(format!("'{text}' closes a bracket that nothing opened")));
                }
                name => steps.push(Step::Member(name.to_owned())),
            }
            rest = &rest[name_end..];
            while let Some(inside) = rest.strip_prefix('[') {
                let Some((inside, after)) = inside.split_once(']') else {
                    return Err(PathError(format!("'{text}' has an unclosed bracket")));
                };
                steps.push(choice(inside).ok_or_else(|| {
                    PathError(format!("'{text}': [{inside}] is neither an index nor member=value"))
                })?);
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err(PathError(format!("'{text}' goes on after a bracket without a dot"))),
            }
        }
        Ok(Path { absolute, steps })
    }

    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }
}

/// What stands between brackets.
fn choice(inside: &str) -> Option<Step> {
    match inside.split_once('=') {
        Some((member, value)) if !member.is_empty() => {
            Some(Step::Where { member: member.to_owned(), value: value.to_owned() })
        }
        Some(_) => None,
        None if inside.is_empty() => Some(Step::Each),
        None if inside == "@" => Some(Step::Same),
        None => inside.parse().ok().map(Step::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_every_kind_of_step() {
        let path = Path::parse("^Reservations[].Instances[0].Tags.*").unwrap();
        assert!(path.absolute);
        assert_eq!(
            path.steps,
            [
                Step::Member("Reservations".into()),
                Step::Each,
                Step::Member("Instances".into()),
                Step::Index(0),
                Step::Member("Tags".into()),
                Step::Values
            ]
        );
    }

    #[test]
    fn elements_are_chosen_by_a_member() {
        let path = Path::parse("Options[Key=domain-name.x].Values[]").unwrap();
        let chosen = Step::Where { member: "Key".into(), value: "domain-name.x".into() };
        assert_eq!(
            path.steps,
            [Step::Member("Options".into()), chosen, Step::Member("Values".into()), Step::Each]
        );
    }

    #[test]
    fn the_row_itself() {
        assert!(Path::parse("@").unwrap().is_identity());
        assert!(Path::parse("").unwrap().is_identity());
    }

    #[test]
    fn broken_paths_say_why() {
        for text in ["A..B", "A[", "A[x]", "A]b[", "A[]b", "A[=b]", "A."] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
