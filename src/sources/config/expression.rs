//! A question in Config's SELECT, within its grammar and limits.
//!
//! Only what can never leave out a wanted item is asked of it: equality with a text or a truth value, lists
//! of texts, and how a text begins. Its comparison knows no case, and on lists it matches across elements:
//! what it lets through too much, the engine drops again.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::table::{ColumnType, Operator, RecordedColumn, Table};
use crate::model::Json;
use crate::sources::Qual;
use crate::sources::config::items;

/// Characters of an expression at most.
pub const LONGEST: usize = 4096;

/// A SELECT list longer than this is replaced by the members that hold everything.
const LONGEST_LIST: usize = 1400;

/// Properties that a GROUP BY takes.
const MOST_GROUPS: usize = 3;

/// Characters before the `%` of a LIKE at least.
const SHORTEST_PREFIX: usize = 3;

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    path: String,
    test: Test,
    /// The rows are right without it too: it only spares some.
    is_spare: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Is(String),
    In(Vec<String>),
    BeginsWith(String),
}

impl Condition {
    pub fn is(path: &str, value: &str) -> Condition {
        Condition { path: path.to_owned(), test: Test::Is(format!("'{value}'")), is_spare: false }
    }

    /// `true` or `false`.
    pub fn truth(path: &str, value: &str) -> Condition {
        Condition { path: path.to_owned(), test: Test::Is(value.to_owned()), is_spare: false }
    }

    /// One of some texts that hold no quote.
    pub fn among<'v>(path: &str, values: impl IntoIterator<Item = &'v str>) -> Condition {
        let values = values.into_iter().map(|value| format!("'{value}'")).collect();
        Condition { path: path.to_owned(), test: Test::In(values), is_spare: false }
    }

    fn text(&self) -> String {
        match &self.test {
            Test::Is(value) => format!("{} = {value}", self.path),
            Test::In(values) => format!("{} IN ({})", self.path, values.join(", ")),
            Test::BeginsWith(prefix) => format!("{} LIKE '{prefix}%'", self.path),
        }
    }
}

/// What is asked of every unit of a scan alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    select: Vec<String>,
    conditions: Vec<Condition>,
    /// What is selected is grouped by, and each group counted.
    is_counting: bool,
}

impl Question {
    /// `None` where the table is not recorded, or its list of members alone is too long.
    pub fn new(table: &Table, columns: &[usize], quals: &BTreeMap<String, Vec<Qual>>) -> Option<Question> {
        let recorded = items::recorded(table)?;
        let mut conditions = vec![Condition::is("resourceType", &recorded.kind)];
        conditions.extend(recorded.only.iter().map(|(path, value)| Condition::is(path, value)));
        for (name, quals) in quals {
            let (Some(column), Some(kind)) = (recorded.column(name), table.column(name).map(|c| c.kind))
            else {
                continue;
            };
            conditions.extend(quals.iter().filter_map(|qual| pushed(column, kind, qual)));
        }
        let select = shortened(items::selected(table, columns));
        Some(Question { select, conditions, is_counting: false })
    }

    /// The same of one region, by groups of which each is one item: five times as many fit on a page. Only where
    /// every item that is meant has all that is asked for, since what lacks it is in no group, and where that is no
    /// more than may be grouped by.
    pub fn by_groups(&self) -> Option<Question> {
        let named = ["accountId", "resourceId"];
        let mut select: Vec<String> = named.iter().map(|path| (*path).to_owned()).collect();
        for path in self.select.iter().filter(|path| !items::ALWAYS.contains(&path.as_str())) {
            let is_given = |c: &&Condition| c.path == *path && !matches!(c.test, Test::BeginsWith(_));
            self.conditions.iter().find(is_given)?;
            select.push(path.clone());
        }
        (select.len() <= MOST_GROUPS).then(|| Question {
            select,
            conditions: self.conditions.clone(),
            is_counting: true,
        })
    }

    /// How many items there are of each combination of values.
    pub fn counting(paths: &[&str], conditions: Vec<Condition>) -> Question {
        let select = paths.iter().map(|path| (*path).to_owned()).collect();
        Question { select, conditions, is_counting: true }
    }

    pub fn is_counting(&self) -> bool {
        self.is_counting
    }

    /// Every item of a type, by its members.
    pub fn of_type(kind: &str, select: &[&str]) -> Question {
        Question {
            select: select.iter().map(|path| (*path).to_owned()).collect(),
            conditions: vec![Condition::is("resourceType", kind)],
            is_counting: false,
        }
    }

