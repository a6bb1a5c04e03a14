//! The statements both sides are asked: `queries/<area>.sql`, each ended by a semicolon at the end of a
//! line. The comment lines right above a statement are its name; some words there are directives:
//!
//! | line | meaning |
//! |---|---|
//! | `-- error` | both must refuse it, in the same words and at the same place |
//! | `-- error, in other words` | both must refuse it |
//! | `-- refused: why` | PostgreSQL answers, canvass must refuse it |
//! | `-- args: 'a', 5` | values of `$1`, `$2` ... |
//! | `-- types not compared: why` | only values must be equal |

use std::fs;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Equal,
    EqualValues,
    SameError,
    AnyError,
    Refused,
}

#[derive(Clone, Debug)]
pub struct Statement {
    /// `numbers.sql:12 division keeps the scale`
    pub name: String,
    pub sql: String,
    pub expected: Expected,
    pub args: Vec<String>,
}

/// # Panics
/// Where a file is not as described above.
pub fn all() -> Vec<Statement> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/queries");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let wanted = std::env::var("CANVASS_TEST_QUERIES").unwrap_or_default();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        parse(&name, &fs::read_to_string(path).unwrap())
    };
    files.iter().flat_map(read).filter(|statement| statement.name.contains(&wanted)).collect()
}

fn parse(file: &str, text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open: Option<Statement> = None;
    let (mut title, mut expected, mut args) = (String::new(), Expected::Equal, Vec::new());
    for (number, line) in text.lines().enumerate() {
        if open.is_none() {
            if let Some(comment) = line.strip_prefix("--") {
                match comment.trim() {
                    "error" => expected = Expected::SameError,
                    "error, in other words" => expected = Expected::AnyError,
                    words if words.starts_with("refused:") => expected = Expected::Refused,
                    words if words.starts_with("types not compared:") => expected = Expected::EqualValues,
                    words => match words.strip_prefix("args:") {
                        Some(list) => {
                            args = list.split(", ").map(|a| a.trim().trim_matches('\'').to_owned()).collect()
                        }
                        None => title = words.to_owned(),
                    },
                }
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            open = Some(Statement {
                name: format!("{file}:{} {title}", number + 1),
                sql: String::new(),
                expected: std::mem::replace(&mut expected, Expected::Equal),
                args: std::mem::take(&mut args),
            });
        }
        let Some(statement) = &mut open else { continue };
        if let Some(last) = line.trim_end().strip_suffix(';') {
            statement.sql.push_str(last);
            found.extend(open.take());
        } else {
            statement.sql.push_str(line);
            statement.sql.push('\n');
        }
    }
    assert!(open.is_none(), "{file}: the last statement has no semicolon at the end of a line");
    found
}

#[test]
fn statements_are_told_apart_with_their_names_and_directives() {
    let text = "-- area\n\n-- one\nselect 1;\n-- two\n-- error\nselect 'a;b'\nfrom t;\n-- args: 'x', 5\nselect $1;\n";
    let statements = parse("a.sql", text);
    let shown: Vec<_> = statements.iter().map(|s| (s.name.as_str(), s.sql.as_str(), s.expected)).collect();
    assert_eq!(
        shown,
        [
            ("a.sql:4 one", "select 1", Expected::Equal),
            ("a.sql:7 two", "select 'a;b'\nfrom t", Expected::SameError),
            ("a.sql:10 two", "select $1", Expected::Equal),
        ]
    );
    assert_eq!(statements[2].args, ["x", "5"]);
}
