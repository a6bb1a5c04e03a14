//! Paths into responses: `Reservations[].Instances[]`, `State.Name`, `^Reservations[].OwnerId`, `@`.

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
        for segment in body.split('.') {
            let (name, mut brackets) = match segment.find('[') {
                Some(at) => segment.split_at(at),
                None => (segment, ""),
            };
            match name {
                "*" => steps.push(Step::Values),
                "" if steps.is_empty() && !brackets.is_empty() => {}
                "" => return Err(PathError(format!("'{text}' has an empty member name"))),
                name => steps.push(Step::Member(name.to_owned())),
            }
            while !brackets.is_empty() {
                let Some(end) = brackets.find(']').filter(|_| brackets.starts_with('[')) else {
                    return Err(PathError(format!("'{text}' has an unclosed bracket")));
                };
                steps.push(match &brackets[1..end] {
                    "" => Step::Each,
                    index => Step::Index(
                        index
                            .parse()
                            .map_err(|_| PathError(format!("'{text}': [{index}] is not an index")))?,
                    ),
                });
                brackets = &brackets[end + 1..];
            }
        }
        Ok(Path { absolute, steps })
    }

    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
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
    fn the_row_itself() {
        assert!(Path::parse("@").unwrap().is_identity());
        assert!(Path::parse("").unwrap().is_identity());
    }

    #[test]
    fn broken_paths_say_why() {
        for text in ["A..B", "A[", "A[x]", "A]b["] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