    /// The question with further conditions as one expression or, where a list of values is too long for
    /// one, as several that share no value. `None` where even one value is too long.
    pub fn expressions(&self, further: &[Condition]) -> Option<Vec<String>> {
        let mut conditions: Vec<Condition> = self.conditions.iter().chain(further).cloned().collect();
        loop {
            let text = self.text(&conditions);
            if text.len() <= LONGEST {
                return Some(vec![text]);
            }
            if let Some(parts) = self.split(&conditions, LONGEST) {
                return Some(parts);
            }
            let longest = (0..conditions.len())
                .filter(|at| conditions[*at].is_spare)
                .max_by_key(|at| conditions[*at].text().len())?;
            conditions.remove(longest);
        }
    }

    /// Several expressions by parts of the longest list.
    fn split(&self, conditions: &[Condition], most: usize) -> Option<Vec<String>> {
        let length = |at: &usize| match &conditions[*at].test {
            Test::In(values) => values.iter().map(String::len).sum(),
            _ => 0,
        };
        let at = (0..conditions.len()).max_by_key(length)?;
        let Test::In(values) = &conditions[at].test else { return None };
        let mut parts = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let with = |values: &[String]| {
            let mut conditions = conditions.to_vec();
            conditions[at].test = Test::In(values.to_vec());
            self.text(&conditions)
        };
        let room = most.checked_sub(with(&[]).len())?;
        let mut taken = 0;
        for value in values {
            let needs = value.len() + 2;
            if needs > room {
                return None;
            }
            if taken + needs > room {
                parts.push(with(&open));
                (open, taken) = (Vec::new(), 0);
            }
            taken += needs;
            open.push(value.clone());
        }
        parts.push(with(&open));
        Some(parts)
    }

    fn text(&self, conditions: &[Condition]) -> String {
        let (select, groups) = (self.select.join(", "), self.select.join(", "));
        let conditions: Vec<String> = conditions.iter().map(Condition::text).collect();
        let conditions = conditions.join(" AND ");
        match self.is_counting {
            true => format!("SELECT {select}, COUNT(*) WHERE {conditions} GROUP BY {groups}"),
            false => format!("SELECT {select} WHERE {conditions}"),
        }
    }
}

/// Members within `configuration` and the like are selected whole where they are too many to be named.
fn shortened(select: Vec<String>) -> Vec<String> {
    if select.iter().map(|path| path.len() + 2).sum::<usize>() <= LONGEST_LIST {
        return select;
    }
    let mut seen = BTreeSet::new();
    let whole = select.into_iter().map(|path| path.split('.').next().unwrap_or_default().to_owned());
    whole.filter(|path| seen.insert(path.clone())).collect()
}

/// A predicate on a column as a condition on its path, where an item that meets the one always meets the other.
fn pushed(column: &RecordedColumn, kind: ColumnType, qual: &Qual) -> Option<Condition> {
    // A value that is made of another, or stands in for one that is not there, is not what is recorded.
    let is_plain = column.transforms.is_empty() && column.fallback.is_none() && column.default.is_none();
    if !is_plain || column.template.is_some() || column.path.contains('[') {
        return None;
    }
    let test = match (qual.operator, kind, qual.values.as_slice()) {
        (Operator::Eq, ColumnType::Bool, [Json::Bool(value)]) => Test::Is(value.to_string()),
        (Operator::Eq, ColumnType::Text, values) => {
            let mut texts: Vec<String> = values.iter().map(literal).collect::<Option<_>>()?;
            // The comparison knows no case: two spellings would bring the same items twice.
            let mut seen = BTreeSet::new();
            texts.retain(|text| seen.insert(text.to_lowercase()));
            match texts.len() {
                0 => return None,
                1 => Test::Is(texts.remove(0)),
                _ => Test::In(texts),
            }
        }
        (Operator::Like, ColumnType::Text, [Json::String(pattern)]) => Test::BeginsWith(prefix(pattern)?),
        _ => return None,
    };
    Some(Condition { path: column.path.clone(), test, is_spare: true })
}

fn literal(value: &Json) -> Option<String> {
    value.as_str().filter(|text| is_writable(text)).map(|text| format!("'{text}'"))
}

/// How Config reads a quote inside of quotes is not documented, so none is written.
fn is_writable(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| (' '..='~').contains(&c) && !matches!(c, '\'' | '"' | '\\'))
}

