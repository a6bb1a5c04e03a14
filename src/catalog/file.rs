//! The YAML form of a table: what people write, as they write it.
//!
//! One file, one table. `convert.rs` makes the compiled form of it, `validate.rs` says what is wrong.
//! This file is also compiled into the build script.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::table::{ColumnType, Freshness, KeyUse, Operator, Require, RowRegion, SourceKind, TableScope};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    pub table: String,
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    pub service: String,
    #[serde(default)]
    pub source: SourceKind,
    pub scope: TableScope,
    #[serde(default)]
    pub row_region: RowRegion,
    pub freshness: Option<Freshness>,
    pub tier: Option<u8>,
    pub config_type: Option<String>,
    /// How AWS Config records the rows; it needs a `config_type`.
    pub config: Option<RecordedFile>,
    pub cloudformation_type: Option<String>,
    /// Why nobody can be asked for the table; such a table has no calls.
    pub unavailable: Option<String>,
    #[serde(default)]
    pub list: Vec<CallFile>,
    #[serde(default)]
    pub get: Vec<CallFile>,
    #[serde(default)]
    pub details: Ordered<DetailFile>,
    /// Only what differs from the rule: a column in a filter or a `qual:` parameter of a list call is an
    /// optional key of the list, one in a get call is a required key of the get; both know `=` alone.
    #[serde(default)]
    pub keys: Vec<KeyFile>,
    pub columns: Ordered<ColumnFile>,
    #[serde(default)]
    pub examples: Vec<ExampleFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    pub call: String,
    /// Input member to its value: see [`ParamFile`].
    #[serde(default)]
    pub params: Ordered<Value>,
    pub rows: Option<String>,
    /// The member at `rows` holds CSV.
    #[serde(default)]
    pub csv: bool,
    /// Column to the API's filter name.
    #[serde(default)]
    pub filters: Ordered<String>,
    /// The input member that takes the filters.
    pub filters_in: Option<String>,
    #[serde(default)]
    pub not_found: Vec<String>,
    /// Begins a chain of its own, whose rows are added.
    #[serde(default)]
    pub also: bool,
    /// Made in this region only.
    #[serde(rename = "in")]
    pub region: Option<String>,
    /// Each of its rows leads to another such call.
    #[serde(default)]
    pub recursive: bool,
    pub batch: Option<BatchFile>,
    /// What the coverage says where no row leads to this call.
    pub off: Option<String>,
    pub made_by: Option<MadeByFile>,
}

/// `{call: iam:GenerateCredentialReport, when: [ReportNotPresent], until: {State: COMPLETE}}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeByFile {
    pub call: String,
    pub when: Vec<String>,
    pub until: Ordered<String>,
}

/// `{in: Clusters, most: 100, rows: 'Clusters[]', by: ClusterArn}`; a list has no `rows` and no `by` here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchFile {
    #[serde(rename = "in")]
    pub member: String,
    pub most: usize,
    pub rows: Option<String>,
    pub by: Option<String>,
}

/// Either one call, written here, or several in `calls`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailFile {
    pub call: Option<String>,
    #[serde(default)]
    pub params: Ordered<Value>,
    #[serde(default)]
    pub not_found: Vec<String>,
    /// Rows are asked about many at a time.
    pub batch: Option<BatchFile>,
    #[serde(default)]
    pub calls: Vec<CallFile>,
    pub region: Option<String>,
    pub unless: Option<String>,
}

/// The long form of a parameter. The short form is its `from`: a text such as `row:InstanceId`,
/// `qual:name`, `bound:created_at:>=`, `tpl:arn:${partition}:...`, `op:iam:ListUserPolicies:PolicyNames[]`,
/// `detail:id:Path`, `ago:5d` or `const:text`, several joined by `|`; anything that is not a text is a
/// constant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamFile {
    pub from: Value,
    pub when: Option<WhenFile>,
    #[serde(default)]
    pub transforms: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhenFile {
    pub column: String,
    pub equals: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    pub column: String,
    #[serde(rename = "in")]
    pub used_in: KeyUse,
    pub require: Option<Require>,
    pub operators: Option<Vec<Operator>>,
    /// It may name what lies in another account or region than the one that is asked.
    #[serde(default)]
    pub elsewhere: bool,
}