/// What a pattern wants a text to begin with, if that is long enough to be asked.
fn prefix(pattern: &str) -> Option<String> {
    let end = pattern.find(['%', '_'])?;
    let prefix = &pattern[..end];
    (prefix.len() >= SHORTEST_PREFIX && is_writable(prefix)).then(|| prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn question(columns: &[&str], quals: &[(&str, Operator, &[&str])]) -> Question {
        let table = Catalog::builtin().unwrap().table("aws_ec2_instance").unwrap();
        let columns: Vec<usize> = columns.iter().map(|name| table.column_index(name).unwrap()).collect();
        let quals = quals.iter().map(|(column, operator, values)| {
            let values = values.iter().map(|value| Json::string(*value)).collect();
            ((*column).to_owned(), vec![Qual { operator: *operator, values }])
        });
        Question::new(&table, &columns, &quals.collect()).unwrap()
    }

    fn conditions(quals: &[(&str, Operator, &[&str])]) -> String {
        let text = question(&["instance_id"], quals).expressions(&[]).unwrap().join("\n");
        text.split_once("'AWS::EC2::Instance'").unwrap().1.to_owned()
    }

    #[test]
    fn only_what_the_columns_need_is_selected() {
        assert_eq!(
            question(&["instance_id", "instance_state", "tags", "title", "account_id"], &[])
                .expressions(&[Condition::is("awsRegion", "eu-west-1")])
                .unwrap(),
            ["SELECT accountId, awsRegion, resourceId, configurationItemCaptureTime, \
              configurationItemStatus, configuration.state.name, tags \
              WHERE resourceType = 'AWS::EC2::Instance' AND awsRegion = 'eu-west-1'"]
        );
    }

    #[test]
    fn predicates_become_conditions_where_none_is_lost_by_it() {
        let of = |column, operator, values| conditions(&[(column, operator, values)]);
        assert_eq!(
            of("instance_state", Operator::Eq, &["running"]),
            " AND configuration.state.name = 'running'"
        );
        assert_eq!(
            of("instance_type", Operator::Eq, &["t3.micro", "T3.MICRO", "m5.large"]),
            " AND configuration.instanceType IN ('t3.micro', 'm5.large')"
        );
        assert_eq!(
            of("instance_type", Operator::Like, &["t3.%"]),
            " AND configuration.instanceType LIKE 't3.%'"
        );
        assert_eq!(
            of("instance_type", Operator::Like, &["t3.x_large%"]),
            " AND configuration.instanceType LIKE 't3.x%'"
        );
        for (column, operator, values) in [
            // Shorter than Config takes, or no prefix.
            ("instance_type", Operator::Like, &["t3%"][..]),
            ("instance_type", Operator::Like, &["%micro"]),
            ("instance_type", Operator::Like, &["t3.micro"]),
            ("instance_type", Operator::NotEq, &["t3.micro"]),
            // A quote, another alphabet, nothing.
            ("key_name", Operator::Eq, &["o'neill"]),
            ("key_name", Operator::Eq, &["schlüssel"]),
            ("key_name", Operator::Eq, &[""]),
            // Made of two members, and not a text.
            ("title", Operator::Eq, &["web"]),
            ("launch_time", Operator::Eq, &["2026-01-01T00:00:00Z"]),
        ] {
            assert_eq!(of(column, operator, values), "", "{column} {values:?}");
        }
    }

    #[test]
    fn no_expression_is_longer_than_config_takes_and_none_of_the_values_is_lost() {
        let accounts: Vec<String> = (0..1000).map(|n| format!("{:012}", 100_000_000_000u64 + n)).collect();
        let all = Condition::among("accountId", accounts.iter().map(String::as_str));
        let parts = question(&["instance_id"], &[]).expressions(&[all]).unwrap();
        assert!(parts.len() > 3 && parts.iter().all(|part| part.len() <= LONGEST));
        for account in &accounts {
            let holders = parts.iter().filter(|part| part.contains(account.as_str())).count();
            assert_eq!(holders, 1, "{account}");
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_not_asked_for() {
        let long = "x".repeat(5000);
        assert_eq!(conditions(&[("key_name", Operator::Eq, &[&long])]), "");
        assert_eq!(conditions(&[("key_name", Operator::Eq, &[&long, "short"])]), "");
        assert_eq!(question(&["instance_id"], &[]).expressions(&[Condition::is("arn", &long)]), None);
    }

    #[test]
    fn a_long_list_of_members_is_selected_whole() {
        let table = Catalog::builtin().unwrap().table("aws_ec2_instance").unwrap();
        let recorded = table.recorded.as_ref().unwrap();
        let all: Vec<&str> = recorded.columns.iter().map(|column| column.name.as_str()).collect();
        let text = question(&all, &[]).expressions(&[]).unwrap().remove(0);
        assert!(text.contains(", configuration, tags WHERE") || text.contains(", configuration"), "{text}");
        assert!(!text.contains("configuration.state"), "{text}");
    }
}