/// Exactly one of `path`, `tags`, `name_tag_or`, `template`, `const`, `qual`, `computed`, `unavailable`
/// says where the value comes from; `from` or `earlier` alone is the whole response.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnFile {
    #[serde(rename = "type")]
    pub kind: ColumnType,
    #[serde(default)]
    pub about: String,
    /// With `computed` the path of what is computed from.
    pub path: Option<String>,
    /// The detail that the path is in.
    pub from: Option<String>,
    /// The earlier list call that the path is in.
    pub earlier: Option<String>,
    /// Path of a list of key/value objects.
    pub tags: Option<String>,
    pub tag_key: Option<String>,
    pub tag_value: Option<String>,
    pub name_tag_or: Option<String>,
    pub template: Option<String>,
    #[serde(rename = "const")]
    pub constant: Option<Value>,
    pub qual: Option<String>,
    pub computed: Option<String>,
    pub unavailable: Option<String>,
    /// As [`super::table::Transform::parse`] reads them: `lower`, `after:hostedzone/`.
    #[serde(default)]
    pub transforms: Vec<String>,
    /// Path in the row whose value stands in for null.
    #[serde(rename = "else")]
    pub fallback: Option<String>,
    pub default: Option<Value>,
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedFile {
    /// `unit` (of a regional table), `everywhere`, `anywhere`, or a region.
    pub place: Option<String>,
    /// Path in a configuration item to the text it must hold.
    #[serde(default)]
    pub only: Ordered<String>,
    /// Column to its path in a configuration item, or the long form: see [`RecordedColumnFile`].
    pub columns: Ordered<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedColumnFile {
    #[serde(default)]
    pub path: String,
    pub template: Option<String>,
    #[serde(default)]
    pub transforms: Vec<String>,
    #[serde(rename = "else")]
    pub fallback: Option<String>,
    pub default: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleFile {
    pub question: String,
    pub sql: String,
}

/// A mapping that keeps its order and refuses a key given twice.
#[derive(Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries: Vec<(String, T)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if entries.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("'{key}' is given twice")));
                    }
                    entries.push((key, map.next_value()?));
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Something wrong in a table file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; absent where it concerns the file as a whole.
    pub line: Option<usize>,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

pub fn parse(text: &str) -> Result<TableFile, Mistake> {
    serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map(|at| at.line());
        Mistake { line, message: error.to_string() }
    })
}

/// The line where `name` is a key below the top-level key `section`: one that starts its line, else
/// one inside a line, else the section itself.
pub fn line_of(text: &str, section: &str, name: &str) -> Option<usize> {
    let is_key_at = |line: &str, at: usize| {
        let (before, rest) = (line.get(..at).unwrap_or(""), line.get(at + name.len()..).unwrap_or(""));
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'));
        starts && rest.trim_start_matches(['"', '\'']).starts_with(':')
    };
    let lines = section_lines(text, section);
    let leading = |line: &str| line.len() - line.trim_start_matches(['-', ' ', '"', '\'']).len();
    let at_start = |line: &str| line[leading(line)..].starts_with(name) && is_key_at(line, leading(line));
    let inside = |line: &str| line.match_indices(name).any(|(at, _)| is_key_at(line, at));
    let found = lines.iter().find(|(_, line)| at_start(line));
    let found = found.or_else(|| lines.iter().find(|(_, line)| inside(line))).or_else(|| lines.first());
    found.map(|(number, _)| *number)
}

/// The lines of a top-level section, numbered from 1.
fn section_lines<'t>(text: &'t str, section: &str) -> Vec<(usize, &'t str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            inside = line.strip_prefix(section).is_some_and(|rest| rest.trim_start().starts_with(':'));
        }
        if inside {
            lines.push((at + 1, line));
        }
    }
    lines
}
